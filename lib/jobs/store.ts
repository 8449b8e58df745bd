import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { type Executor, postgresCode, rowsOf } from "../db/database.ts";
import { jobRuns, jobs } from "../db/schema/index.ts";
import type { JobId } from "../kernel/ids.ts";

const UNIQUE_VIOLATION = "23505";

export interface JobRow {
  id: JobId;
  name: string;
  payload: Record<string, unknown>;
  attempts: number;
  maxAttempts: number;
}

/**
 * Adds a job. When one with the same key already waits, that one is kept, and brought forward if this one is due earlier:
 * it becomes pending again, so that a broker is told of the new time.
 */
export async function insertJob(tx: Executor, row: typeof jobs.$inferInsert): Promise<void> {
  await tx
    .insert(jobs)
    .values(row)
    .onConflictDoUpdate({
      target: jobs.key,
      targetWhere: sql`${jobs.state} in ('pending', 'published')`,
      set: { runAt: sql`excluded.run_at`, state: "pending" },
      setWhere: sql`excluded.run_at < ${jobs.runAt}`,
    });
}

/** Adds a job unless one with the same key waits or is at work; answers whether it was added. */
export async function insertJobUnlessLive(
  tx: Executor,
  row: typeof jobs.$inferInsert & { key: string },
): Promise<boolean> {
  const live = await tx
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.key, row.key), inArray(jobs.state, ["pending", "published", "running"])))
    .limit(1);
  if (live.length > 0) return false;
  const inserted = await tx.insert(jobs).values(row).onConflictDoNothing().returning({ id: jobs.id });
  return inserted.length > 0;
}

/** No other job of the same key is at work. A race between two such looks ends at the unique index `jobs_key_running`. */
const keyIsFree = sql`not exists (select 1 from jobs r where r.key = jobs.key and r.state = 'running' and r.id <> jobs.id)`;

/**
 * The same for a waiting job, as a look by the key for each row: planned as a join it would read every running job for
 * every claim, by statistics from when there were none.
 */
const waitingKeyIsFree = sql`coalesce((select false from jobs r where r.key = jobs.key and r.state = 'running'), true)`;

/** The statement's rows, or none where it lost a race for a key. */
async function leaseRows(db: Executor, statement: SQL): Promise<JobRow[]> {
  try {
    return rowsOf<JobRow>(await db.execute(statement));
  } catch (error) {
    if (postgresCode(error) === UNIQUE_VIOLATION) return [];
    throw error;
  }
}

/**
 * Takes the lease of one job, if it may run: waiting and due, or running with a lease that ran out, and no other of its
 * key at work. Answers `done` when its effects are already committed, `busy` when it cannot run now, `early` when it is
 * not due.
 */
export async function leaseJob(
  db: Executor,
  id: JobId,
  now: Date,
  leaseMs: number,
): Promise<{ type: "leased"; job: JobRow } | { type: "done" | "busy" | "missing" } | { type: "early"; runAt: Date }> {
  const at = now.toISOString();
  const until = new Date(now.getTime() + leaseMs).toISOString();
  const [job] = await leaseRows(
    db,
    sql`
    update jobs set state = 'running', attempts = attempts + 1, lease_until = ${until}::timestamptz
    where id = ${id} and not exists (select 1 from job_runs r where r.job_id = jobs.id) and ${keyIsFree}
      and ((state in ('pending', 'published') and run_at <= ${at}::timestamptz)
        or (state = 'running' and lease_until < ${at}::timestamptz))
    returning id, name, payload, attempts, max_attempts as "maxAttempts"`,
  );
  if (job) return { type: "leased", job };
  const [row] = await db
    .select({ state: jobs.state, runAt: jobs.runAt, ran: jobRuns.jobId })
    .from(jobs)
    .leftJoin(jobRuns, eq(jobRuns.jobId, jobs.id))
    .where(eq(jobs.id, id));
  if (!row) return { type: "missing" };
  if (row.ran !== null) {
    await finishJob(db, id, now);
    return { type: "done" };
  }
  if (row.state === "done" || row.state === "dead") return { type: "done" };
  if (row.state !== "running" && row.runAt > now) return { type: "early", runAt: row.runAt };
  return { type: "busy" };
}

