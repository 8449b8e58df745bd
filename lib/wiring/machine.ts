import type { Config } from "../config/read-config.ts";
import type { Database } from "../db/database.ts";
import { openDatabase } from "../db/open-database.ts";
import { noteDeadJob } from "../incidents/index.ts";
import type { JobHandlers } from "../jobs/model.ts";
import { FUNCTION_LEASE_MS, type JobRunner } from "../jobs/run-job.ts";
import { failRun } from "../repair/index.ts";
import { failReview } from "../review/index.ts";
import { systemClock } from "../runtime/clock.ts";
import type { Context } from "../runtime/context.ts";
import { newId } from "../runtime/ids.ts";
import { jsonLogger, type Logger } from "../runtime/logger.ts";

/** The context in which a process works: one a process, whatever doors it opens. */
export function createContext(db: Database, log: Logger = jsonLogger()): Context {
  return { db, clock: systemClock, newId, actor: { kind: "system", name: "patchpilot" }, log, job: null };
}

/** The context of a function on Vercel, which has no disk for an embedded database. */
export async function openFunctionContext(config: Config): Promise<Context> {
  return createContext(await openDatabase(config.databaseUrl, null));
}

/** Whose job it was decides who is told: its run, its review, or its incident. */
function tellOfDeadJob(ctx: Context, job: Parameters<JobRunner["onDead"]>[0]): Promise<void> {
  const { runId, reviewId } = job.payload;
  const dead = { jobName: job.name, reason: job.reason };
  if (typeof runId === "string") return failRun(ctx, { runId, ...dead });
  if (typeof reviewId === "string") return failReview(ctx, { reviewId, ...dead });
  return noteDeadJob(ctx, job);
}

/** How jobs run where a broker delivers them. */
export function brokeredRunner(ctx: Context, handlers: JobHandlers): JobRunner {
  return {
    ctx,
    handlers,
    returnState: "published",
    leaseMs: FUNCTION_LEASE_MS,
    retryScale: 1,
    onDead: (job) => tellOfDeadJob(ctx, job),
  };
}

/** How jobs run in a process of their own, without a broker. */
export function localRunner(ctx: Context, handlers: JobHandlers, jobs: Config["policy"]["jobs"]): JobRunner {
  return {
    ctx,
    handlers,
    returnState: "pending",
    leaseMs: jobs.leaseSeconds * 1_000,
    retryScale: jobs.retryScale,
    onDead: (job) => tellOfDeadJob(ctx, job),
  };
}
