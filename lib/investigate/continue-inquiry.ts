import { getIncident, type Incident, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { findSpending } from "../llm/index.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Investigation } from "./compose-investigation.ts";
import { mergeSuspicions, sentenceOf } from "./compose-suspicions.ts";
import { endInquiry, overtaken } from "./end-inquiry.ts";
import { type InquiryRow, updateTurn } from "./inquiry-store.ts";
import { openInquiry } from "./open-inquiry.ts";
import { INVESTIGATE_PROMPT } from "./prompts/investigate.ts";
import { type InquiryOutside, type NextTurn, takeTurn } from "./take-turn.ts";

interface Read {
  incident: Incident;
  found: Investigation;
  inquiry: InquiryRow;
}

/**
 * One turn of a model over one incident. Its conversation is kept after every turn, so that a process which dies repeats
 * one turn at most, and what that may have cost stays counted. However it ends (a report, a budget, a provider that is
 * away), the incident goes on.
 */
export async function continueInquiry(
  ctx: Context,
  outside: InquiryOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const found = incident.investigation as Investigation | null;
  if (incident.state !== "investigating" || found === null) return DONE;
  const inquiry = await openInquiry(ctx, { incident, found }, outside.settings.inquiry);
  if (found.inquiry?.inquiryId === inquiry.id) return DONE;
  const read = { incident, found, inquiry };
  if (inquiry.outcome !== null) {
    await endInquiry(ctx, outside, read, inquiry.outcome);
    return DONE;
  }
  const next = await takeTurn(ctx, outside, read);
  if (next.type === "again") return { type: "retry", reason: next.reason, afterMs: next.afterMs, isFree: true };
  if (next.type === "go_on") await keepTurn(ctx, read, next);
  else await end(ctx, outside, read, next);
  return DONE;
}

async function keepTurn(ctx: Context, read: Read, next: Extract<NextTurn, { type: "go_on" }>): Promise<void> {
  const { incident, inquiry } = read;
  const suspicions = mergeSuspicions(inquiry.suspicions, next.suspicions);
  const added = suspicions.slice(inquiry.suspicions.length);
  const messages = [...inquiry.messages, ...next.messages];
  await inTransaction(ctx, async (tx) => {
    if (!(await updateTurn(tx, inquiry, { messages, suspicions }))) throw overtaken(inquiry.id);
    if (added.length > 0) {
      const entry = { kind: "injection_suspected", summary: sentenceOf(added), detail: { suspicions: added } };
      await recordTimeline(tx, ctx, incident.id, entry);
    }
    await enqueue(tx, ctx, "investigate.ask-model", { incidentId: incident.id });
  });
}

async function end(
  ctx: Context,
  outside: InquiryOutside,
  read: Read,
  next: Extract<NextTurn, { type: "end" }>,
): Promise<void> {
  const { inquiry } = read;
  const spending = await findSpending(ctx, { projectId: read.incident.projectId, session: inquiry.id });
  await endInquiry(ctx, outside, read, {
    inquiryId: inquiry.id,
    end: next.end,
    detail: next.detail,
    model: outside.model?.name ?? "no model",
    promptVersion: INVESTIGATE_PROMPT.version,
    steps: spending.steps,
    tokens: spending.tokens,
    costUsd: spending.isPriced ? spending.costUsd : null,
    report: next.report,
  });
}
