import { findDelivery, listIncidentsInStates } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { buildIncidentId, closeFailedBuild, openFailedBuild } from "./failed-build.ts";
import { ensureDeploymentBegun, upsertDeployments } from "./store.ts";

const STATES = {
  created: "queued",
  ready: "ready",
  succeeded: "ready",
  promoted: "ready",
  rollback: "ready",
  error: "error",
  canceled: "canceled",
  blocked: "blocked",
} as const;

/** Production's deployment changed: files it, and has every incident that waits for one look again now. */
export async function noteDeployment(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "deployment") return { type: "dead", reason: "the delivery holds no deployment" };
  const waiting = await listIncidentsInStates(ctx.db.db, delivery.projectId, ["deploying", "verifying"]);
  const now = ctx.clock.now();
  const at = signal.occurredAt === null ? delivery.receivedAt : new Date(signal.occurredAt);
  const state = STATES[signal.event];
  const build = { projectId: delivery.projectId, incidentId: await buildIncidentId(delivery.projectId), signal, at };
  await inTransaction(ctx, async (tx) => {
    const row = {
      id: ctx.newId("dep"),
      projectId: delivery.projectId,
      deploymentId: signal.deploymentId,
      state,
      sha: signal.sha,
      ref: signal.ref,
      url: signal.url,
      createdAt: at,
      readyAt: signal.event === "ready" ? at : null,
      updatedAt: now,
    };
    if (signal.event === "created") await ensureDeploymentBegun(tx, row);
    else await upsertDeployments(tx, [row]);
    // A failed build of a repair is told by the incident that waits for it.
    if (signal.event === "error" && waiting.length === 0) await openFailedBuild(tx, ctx, build);
    if (signal.event === "ready") await closeFailedBuild(tx, ctx, build);
    for (const incident of waiting) await enqueue(tx, ctx, "recovery.verify-recovery", { incidentId: incident.id });
  });
  return DONE;
}
