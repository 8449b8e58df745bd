import type { JobName } from "../jobs/catalog.ts";
import { enqueueUnlessWaiting } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import type { IncidentState } from "./model.ts";
import { listIncidentsInStates } from "./store.ts";

type IncidentJob = Extract<
  JobName,
  | "triage.assess-incident"
  | "investigate.investigate-incident"
  | "repair.start-repair"
  | "repair.follow-pull-request"
  | "recovery.verify-recovery"
>;

/** What moves an incident on from each state that is not an end; each of these reads the present and can be repeated. */
const MOVERS: Partial<Record<IncidentState, IncidentJob>> = {
  new: "triage.assess-incident",
  investigating: "investigate.investigate-incident",
  repairing: "repair.start-repair",
  in_review: "repair.follow-pull-request",
  deploying: "recovery.verify-recovery",
  verifying: "recovery.verify-recovery",
};

/**
 * The net below the net: every incident that is on its way has a job waiting that will move it. Where there is none (it
 * went to the dead letters, somebody deleted it) it is put back. Answers how many incidents were looked at.
 */
export async function wakeStalled(
  ctx: Context,
  input: { projectId: string },
): Promise<{ incidents: number; woken: number }> {
  const states = Object.keys(MOVERS) as IncidentState[];
  const incidents = await listIncidentsInStates(ctx.db.db, input.projectId, states);
  let woken = 0;
  for (const incident of incidents) {
    // An issue that was handed over has nothing to investigate: it is read when its run begins.
    const isRequest = incident.kind === "request" && incident.state === "investigating";
    const job = isRequest ? "repair.start-repair" : MOVERS[incident.state];
    if (job && (await enqueueUnlessWaiting(ctx.db.db, ctx, job, { incidentId: incident.id }))) woken += 1;
  }
  return { incidents: incidents.length, woken };
}
