import { asc, desc, eq, sql } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { approvals, pullRequests, repairRuns, verifications } from "../db/schema/index.ts";
import type { Plan } from "../repair/plan-model.ts";

/** What has been tried for an incident and what came of it, as its issue tells it. */
export async function readRepairs(db: Executor, incidentId: string) {
  const runs = await db
    .select({
      id: repairRuns.id,
      attempt: repairRuns.attempt,
      state: repairRuns.state,
      profile: repairRuns.profile,
      reason: repairRuns.reason,
      gate: repairRuns.gate,
      taskKind: repairRuns.taskKind,
      plan: sql<Plan | null>`${repairRuns.report}->'plan'`,
    })
    .from(repairRuns)
    .where(eq(repairRuns.incidentId, incidentId))
    .orderBy(asc(repairRuns.attempt));
  const pulls = await db
    .select()
    .from(pullRequests)
    .where(eq(pullRequests.incidentId, incidentId))
    .orderBy(asc(pullRequests.number));
  const [verdict] = await db
    .select()
    .from(verifications)
    .where(eq(verifications.incidentId, incidentId))
    .orderBy(desc(verifications.at))
    .limit(1);
  return { runs, pulls, verdict: verdict ?? null };
}

/** Moves of production that people were offered, newest first. */
export async function readApprovals(db: Executor, incidentId: string) {
  return db
    .select()
    .from(approvals)
    .where(eq(approvals.incidentId, incidentId))
    .orderBy(desc(approvals.createdAt), desc(approvals.id));
}
