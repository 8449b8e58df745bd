import { findDelivery, meetIncidents, recordTimeline } from "../incidents/index.ts";
import type { SeerSignal } from "../intake/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { composeSeerDetail, SEER_WORDS } from "./compose-seer-detail.ts";

/**
 * Sentry's own AI came to a result about an incident's issue: put on the timeline and shown in the issue, as its opinion.
 * It moves nothing, and no brief holds it: it was written from the same events, which anybody can send.
 */
export async function noteSeer(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "seer") return { type: "dead", reason: "the delivery holds no result of Seer's" };
  const meant = await meetIncidents(ctx, delivery, signal.issueId);
  if ("outcome" in meant) return meant.outcome;
  const entry = entryOf(signal);
  await inTransaction(ctx, async (tx) => {
    for (const incident of meant.incidents) {
      await recordTimeline(tx, ctx, incident.id, entry);
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
    }
  });
  return DONE;
}

function entryOf(signal: SeerSignal) {
  const detail = composeSeerDetail(signal);
  const said =
    detail.description?.slice(0, 300) ??
    detail.changes
      .map((one) => one.title)
      .join("; ")
      .slice(0, 300);
  const links = detail.pullRequests.map((one) => one.url).join(", ");
  const words = [said, links].filter((one) => one !== "").join(" ");
  return {
    kind: "seer",
    summary: `Sentry's Seer ${SEER_WORDS[signal.action]}${words === "" ? "" : `: ${words}`}`,
    detail: { ...detail },
    url: detail.pullRequests[0]?.url ?? null,
  };
}
