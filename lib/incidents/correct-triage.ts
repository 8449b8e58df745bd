import { enqueue } from "../jobs/outbox.ts";
import { actorText } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import { redact } from "../kernel/redact.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { getIncident, recordTimeline } from "./change-incident.ts";
import { insertCorrection } from "./correction-store.ts";
import { type CorrectionInput, holdCorrection, readAutomatic, severityOf } from "./decide-correction.ts";
import { refreshFacts } from "./store.ts";

/**
 * A person says how urgent an incident is, or whether it is worth a repair. It holds until it is taken back; what triage
 * says by itself is kept beside it, and told when it changes.
 */
export async function correctTriage(ctx: Context, input: { incidentId: string } & CorrectionInput): Promise<void> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const automatic = readAutomatic(incident);
  if (automatic === null) {
    throw new AppError("bad_request", "this incident was not judged yet: there is nothing to correct", {
      retry: "never",
    });
  }
  const by = actorText(ctx.actor);
  const reason = redact(input.reason).text;
  const judged = { ...automatic, severity: severityOf(automatic.priority), reasons: reasonsOf(incident.triage) };
  const correction = input.priority && { ...input, priority: input.priority, by, reason };
  const held = holdCorrection(judged, correction);
  const { priority, severity, worthRepair } = held;
  const { automatic: _before, ...known } = incident.triage ?? {};
  const payload = { incidentId: incident.id };
  await inTransaction(ctx, async (tx) => {
    await insertCorrection(tx, {
      projectId: incident.projectId,
      incidentId: incident.id,
      at: ctx.clock.now(),
      by,
      reason,
      priority: input.priority,
      worthRepair: input.worthRepair,
      automaticPriority: automatic.priority,
      automaticWorthRepair: automatic.worthRepair,
      automaticScore: automatic.score,
    });
    await refreshFacts(tx, incident.id, { priority, severity, worthRepair, triage: { ...known, ...held } });
    const worth = input.worthRepair === null ? "" : input.worthRepair ? ", worth a repair" : ", not worth a repair";
    const summary = correction
      ? `${priority}${worth}: ${reason} (triage had said ${automatic.priority})`
      : `back to ${priority}, as triage says: ${reason}`;
    await recordTimeline(tx, ctx, incident.id, { kind: "triage_corrected", summary, detail: { automatic, priority } });
    await enqueue(tx, ctx, "alerts.update-issue", payload);
    // What is watched only may now be worth a repair.
    if (incident.state === "observed") await enqueue(tx, ctx, "triage.assess-incident", payload);
  });
}

/** The reasons of triage itself, without what people said before. */
function reasonsOf(triage: Record<string, unknown> | null): string[] {
  const reasons = Array.isArray(triage?.reasons) ? triage.reasons.filter((one) => typeof one === "string") : [];
  return triage !== null && "automatic" in triage ? reasons.slice(1) : reasons;
}