/** Takes the leases of up to `limit` due jobs at once; no two callers ever get the same one. */
export async function leaseDueJobs(db: Executor, now: Date, leaseMs: number, limit: number): Promise<JobRow[]> {
  const until = new Date(now.getTime() + leaseMs).toISOString();
  return leaseRows(
    db,
    sql`
    update jobs set state = 'running', attempts = attempts + 1, lease_until = ${until}::timestamptz
    where id in (
      select id from jobs where state = 'pending' and run_at <= ${now.toISOString()}::timestamptz and ${waitingKeyIsFree}
      order by run_at limit ${limit} for update skip locked)
    returning id, name, payload, attempts, max_attempts as "maxAttempts"`,
  );
}

/** Keeps the leases of jobs that are still being worked on here. */
export async function renewLeases(db: Executor, ids: readonly JobId[], until: Date): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(jobs)
    .set({ leaseUntil: until })
    .where(and(inArray(jobs.id, [...ids]), eq(jobs.state, "running")));
}

/** Whether the job's effects were committed by an earlier run that ended before it could say so. */
export async function hasRun(db: Executor, id: JobId): Promise<boolean> {
  const rows = await db.select({ id: jobRuns.jobId }).from(jobRuns).where(eq(jobRuns.jobId, id));
  return rows.length > 0;
}

/** A job as its holder leased it. `attempts` rises with every lease, so it tells this lease from one that overtook it. */
export type LeasedJob = Pick<JobRow, "id" | "attempts">;

/** Still held by this lease: who was overtaken may not file a job that another one is working on, or has filed. */
const isHeldBy = ({ id, attempts }: LeasedJob) =>
  and(eq(jobs.id, id), eq(jobs.attempts, attempts), eq(jobs.state, "running"));

/** The job's effects are committed; this only files it away. */
export async function finishJob(db: Executor, id: JobId, now: Date): Promise<void> {
  await db
    .update(jobs)
    .set({ state: "done", leaseUntil: null, finishedAt: now, lastError: null })
    .where(eq(jobs.id, id));
}

/** Files a job as dead; answers false, and files nothing, when the lease was lost. */
export async function buryJob(db: Executor, job: LeasedJob, now: Date, reason: string): Promise<boolean> {
  const set = { state: "dead", leaseUntil: null, finishedAt: now, lastError: reason };
  const buried = await db.update(jobs).set(set).where(isHeldBy(job)).returning({ id: jobs.id });
  return buried.length > 0;
}

/**
 * Puts a job back to wait until `runAt`, unless the lease was lost. When the same thing was asked for again while it ran,
 * that job stands in for this one, no later than this one would have run.
 */
export async function returnJob(
  db: Executor,
  job: LeasedJob,
  input: { state: "pending" | "published"; runAt: Date; reason: string; isFree?: boolean },
): Promise<void> {
  const set = {
    state: input.state,
    runAt: input.runAt,
    leaseUntil: null,
    lastError: input.reason,
    // A lease is told from another by its number, so a free retry raises the limit instead of taking the attempt back.
    ...(input.isFree && { maxAttempts: sql`${jobs.maxAttempts} + 1` }),
  };
  try {
    await db.update(jobs).set(set).where(isHeldBy(job));
  } catch (error) {
    if (postgresCode(error) !== UNIQUE_VIOLATION) throw error;
    await db.execute(sql`
      update jobs w set run_at = ${input.runAt.toISOString()}::timestamptz, state = 'pending' from jobs j
      where j.id = ${job.id} and w.key = j.key and w.state in ('pending', 'published')
        and w.run_at > ${input.runAt.toISOString()}::timestamptz`);
    const superseded = { state: "done", leaseUntil: null, lastError: `superseded: ${input.reason}` };
    await db.update(jobs).set(superseded).where(isHeldBy(job));
  }
}

