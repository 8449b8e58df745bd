import type { Executor } from "../db/database.ts";
import type { Context } from "../runtime/context.ts";
import { JOBS, type JobName, type JobPayload } from "./catalog.ts";
import { insertJob, insertJobUnlessLive } from "./store.ts";

/**
 * "After this, do that": writes a job in the transaction whose effects it follows. `key` (default: the name and payload)
 * makes it unique while it waits; asked for again, the earlier time wins.
 */
export async function enqueue<N extends JobName>(
  tx: Executor,
  ctx: Context,
  name: N,
  payload: JobPayload<N>,
  options: { key?: string; runAt?: Date } = {},
): Promise<void> {
  await insertJob(tx, jobRow(ctx, name, payload, options));
}

/** Like `enqueue`, due now, but a job of this key that waits for its time is left alone. Answers whether one was added. */
export async function enqueueUnlessWaiting<N extends JobName>(
  tx: Executor,
  ctx: Context,
  name: N,
  payload: JobPayload<N>,
): Promise<boolean> {
  return insertJobUnlessLive(tx, jobRow(ctx, name, payload, {}));
}

function jobRow<N extends JobName>(
  ctx: Context,
  name: N,
  payload: JobPayload<N>,
  options: { key?: string; runAt?: Date },
) {
  const now = ctx.clock.now();
  return {
    id: ctx.newId("job"),
    name,
    payload,
    key: options.key ?? jobKey(name, payload),
    state: "pending",
    runAt: options.runAt ?? now,
    maxAttempts: JOBS[name].maxAttempts,
    parentJobId: ctx.job?.id ?? null,
    createdAt: now,
  };
}

/** The usual key of a job: its name and the one id that it carries. */
export function jobKey<N extends JobName>(name: N, payload: JobPayload<N>): string {
  return `${name}:${Object.values(payload).join(":")}`;
}
