import { changeIncident, type Incident } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Investigation } from "./compose-investigation.ts";
import { mergeSuspicions, sentenceOf } from "./compose-suspicions.ts";
import { decideFollowUp } from "./decide-follow-up.ts";
import type { InquiryOutcome } from "./inquiry-model.ts";
import { closeInquiry, type InquiryRow } from "./inquiry-store.ts";
import { commandOf, goOn, isRepairNext } from "./keep-findings.ts";
import type { InquiryOutside } from "./take-turn.ts";

/**
 * Puts what a model found (or why it found nothing) on the incident, and lets it go on as it would have without a model:
 * what follows is decided by the stage, and by whether anything is known to begin from.
 */
export async function endInquiry(
  ctx: Context,
  outside: Pick<InquiryOutside, "settings" | "repository">,
  read: { incident: Incident; found: Investigation; inquiry: InquiryRow },
  outcome: InquiryOutcome,
): Promise<void> {
  const { incident, found, inquiry } = read;
  const suspicions = mergeSuspicions(found.suspicions ?? [], inquiry.suspicions);
  const notes = suspicions.length === 0 ? found.notes : [...withoutWarning(found.notes), sentenceOf(suspicions)];
  const { report, ...inquired } = outcome;
  const investigation: Investigation = { ...found, notes, suspicions, report, inquiry: inquired };
  const next = decideFollowUp({
    kind: incident.kind,
    mayRepair: isRepairNext(outside),
    asksModel: false,
    ...{ stack: found.stack, rootCause: report?.rootCause ?? null },
  });
  await inTransaction(ctx, async (tx) => {
    const isMine = await closeInquiry(tx, inquiry.id, { outcome, endedAt: ctx.clock.now() });
    if (!isMine && inquiry.state === "open") throw overtaken(inquiry.id);
    await changeIncident(tx, ctx, incident, {
      command: commandOf(next),
      patch: { investigation: { ...investigation } },
      entry: { kind: "inquired", summary: summaryOf(outcome), detail: { ...outcome } },
    });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
    await goOn(tx, ctx, incident.id, next);
  });
}

const WARNING = /^text from outside seems to give orders/;
const withoutWarning = (notes: readonly string[]): string[] => notes.filter((note) => !WARNING.test(note));

export function overtaken(id: string): AppError {
  return new AppError("inquiry_conflict", `inquiry ${id} went on meanwhile`, {
    retry: { afterMs: 500 },
    context: { inquiryId: id },
  });
}

/** One line for the timeline: what came of it and what it took. */
function summaryOf({ end, detail, model, steps, tokens, costUsd, report }: InquiryOutcome): string {
  const cost = costUsd === null ? "cost unknown" : `$${costUsd.toFixed(3)}`;
  const took = `${model}, ${steps} step${steps === 1 ? "" : "s"}, ${tokens} tokens, ${cost}`;
  if (end !== "reported" || report === null) return `the facts stand without a model's report: ${detail} (${took})`;
  const cause = report.rootCause ?? "no cause is asserted, a person is asked";
  return `a model's report, confidence ${report.confidence}: ${cause} (${took})`;
}
