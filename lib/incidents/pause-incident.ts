import type { Executor } from "../db/database.ts";
import { enqueue } from "../jobs/outbox.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { changeIncident, getIncident } from "./change-incident.ts";
import { decidePause } from "./decide-pause.ts";
import { retryConflicts } from "./retry-conflicts.ts";
import type { Incident } from "./store.ts";

/**
 * Holds everything that a repair would do to the outside, or lets it go on, in this transaction. Answers why that cannot
 * be, or null when it was done.
 */
export async function setPaused(
  tx: Executor,
  ctx: Context,
  incident: Incident,
  isPaused: boolean,
): Promise<string | null> {
  const decision = decidePause(incident, isPaused);
  if (decision.type === "refuse") return decision.reason;
  const by = ctx.actor.name;
  const patch = isPaused ? { pausedAt: ctx.clock.now(), pausedBy: by } : { pausedAt: null, pausedBy: null };
  const entry = isPaused
    ? { kind: "paused", summary: `paused by ${by}: no repair is started, handed out or published` }
    : { kind: "resumed", summary: `resumed by ${by}: repairs go on` };
  await changeIncident(tx, ctx, incident, { command: null, patch, entry });
  const payload = { incidentId: incident.id };
  if (!isPaused && incident.state === "repairing") await enqueue(tx, ctx, "repair.start-repair", payload);
  await enqueue(tx, ctx, "alerts.update-issue", payload);
  return null;
}

/** The same as a person's request of its own. AppError `pause_refused` where it cannot be. */
export function pauseIncident(ctx: Context, input: { incidentId: string; isPaused: boolean }): Promise<void> {
  return retryConflicts(async () => {
    const incident = await getIncident(ctx.db.db, input.incidentId);
    const refusal = await inTransaction(ctx, (tx) => setPaused(tx, ctx, incident, input.isPaused));
    if (refusal !== null) throw new AppError("pause_refused", refusal, { retry: "never" });
  });
}
