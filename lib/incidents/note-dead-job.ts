import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { changeIncident, recordTimeline } from "./change-incident.ts";
import { decideNextState } from "./decide-next-state.ts";
import { retryConflicts } from "./retry-conflicts.ts";
import { findIncident } from "./store.ts";

/**
 * A job of an incident went to the dead letters: a person has to know, or the incident would stand still in silence.
 * A dead update of the issue itself is only noted: telling it by the same way would fail the same way.
 */
export function noteDeadJob(ctx: Context, job: DeadJob): Promise<void> {
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