/** Jobs for the broker: waiting, and due within `horizonMs` (a broker holds a delayed message for a limited time). */
export async function listPublishable(db: Executor, now: Date, horizonMs: number, limit: number) {
  const until = new Date(now.getTime() + horizonMs).toISOString();
  const result = await db.execute(sql`
    select id, name, payload, run_at as "runAt", max_attempts as "maxAttempts" from jobs
    where state = 'pending' and run_at <= ${until}::timestamptz order by run_at limit ${limit}`);
  return rowsOf<JobRow & { runAt: string | Date }>(result).map((row) => ({ ...row, runAt: new Date(row.runAt) }));
}

/** The broker has the job for this time. One that was brought forward meanwhile stays pending, to be published again. */
export async function markPublished(
  db: Executor,
  job: { id: JobId; runAt: Date },
  messageId: string,
  now: Date,
): Promise<void> {
  await db.execute(sql`
    update jobs set state = 'published', message_id = ${messageId}, published_at = ${now.toISOString()}::timestamptz
    where id = ${job.id} and state = 'pending' and run_at = ${job.runAt.toISOString()}::timestamptz`);
}

/** A published job this late is taken for lost. Longer than a lease, so that a running job is never overtaken. */
const OVERDUE_MS = 15 * 60 * 1_000;

/**
 * Gives back what was lost on the way: running jobs whose lease ran out, and published ones that the broker should have
 * delivered long ago. Where the same thing waits already, that job stands in for the lost one, and is due now unless the
 * lost one had its effects. Answers how many.
 */
export async function requeueLost(db: Executor, now: Date): Promise<number> {
  const at = now.toISOString();
  const overdue = new Date(now.getTime() - OVERDUE_MS).toISOString();
  const result = await db.execute(sql`
    with forward as (
      update jobs w set run_at = ${at}::timestamptz, state = 'pending' from jobs j
      where j.state = 'running' and j.lease_until < ${at}::timestamptz
        and w.key = j.key and w.id <> j.id and w.state in ('pending', 'published') and w.run_at > ${at}::timestamptz
        and not exists (select 1 from job_runs r where r.job_id = j.id)
    )
    update jobs j set lease_until = null, message_id = null, state = case
      when exists (select 1 from jobs w where w.key = j.key and w.id <> j.id and w.state in ('pending', 'published'))
      then 'done' else 'pending' end
    where (j.state = 'running' and j.lease_until < ${at}::timestamptz)
      or (j.state = 'published' and j.run_at < ${overdue}::timestamptz and j.published_at < ${overdue}::timestamptz)
    returning j.id`);
  return rowsOf(result).length;
}

/** When the next waiting job is due, or null. One whose key is at work is not counted: the end of that work is its time. */
export async function nextDueAt(db: Executor): Promise<Date | null> {
  const result = await db.execute(sql`
    select run_at as at from jobs where state = 'pending' and ${waitingKeyIsFree} order by run_at limit 1`);
  const [row] = rowsOf<{ at: string | Date | null }>(result);
  return row?.at ? new Date(row.at) : null;
}

export async function countJobs(db: Executor): Promise<Record<string, number>> {
  const result = await db.execute(sql`select state, count(*)::int as count from jobs group by state`);
  return Object.fromEntries(rowsOf<{ state: string; count: number }>(result).map((row) => [row.state, row.count]));
}

/** A dead job lives again, due now. Answers false when it is not dead. */
export async function reviveJob(db: Executor, id: string, now: Date): Promise<boolean> {
  const result = await db.execute(sql`
    update jobs set state = 'pending', attempts = 0, run_at = ${now.toISOString()}::timestamptz, finished_at = null
    where id = ${id} and state = 'dead' returning id`);
  return rowsOf(result).length > 0;
}
