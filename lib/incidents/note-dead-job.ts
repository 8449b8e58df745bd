import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { changeIncident, recordTimeline } from "./change-incident.ts";
import { decideNextState } from "./decide-next-state.ts";
import { retryConflicts } from "./retry-conflicts.ts";
import { findDelivery, findIncident, listIncidentsOfDelivery } from "./store.ts";

/**
 * A job went to the dead letters: a person has to know, or what it was for would stand still in silence. Its incident goes
 * to a person; a dead update of the issue itself is only noted: telling it by the same way would fail the same way. What
 * only a delivery asked for is told on the incidents that the delivery is about; where there is none, the dead letters of
 * the dashboard and `patchpilot doctor` tell.
 */
export function noteDeadJob(ctx: Context, job: DeadJob): Promise<void> {
  const { deliveryId } = job.payload;
  if (typeof deliveryId === "string") return noteOnDelivery(ctx, job, deliveryId);
  return retryConflicts(() => noteOnIncident(ctx, job));
}

interface DeadJob {
  id: string;
  name: string;
  payload: Record<string, unknown>;
  reason: string;
}

async function noteOnIncident(ctx: Context, job: DeadJob): Promise<void> {
  const { incidentId } = job.payload;
  const incident = typeof incidentId === "string" ? await findIncident(ctx.db.db, incidentId) : null;
  if (incident === null) return;
  const entry = { kind: "job_dead", summary: `${job.name} was given up: ${job.reason}`, detail: { jobId: job.id } };
  const escalates = job.name !== "alerts.update-issue" && decideNextState(incident.state, "escalate") !== null;
  await ctx.db.transaction(async (tx) => {
    if (!escalates) return recordTimeline(tx, ctx, incident.id, entry);
    await changeIncident(tx, ctx, incident, { command: "escalate", entry });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
}

async function noteOnDelivery(ctx: Context, job: DeadJob, deliveryId: string): Promise<void> {
  const delivery = await findDelivery(ctx.db.db, deliveryId);
  const found = delivery === null ? [] : await listIncidentsOfDelivery(ctx.db.db, delivery);
  if (delivery === null || found.length === 0) return;
  const { signal } = delivery;
  const summary =
    signal?.kind === "comment"
      ? `${signal.author}, your command could not be carried out: ${job.reason}`
      : `${job.name} was given up: ${job.reason}`;
  const entry = { kind: "job_dead", summary, detail: { jobId: job.id, deliveryId } };
  await ctx.db.transaction(async (tx) => {
    for (const { id } of found) {
      await recordTimeline(tx, ctx, id, entry);
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: id });
    }
  });
}
