import { and, desc, eq, inArray, isNull, ne, or, sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";
import { incidents, issueAnswers, jobs, lessons, reviewFindings, reviews } from "../db/schema/index.ts";
import type { FindingState, ReviewState } from "./model.ts";

export type ReviewRow = typeof reviews.$inferSelect;
export type NewReview = typeof reviews.$inferInsert;
export type FindingRow = typeof reviewFindings.$inferSelect;
export type NewFinding = typeof reviewFindings.$inferInsert;
export type IssueAnswerRow = typeof issueAnswers.$inferSelect;

/** A pull request of one repository. */
export interface PullId {
  projectId: string;
  repository: string;
  number: number;
}

const ofPull = ({ projectId, repository, number }: PullId) =>
  and(eq(reviews.projectId, projectId), eq(reviews.repository, repository), eq(reviews.pullNumber, number));

export async function findReview(db: Executor, id: string): Promise<ReviewRow | null> {
  const [row] = await db.select().from(reviews).where(eq(reviews.id, id));
  return row ?? null;
}

/** Every head of a pull request that was seen, newest first. */
export async function listReviews(db: Executor, pull: PullId): Promise<ReviewRow[]> {
  return db.select().from(reviews).where(ofPull(pull)).orderBy(desc(reviews.headSeenAt), desc(reviews.id));
}

export async function findHead(db: Executor, pull: PullId, headSha: string): Promise<ReviewRow | null> {
  const [row] = await db
    .select()
    .from(reviews)
    .where(and(ofPull(pull), eq(reviews.headSha, headSha)));
  return row ?? null;
}

/** The pull requests that this commit is known to be a head of, and how far the review of it is. */
export async function listHeads(
  db: Executor,
  of: { projectId: string; repository: string; headSha: string },
): Promise<Pick<ReviewRow, "pullNumber" | "state">[]> {
  return db
    .select({ pullNumber: reviews.pullNumber, state: reviews.state })
    .from(reviews)
    .where(
      and(eq(reviews.projectId, of.projectId), eq(reviews.repository, of.repository), eq(reviews.headSha, of.headSha)),
    );
}

/** Adds a head unless it is known. */
export async function insertReview(tx: Executor, row: NewReview): Promise<void> {
  await tx.insert(reviews).values(row).onConflictDoNothing();
}

/** Changes a review that is in one of `from`; answers whether it was. */
export async function updateReview(
  tx: Executor,
  id: string,
  from: readonly ReviewState[],
  set: Partial<Omit<NewReview, "id">>,
): Promise<boolean> {
  const rows = await tx
    .update(reviews)
    .set(set)
    .where(and(eq(reviews.id, id), inArray(reviews.state, [...from])))
    .returning({ id: reviews.id });
  return rows.length > 0;
}

/** What was under way for other heads of a pull request (null: for any) is stale. */
export async function dropReviews(
  tx: Executor,
  pull: PullId,
  { headSha, reason, now }: { headSha: string | null; reason: string; now: Date },
): Promise<void> {
  const others = headSha === null ? sql`true` : ne(reviews.headSha, headSha);
  await tx
    .update(reviews)
    .set({ state: "stale", reason, updatedAt: now })
    .where(and(ofPull(pull), others, inArray(reviews.state, ["waiting", "reading", "ready"])));
}

/** Heads of pull requests that were looked at, by `number:sha`; one that another head had replaced may be the head again. */
export async function listKnownHeads(
  db: Executor,
  of: { projectId: string; repository: string },
  shas: readonly string[],
): Promise<Set<string>> {
  if (shas.length === 0) return new Set();
  const rows = await db
    .select({ number: reviews.pullNumber, headSha: reviews.headSha })
    .from(reviews)
    .where(
      and(
        eq(reviews.projectId, of.projectId),
        eq(reviews.repository, of.repository),
        inArray(reviews.headSha, [...shas]),
        ne(reviews.state, "stale"),
      ),
    );
  return new Set(rows.map(({ number, headSha }) => `${number}:${headSha}`));
}

/** Reviews that were begun and that no job works on any more. */
export async function listStalledReviews(
  db: Executor,
  of: { projectId: string; repository: string; before: Date },
): Promise<Pick<ReviewRow, "id" | "pullNumber" | "state">[]> {
  const hasJob = sql`exists (select 1 from ${jobs} j where j.state in ('pending', 'published', 'running') and (
    j.key in ('review.write-review:' || ${reviews.id}, 'review.post-review:' || ${reviews.id})
    or j.key = 'review.look-at-pull:' || ${reviews.projectId} || ':' || ${reviews.pullNumber}))`;
  return db
    .select({ id: reviews.id, pullNumber: reviews.pullNumber, state: reviews.state })
    .from(reviews)
    .where(
      and(
        eq(reviews.projectId, of.projectId),
        eq(reviews.repository, of.repository),
        // What a dry run or the stage holds says so, and stands still on purpose.
        or(inArray(reviews.state, ["waiting", "reading"]), and(eq(reviews.state, "ready"), isNull(reviews.reason))),
        sql`${reviews.updatedAt} < ${of.before.toISOString()}::timestamptz`,
        sql`not ${hasJob}`,
      ),
    );
}

/** What was ever said or left unsaid of a pull request, oldest first. */
export async function listFindings(db: Executor, pull: PullId): Promise<FindingRow[]> {
  return db
    .select()
    .from(reviewFindings)
    .where(
      and(
        eq(reviewFindings.projectId, pull.projectId),
        eq(reviewFindings.repository, pull.repository),
        eq(reviewFindings.pullNumber, pull.number),
      ),
    )
    .orderBy(reviewFindings.createdAt, reviewFindings.path, reviewFindings.line, reviewFindings.id);
}

export async function insertFindings(tx: Executor, rows: readonly NewFinding[]): Promise<void> {
  if (rows.length > 0)
    await tx
      .insert(reviewFindings)
      .values([...rows])
      .onConflictDoNothing();
}

export async function updateFindings(
  tx: Executor,
  ids: readonly string[],
  from: readonly FindingState[],
  set: Pick<NewFinding, "state" | "updatedAt"> & { reason: string | null },
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(reviewFindings)
    .set(set)
    .where(and(inArray(reviewFindings.id, [...ids]), inArray(reviewFindings.state, [...from])));
}

/** Keeps what is to be said in a finding's thread (null: it was said), with what becomes of the finding. */
export async function keepReply(
  tx: Executor,
  id: string,
  set: Pick<FindingRow, "reply" | "updatedAt"> & Partial<Pick<FindingRow, "state" | "reason" | "toldAt">>,
): Promise<void> {
  await tx.update(reviewFindings).set(set).where(eq(reviewFindings.id, id));
}

/** The threads of these findings were told that they are mended. */
export async function markTold(tx: Executor, ids: readonly string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(reviewFindings)
    .set({ toldAt: now })
    .where(inArray(reviewFindings.id, [...ids]));
}

/** An incident whose repair or cause was in one of these files. */
export interface IncidentOfCode {
  number: number;
  title: string;
  state: string;
  issueUrl: string | null;
  path: string;
  lesson: string | null;
}

/**
 * Incidents that were in these files, newest first: by the files that a lesson says were changed for it, and by the first
 * suspect of an investigation.
 */
export async function listIncidentsOfCode(
  db: Executor,
  projectId: string,
  paths: readonly string[],
  limit: number,
): Promise<IncidentOfCode[]> {
  if (paths.length === 0) return [];
  const asked = sql`${sql.param([...paths])}::text[]`;
  const suspect = sql`i.investigation->'suspects'->0->>'path'`;
  const fixed = sql`(select f from jsonb_array_elements_text(l.fix_files) f where f = any(${asked}) limit 1)`;
  const result = await db.execute(sql`
    select * from (
      select i.number, i.title, i.state, i.issue_url as "issueUrl", l.summary as lesson, i.created_at as at,
        coalesce(${fixed}, case when ${suspect} = any(${asked}) then ${suspect} end) as path
      from ${incidents} i left join ${lessons} l on l.incident_id = i.id
      where i.project_id = ${projectId} and i.kind <> 'request') found
    where path is not null order by at desc limit ${limit}`);
  return rowsOf<IncidentOfCode & { at: unknown }>(result).map(({ at: _at, ...one }) => one);
}

export async function findIssueAnswer(
  db: Executor,
  of: { projectId: string; repository: string; issueNumber: number },
): Promise<IssueAnswerRow | null> {
  const [row] = await db
    .select()
    .from(issueAnswers)
    .where(
      and(
        eq(issueAnswers.projectId, of.projectId),
        eq(issueAnswers.repository, of.repository),
        eq(issueAnswers.issueNumber, of.issueNumber),
      ),
    );
  return row ?? null;
}

/** Keeps what became of an issue's answer; what was posted stays so. */
export async function saveIssueAnswer(tx: Executor, row: typeof issueAnswers.$inferInsert): Promise<void> {
  const { projectId: _p, repository: _r, issueNumber: _n, createdAt: _c, ...set } = row;
  await tx
    .insert(issueAnswers)
    .values(row)
    .onConflictDoUpdate({
      target: [issueAnswers.projectId, issueAnswers.repository, issueAnswers.issueNumber],
      set,
      setWhere: ne(issueAnswers.state, "posted"),
    });
}
