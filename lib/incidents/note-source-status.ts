import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { changeIncident, recordTimeline } from "./change-incident.ts";
import { decideNextState } from "./decide-next-state.ts";
import { findDelivery, listIncidentsBySourceIssue } from "./store.ts";

/**
 * Somebody changed the issue's status at its source. Archiving it there is a person's word that it does not matter, so
 * the incident is ignored; resolving is noted and proves nothing.
 */
export async function noteSourceStatus(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "issue_status")
    return { type: "dead", reason: "the delivery holds no issue status" };
  const found = await listIncidentsBySourceIssue(ctx.db.db, delivery.projectId, signal.issueId);
  await inTransaction(ctx, async (tx) => {
    for (const incident of found) {
      const by = signal.by ? ` by ${signal.by}` : "";
      const entry = { kind: "source_status", summary: `${delivery.source} marked the issue ${signal.status}${by}` };
      const isIgnored = signal.status === "archived" && decideNextState(incident.state, "ignore") !== null;
      if (isIgnored) await changeIncident(tx, ctx, incident, { command: "ignore", entry });
      else await recordTimeline(tx, ctx, incident.id, entry);
    }
  });
  return DONE;
}
