import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { changeIncident, recordTimeline } from "./change-incident.ts";
import { decideNextState } from "./decide-next-state.ts";
import type { IncidentState } from "./model.ts";
import { reopenIncident } from "./reopen-incident.ts";
import { findDelivery, listIncidentsBySourceIssue } from "./store.ts";

/** States in which a person's "resolved" ends the matter: no repair of ours is under way that would have to prove it. */
const NOBODY_AT_WORK: ReadonlySet<IncidentState> = new Set(["new", "observed", "escalated"]);

/**
 * Somebody changed the issue's status at its source. Archiving it there is a person's word that it does not matter, so
 * the incident is ignored, and taking that back reopens it. Resolving proves nothing: it ends what nobody works on, and
 * is only noted where a repair is under way.
 */
export async function noteSourceStatus(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "issue_status")
    return { type: "dead", reason: "the delivery holds no issue status" };
  const found = await listIncidentsBySourceIssue(ctx.db.db, delivery, signal.issueId);
  await inTransaction(ctx, async (tx) => {
    for (const incident of found) {
      // An outage ends when its monitor says so by the API: a message is only the reason to look.
      if (incident.kind === "uptime") {
        await enqueue(tx, ctx, "triage.assess-incident", { incidentId: incident.id });
        continue;
      }
      const by = signal.by ? ` by ${signal.by}` : "";
      const summary = `${delivery.source} marked the issue ${signal.status}${by}`;
      const entry = { kind: "source_status", summary, detail: { status: signal.status } };
      if (signal.status === "unresolved" && incident.state === "ignored") {
        await reopenIncident(tx, ctx, incident, { at: ctx.clock.now(), entry });
        continue;
      }
      const isEnded =
        signal.status === "archived" || (signal.status === "resolved" && NOBODY_AT_WORK.has(incident.state));
      if (!isEnded || decideNextState(incident.state, "ignore") === null) {
        await recordTimeline(tx, ctx, incident.id, entry);
        continue;
      }
      await changeIncident(tx, ctx, incident, { command: "ignore", patch: { closedAt: ctx.clock.now() }, entry });
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
    }
  });
  return DONE;
}
