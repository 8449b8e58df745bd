import { findDelivery } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { findOpenPullRequestOf } from "./feedback-store.ts";
import { findPullRequestByNumber } from "./store.ts";

/** Something was said of a pull request, or a check of it ended: where it is ours, its feedback is read anew. */
export async function noteFeedback(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || (signal?.kind !== "pull_feedback" && signal?.kind !== "comment"))
    return { type: "dead", reason: "the delivery holds no feedback" };
  const number = signal.kind === "comment" ? signal.issueNumber : signal.number;
  const row =
    number !== null
      ? await findPullRequestByNumber(ctx.db.db, delivery.projectId, number)
      : signal.kind === "pull_feedback" && signal.headRef !== null
        ? await findOpenPullRequestOf(ctx.db.db, delivery.projectId, signal.headRef)
        : null;
  if (row === null || row.state !== "open") return DONE;
  await inTransaction(ctx, (tx) => enqueue(tx, ctx, "repair.collect-feedback", { incidentId: row.incidentId }));
  return DONE;
}
