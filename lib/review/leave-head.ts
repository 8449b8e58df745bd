import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { ReviewedPull } from "./ports.ts";
import { type ReviewRow, updateReview } from "./store.ts";

/** Whether the pull request is open, and its head is the one that the review is for. */
export function isHeadStill(row: Pick<ReviewRow, "headSha">, pull: ReviewedPull | null): pull is ReviewedPull {
  return pull !== null && pull.state === "open" && pull.headSha === row.headSha;
}

/** The review is for a head that is none any more: nothing of it is posted, and the pull request is looked at anew. */
export async function leaveHead(ctx: Context, row: ReviewRow): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    const set = {
      state: "stale",
      reason: "the head changed meanwhile",
      draft: null,
      updatedAt: ctx.clock.now(),
    } as const;
    await updateReview(tx, row.id, ["reading", "ready"], set);
    await enqueue(tx, ctx, "review.look-at-pull", { projectId: row.projectId, number: row.pullNumber });
  });
  return DONE;
}
