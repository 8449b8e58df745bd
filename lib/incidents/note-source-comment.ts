import type { SourceCommentSignal } from "../intake/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { oneLine } from "../kernel/quiet-text.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { recordTimeline } from "./change-incident.ts";
import { meetIncidents } from "./meet-incidents.ts";
import { findDelivery } from "./store.ts";

/**
 * Somebody commented on the issue at its source: noted, whatever it says. Who may write there is not who may push to the
 * repository, so nothing in it is a command.
 */
export async function noteSourceComment(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "source_comment") return { type: "dead", reason: "the delivery holds no comment" };
  const meant = await meetIncidents(ctx, delivery, signal.issueId);
  if ("outcome" in meant) return meant.outcome;
  await inTransaction(ctx, async (tx) => {
    for (const incident of meant.incidents) {
      await recordTimeline(tx, ctx, incident.id, {
        kind: "source_comment",
        summary: summaryOf(signal),
        detail: { source: delivery.source, commentId: signal.commentId, action: signal.action },
      });
    }
  });
  return DONE;
}

function summaryOf({ action, by, text }: SourceCommentSignal): string {
  const comment = `a comment in Sentry by ${by === null ? "somebody" : oneLine(by, 80)}`;
  if (action === "deleted") return `${comment} was deleted`;
  const words = text === null ? "without text" : oneLine(text, 500);
  return action === "updated" ? `${comment} was changed: ${words}` : `${comment}: ${words}`;
}
