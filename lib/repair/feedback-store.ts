import { and, asc, eq, inArray } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { feedbackItems, pullRequests } from "../db/schema/index.ts";
import type { FeedbackState } from "./feedback-model.ts";
import type { PullRequestRow } from "./store.ts";

export type FeedbackRow = typeof feedbackItems.$inferSelect;
export type NewFeedback = typeof feedbackItems.$inferInsert;

/** Everything that was said of this pull request, oldest first. */
export async function listFeedback(db: Executor, incidentId: string, pullNumber: number): Promise<FeedbackRow[]> {
  return db
    .select()
    .from(feedbackItems)
    .where(and(eq(feedbackItems.incidentId, incidentId), eq(feedbackItems.pullNumber, pullNumber)))
    .orderBy(asc(feedbackItems.createdAt), asc(feedbackItems.id));
}

/** Files items that are new; one that is there stays as it is. */
export async function insertFeedback(tx: Executor, rows: readonly NewFeedback[]): Promise<void> {
  if (rows.length > 0)
    await tx
      .insert(feedbackItems)
      .values([...rows])
      .onConflictDoNothing();
}

/** Writes those of the items that are still in one of the states `from`. */
export async function updateFeedback(
  tx: Executor,
  ids: readonly string[],
  from: readonly FeedbackState[],
  set: Partial<NewFeedback>,
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(feedbackItems)
    .set(set)
    .where(and(inArray(feedbackItems.id, [...ids]), inArray(feedbackItems.state, [...from])));
}

/** Our open pull request from this branch, or null. */
export async function findOpenPullRequestOf(
  db: Executor,
  projectId: string,
  branch: string,
): Promise<PullRequestRow | null> {
  const [row] = await db
    .select()
    .from(pullRequests)
    .where(and(eq(pullRequests.projectId, projectId), eq(pullRequests.branch, branch), eq(pullRequests.state, "open")));
  return row ?? null;
}
