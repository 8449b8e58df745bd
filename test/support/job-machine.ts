import type { Database } from "../../lib/db/database.ts";
import { incidents } from "../../lib/db/schema/index.ts";
import { recordTimeline } from "../../lib/incidents/index.ts";
import { isJobName, JOBS } from "../../lib/jobs/catalog.ts";
import type { JobHandlers, JobOutcome } from "../../lib/jobs/model.ts";
import { DONE } from "../../lib/jobs/model.ts";
import type { JobRunner } from "../../lib/jobs/run-job.ts";
import type { Clock } from "../../lib/kernel/clock.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { newId } from "../../lib/runtime/ids.ts";
import { inTransaction } from "../../lib/runtime/in-transaction.ts";
import { silentLogger } from "../../lib/runtime/logger.ts";

export const PROJECT_ID = "prj_default000";

export function createTestContext(db: Database, clock: Clock): Context {
  return { db, clock, newId, actor: { kind: "system", name: "test" }, log: silentLogger, job: null };
}

/** Handlers of which only some are expected to be called; the others say so. */
export function handlersWith(some: Partial<JobHandlers>): JobHandlers {
  const unexpected = async (): Promise<JobOutcome> => ({ type: "dead", reason: "the test expects no such job" });
  const names = Object.keys(JOBS).filter(isJobName);
  const rest = Object.fromEntries(names.map((name) => [name, unexpected])) as unknown as JobHandlers;
  return { ...rest, ...some };
}

export const LEASE_MS = 60_000;

export function createTestRunner(ctx: Context, handlers: Partial<JobHandlers>, changes: Partial<JobRunner> = {}) {
  const dead: { id: string; name: string; reason: string }[] = [];
  const runner: JobRunner = {
    ctx,
    handlers: handlersWith(handlers),
    returnState: "pending",
    leaseMs: LEASE_MS,
    retryScale: 1,
    async onDead({ id, name, reason }) {
      dead.push({ id, name, reason });
    },
    ...changes,
  };
  return { runner, dead };
}

/** An incident as an alert opens it. */
export async function insertIncident(ctx: Context, changes: Partial<typeof incidents.$inferInsert> = {}) {
  const now = ctx.clock.now();
  const id = ctx.newId("inc");
  await ctx.db.db.insert(incidents).values({
    id,
    projectId: PROJECT_ID,
    identityKey: `sentry:${id}:production`,
    source: "sentry",
    kind: "error",
    state: "new",
    title: "TypeError: x is undefined",
    level: "error",
    firstSeenAt: now,
    lastSeenAt: now,
    createdAt: now,
    updatedAt: now,
    ...changes,
  });
  return id;
}

/** A handler whose one effect is an entry on its incident's timeline. */
export async function writeOneEntry(ctx: Context, { incidentId }: { incidentId: string }): Promise<JobOutcome> {
  await inTransaction(ctx, (tx) => recordTimeline(tx, ctx, incidentId, { kind: "effect", summary: "it happened" }));
  return DONE;
}

export const JOB = "triage.assess-incident";
