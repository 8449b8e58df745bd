import { and, asc, desc, eq, gt, inArray, ne, sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";
import { pullRequests, repairRuns } from "../db/schema/index.ts";
import type { SpentRun } from "./decide-budget.ts";
import { stateOfRun } from "./decide-run-wanted.ts";
import type { RunState } from "./model.ts";

export type RunRow = Omit<typeof repairRuns.$inferSelect, "state"> & { state: RunState };
export type PullRequestRow = typeof pullRequests.$inferSelect;

export async function findRun(db: Executor, id: string): Promise<RunRow | null> {
  const [row] = await db.select().from(repairRuns).where(eq(repairRuns.id, id));
  return (row as RunRow | undefined) ?? null;
}

export async function listRuns(db: Executor, incidentId: string): Promise<RunRow[]> {
  const rows = await db
    .select()
    .from(repairRuns)
    .where(eq(repairRuns.incidentId, incidentId))
    .orderBy(asc(repairRuns.attempt));
  return rows as RunRow[];
}

export async function insertRun(tx: Executor, row: typeof repairRuns.$inferInsert): Promise<void> {
  await tx.insert(repairRuns).values(row);
}

/** Writes a run that is still in one of the states `from`; answers whether it was. */
export async function updateRun(
  tx: Executor,
  id: string,
  from: readonly RunState[],
  set: Partial<typeof repairRuns.$inferInsert>,
): Promise<boolean> {
  const rows = await tx
    .update(repairRuns)
    .set(set)
    .where(and(eq(repairRuns.id, id), inArray(repairRuns.state, [...from])))
    .returning({ id: repairRuns.id });
  return rows.length > 0;
}

/** Gives the oldest queued run of these profiles that is still wanted to a runner; two runners never get the same one. */
export async function claimOldestRun(
  tx: Executor,
  claim: {
    projectId: string;
    profiles: readonly string[];
    runnerId: string;
    /** null: the oldest. */
    runId: string | null;
    tokenHash: string;
    now: Date;
    leaseUntil: Date;
  },
): Promise<RunRow | null> {
  const result = await tx.execute(sql`
    update repair_runs set state = 'claimed', runner_id = ${claim.runnerId}, token_hash = ${claim.tokenHash},
      claimed_at = ${claim.now.toISOString()}::timestamptz, lease_until = ${claim.leaseUntil.toISOString()}::timestamptz,
      claims = claims + 1, phase = 'claimed', reason = null
    where id = (
      select id from repair_runs where project_id = ${claim.projectId} and state = 'queued'
        and profile = any(${sql.param(claim.profiles)}::text[])
        and (${claim.runId}::text is null or id = ${claim.runId})
        and exists (select 1 from incidents i where i.id = incident_id and i.paused_at is null
          and i.state = case task_kind when 'followup' then ${stateOfRun("followup")} else ${stateOfRun("")} end)
      order by created_at limit 1 for update skip locked)
    returning id`);
  const [row] = rowsOf<{ id: string }>(result);
  return row ? findRun(tx, row.id) : null;
}

/** Open pull requests of other incidents, each with its run's diff. */
export async function listOtherOpenPatches(
  db: Executor,
  run: { projectId: string; incidentId: string },
): Promise<{ number: number; url: string; diff: string }[]> {
  const rows = await db
    .select({ number: pullRequests.number, url: pullRequests.url, report: repairRuns.report })
    .from(pullRequests)
    .innerJoin(repairRuns, eq(repairRuns.id, pullRequests.runId))
    .where(
      and(
        eq(pullRequests.projectId, run.projectId),
        eq(pullRequests.state, "open"),
        ne(pullRequests.incidentId, run.incidentId),
      ),
    );
  return rows.map(({ number, url, report }) => ({ number, url, diff: report?.diff ?? "" }));
}

/** Our pull requests of other incidents that are open, and all that were opened since. */
export async function countPullRequests(
  db: Executor,
  run: { projectId: string; incidentId: string },
  since: Date,
): Promise<{ open: number; ofLastDay: number }> {
  const [row] = await db
    .select({
      open: sql<number>`(count(*) filter (where ${pullRequests.state} = 'open' and ${pullRequests.incidentId} <> ${run.incidentId}))::int`,
      ofLastDay: sql<number>`(count(*) filter (where ${pullRequests.createdAt} > ${since.toISOString()}::timestamptz))::int`,
    })
    .from(pullRequests)
    .where(eq(pullRequests.projectId, run.projectId));
  return row ?? { open: 0, ofLastDay: 0 };
}

/** This incident's other pull requests that are open. */
export async function listOpenPullRequests(
  db: Executor,
  incidentId: string,
  exceptNumber: number,
): Promise<PullRequestRow[]> {
  const isOther = and(eq(pullRequests.state, "open"), ne(pullRequests.number, exceptNumber));
  return db
    .select()
    .from(pullRequests)
    .where(and(eq(pullRequests.incidentId, incidentId), isOther));
}

export async function insertPullRequest(tx: Executor, row: typeof pullRequests.$inferInsert): Promise<void> {
  const { id: _id, createdAt: _createdAt, ...set } = row;
  await tx
    .insert(pullRequests)
    .values(row)
    .onConflictDoUpdate({ target: [pullRequests.projectId, pullRequests.number], set });
}

export async function findPullRequestByNumber(
  db: Executor,
  projectId: string,
  number: number,
): Promise<PullRequestRow | null> {
  const [row] = await db
    .select()
    .from(pullRequests)
    .where(and(eq(pullRequests.projectId, projectId), eq(pullRequests.number, number)));
  return row ?? null;
}

/** The incident's newest pull request, or null. */
export async function findLatestPullRequest(db: Executor, incidentId: string): Promise<PullRequestRow | null> {
  const [row] = await db
    .select()
    .from(pullRequests)
    .where(eq(pullRequests.incidentId, incidentId))
    .orderBy(desc(pullRequests.number))
    .limit(1);
  return row ?? null;
}

export async function updatePullRequest(
  tx: Executor,
  id: string,
  set: Partial<typeof pullRequests.$inferInsert>,
): Promise<void> {
  await tx.update(pullRequests).set(set).where(eq(pullRequests.id, id));
}

/** One decision about the project's daily budget at a time, until the transaction ends: two runs must not both take the last of it. */
export async function lockBudget(tx: Executor, projectId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`patchpilot:budget:${projectId}`}))`);
}

/** What the project's runs since then took, or may take; oldest first. */
export async function listRecentSpending(db: Executor, projectId: string, since: Date): Promise<SpentRun[]> {
  const rows = await db
    .select({
      createdAt: repairRuns.createdAt,
      costUsd: repairRuns.costUsd,
      budget: repairRuns.budget,
      state: repairRuns.state,
    })
    .from(repairRuns)
    .where(and(eq(repairRuns.projectId, projectId), gt(repairRuns.createdAt, since)))
    .orderBy(asc(repairRuns.createdAt));
  return rows.map(({ createdAt, costUsd, budget, state }) => ({
    createdAt: createdAt.toISOString(),
    costUsd,
    budgetUsd: budget.costUsd,
    isOver: state !== "queued" && state !== "claimed",
  }));
}
