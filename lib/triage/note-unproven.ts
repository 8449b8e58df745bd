import { changeIncident, type Incident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";

/**
 * An alert that its source does not stand by acts on nothing: a new incident is left alone with the reason, and nobody
 * is told; on a known one it changes nothing.
 */
export async function noteUnproven(ctx: Context, incident: Incident, reason: string): Promise<JobOutcome> {
  if (incident.state !== "new") return DONE;
  const entry = { kind: "triaged", summary: reason, detail: { reason } };
  await inTransaction(ctx, (tx) => changeIncident(tx, ctx, incident, { command: "observe", entry }));
  return DONE;
}
