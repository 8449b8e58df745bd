import { messageOf } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import type { Broker } from "./ports.ts";
import { listPublishable, markPublished, requeueLost } from "./store.ts";

/** QStash holds a delayed message for 7 days on every plan; what is due later is published by a later sweep. */
const HORIZON_MS = 6 * 24 * 60 * 60 * 1_000;

/** After so many failures in a row the broker is away, and each further one would only cost its time-outs. */
const MAX_FAILURES = 3;

/**
 * Publishes what waits in the outbox, after giving back what was lost. A job that cannot be published stays where it is
 * for the next sweep. Run after every job, and by the sweeper's schedule for what no job followed.
 */
export async function publishDueJobs(
  ctx: Context,
  broker: Broker,
  limit = 100,
): Promise<{ published: number; failed: number; requeued: number }> {
  const now = ctx.clock.now();
  const requeued = await requeueLost(ctx.db.db, now);
  let published = 0;
  let failed = 0;
  let inARow = 0;
  for (const job of await listPublishable(ctx.db.db, now, HORIZON_MS, limit)) {
    if (inARow >= MAX_FAILURES) break;
    try {
      const dedupeId = `${job.id}-${job.runAt.getTime()}`;
      const messageId = await broker.publish({ jobId: job.id, name: job.name, runAt: job.runAt, dedupeId });
      await markPublished(ctx.db.db, job, messageId, now);
      published += 1;
      inARow = 0;
    } catch (error) {
      failed += 1;
      inARow += 1;
      ctx.log.log("warn", "job.publish_failed", { id: job.id, name: job.name, error: messageOf(error) });
    }
  }
  return { published, failed, requeued };
}
