import { postgresCode } from "../db/database.ts";
import { jobRuns } from "../db/schema/index.ts";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { JobId } from "../kernel/ids.ts";
import { monotonicMs } from "../runtime/clock.ts";
import type { Context, RunningJob } from "../runtime/context.ts";
import { isJobName, JOBS, type JobName, type JobPayload } from "./catalog.ts";
import type { JobHandler, JobHandlers, JobOutcome } from "./model.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { buryJob, finishJob, hasRun, type JobRow, leaseJob, returnJob } from "./store.ts";

/** Longer than a function may run (Vercel: 300 s by default), so that a lease only runs out when its holder is gone. */
export const FUNCTION_LEASE_MS = 330_000;

export interface JobRunner {
  ctx: Context;
  handlers: JobHandlers;
  /** `pending` where we wait ourselves, `published` where the broker already holds the retry. */
  returnState: "pending" | "published";
  leaseMs: number;
  /** Told of every job that goes to the dead letters, so that what it was for does not stand still unseen. */
  onDead(job: { id: string; name: string; payload: Record<string, unknown>; reason: string }): Promise<void>;
  /** Shortens the waits between retries; 1 in production. */
  retryScale: number;
}

class AlreadyDone extends Error {}

function runningJob(id: JobId, name: string, ctx: Context): RunningJob {
  return {
    id,
    name,
    isCommitted: false,
    async markDone(tx) {
      try {
        await tx.insert(jobRuns).values({ jobId: id, name, finishedAt: ctx.clock.now() });
      } catch (error) {
        throw postgresCode(error) === "23505" ? new AlreadyDone() : error;
      }
    },
  };
}

function outcomeOfError(error: unknown): JobOutcome {
  if (error instanceof AlreadyDone) return { type: "done" };
  const reason = messageOf(error);
  if (!(error instanceof AppError)) return { type: "retry", reason };
  if (error.retry === "never") return { type: "dead", reason: `${error.code}: ${reason}` };
  const isFree = error.code === "provider_rate_limited";
  return { type: "retry", reason, isFree, ...(error.retry !== "later" && { afterMs: error.retry.afterMs }) };
}

async function handle<N extends JobName>(
  handler: JobHandler<N>,
  ctx: Context,
  payload: JobPayload<N>,
): Promise<JobOutcome> {
  try {
    return await handler(ctx, payload);
  } catch (error) {
    const outcome = outcomeOfError(error);
    if (outcome.type !== "done")
      ctx.log.log("warn", "job.failed", {
        job: ctx.job?.id,
        error: messageOf(error),
        ...(error instanceof AppError
          ? { code: error.code, ...error.context }
          : { stack: error instanceof Error ? error.stack : null }),
      });
    return outcome;
  }
}

/**
 * Runs a job whose lease the caller holds, and files it: done, put back, or dead. The answer's `afterMs` is when it can run
 * again, so that a broker comes neither earlier nor much later.
 */
export async function runLeasedJob(runner: JobRunner, row: JobRow): Promise<JobOutcome> {
  const startedMs = monotonicMs();
  const decided = await decideOutcome(runner, row);
  const outcome =
    decided.type === "retry"
      ? { ...decided, afterMs: decided.afterMs ?? retryDelayMs(row.attempts, runner.retryScale) }
      : decided;
  await fileJob(runner, row, outcome);
  runner.ctx.log.log(outcome.type === "dead" ? "error" : "info", "job", {
    id: row.id,
    name: row.name,
    payload: row.payload,
    attempt: row.attempts,
    outcome: outcome.type,
    ...("reason" in outcome && { reason: outcome.reason }),
    durationMs: Math.round(monotonicMs() - startedMs),
  });
  return outcome;
}

type FiledOutcome =
  | Exclude<JobOutcome, { type: "retry" }>
  | { type: "retry"; reason: string; afterMs: number; isFree?: boolean };

async function fileJob(runner: JobRunner, row: JobRow, outcome: FiledOutcome): Promise<void> {
  const { db } = runner.ctx.db;
  const now = runner.ctx.clock.now();
  switch (outcome.type) {
    case "done":
      return finishJob(db, row.id, now);
    case "retry": {
      const runAt = new Date(now.getTime() + outcome.afterMs);
      return returnJob(db, row, {
        state: runner.returnState,
        runAt,
        reason: outcome.reason,
        ...(outcome.isFree && { isFree: true }),
      });
    }
    case "dead": {
      const { id, name, payload } = row;
      if (await buryJob(db, row, now, outcome.reason))
        await runner.onDead({ id, name, payload, reason: outcome.reason });
    }
  }
}

async function decideOutcome(runner: JobRunner, row: JobRow): Promise<JobOutcome> {
  if (row.attempts > 1 && (await hasRun(runner.ctx.db.db, row.id))) return { type: "done" };
  if (!isJobName(row.name)) return { type: "dead", reason: `no job is called ${row.name}` };
  const payload = JOBS[row.name].payload.safeParse(row.payload);
  if (!payload.success)
    return { type: "dead", reason: `the payload of ${row.name} is not of its shape: ${payload.error.message}` };
  const ctx: Context = {
    ...runner.ctx,
    actor: { kind: "system", name: row.name },
    job: runningJob(row.id, row.name, runner.ctx),
  };
  const handler = runner.handlers[row.name] as JobHandler<JobName>;
  const outcome = await handle(handler, ctx, payload.data);
  if (outcome.type === "retry" && ctx.job?.isCommitted) return { type: "done" };
  if (outcome.type === "retry" && !outcome.isFree && row.attempts >= row.maxAttempts) {
    // The answer to a COMMIT can be lost on the way: then the effects are there, and the handler could not know.
    if (await hasRun(runner.ctx.db.db, row.id)) return { type: "done" };
    return { type: "dead", reason: `given up after ${row.attempts} attempts: ${outcome.reason}` };
  }
  return outcome;
}

/** Leases and runs one job by its id, as a broker asks for it. `busy` and `early` mean: ask again. */
export async function runJob(
  runner: JobRunner,
  id: JobId,
): Promise<JobOutcome | { type: "busy" } | { type: "early"; runAt: Date }> {
  const lease = await leaseJob(runner.ctx.db.db, id, runner.ctx.clock.now(), runner.leaseMs);
  switch (lease.type) {
    case "leased":
      return runLeasedJob(runner, lease.job);
    case "done":
      return { type: "done" };
    case "missing":
      return { type: "dead", reason: `there is no job ${id}` };
    case "busy":
      return { type: "busy" };
    case "early":
      return lease;
  }
}
