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
  return { type: "retry", reason, ...(error.retry !== "later" && { afterMs: error.retry.afterMs }) };
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
    if (outcome.type !== "done") ctx.log.log("warn", "job.failed", { job: ctx.job?.id, error: messageOf(error), ...(error instanceof AppError ? { code: error.code, ...error.context } : { stack: error instanceof Error ? error.stack : null }) });
    return outcome;
  }
}

/** Runs a job whose lease the caller holds, and files it: done, put back, or dead. */
export async function runLeasedJob(runner: JobRunner, row: JobRow): Promise<JobOutcome> {
  const startedMs = monotonicMs();
  const outcome = await decideOutcome(runner, row);
  const { ctx } = runner;
  const now = ctx.clock.now();
  if (outcome.type === "done") await finishJob(ctx.db.db, row.id, now);
  else if (outcome.type === "dead") await buryJob(ctx.db.db, row.id, now, outcome.reason);
  else {
    const waitMs = outcome.afterMs ?? retryDelayMs(row.attempts, runner.retryScale);
    const runAt = new Date(now.getTime() + waitMs);
    await returnJob(ctx.db.db, row.id, { state: runner.returnState, runAt, reason: outcome.reason });
  }
  ctx.log.log(outcome.type === "dead" ? "error" : "info", "job", {
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

async function decideOutcome(runner: JobRunner, row: JobRow): Promise<JobOutcome> {
  if (row.attempts > 1 && (await hasRun(runner.ctx.db.db, row.id))) return { type: "done" };
  if (!isJobName(row.name)) return { type: "dead", reason: `no job is called ${row.name}` };
  const payload = JOBS[row.name].payload.safeParse(row.payload);
  if (!payload.success) return { type: "dead", reason: `the payload of ${row.name} is not of its shape: ${payload.error.message}` };
  const ctx: Context = {
    ...runner.ctx,
    actor: { kind: "system", name: row.name },
    job: runningJob(row.id, row.name, runner.ctx),
  };
  const handler = runner.handlers[row.name] as JobHandler<JobName>;
  const outcome = await handle(handler, ctx, payload.data);
  if (outcome.type === "retry" && ctx.job?.isCommitted) return { type: "done" };
  if (outcome.type === "retry" && row.attempts >= row.maxAttempts) {
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
