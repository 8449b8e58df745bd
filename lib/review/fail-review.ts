import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { updateReview } from "./store.ts";

/**
 * A job of a review went to the dead letters: the review failed, and its check run says so. Where posting itself was given
 * up, writing to the same host would fail the same way: the row and the dead letters tell.
 */
export async function failReview(
  ctx: Context,
  dead: { reviewId: string; jobName: string; reason: string },
): Promise<void> {
  const { reviewId, jobName } = dead;
  const reason = `${jobName} was given up: ${dead.reason}`;
  await ctx.db.transaction(async (tx) => {
    const set = { state: "failed", reason, updatedAt: ctx.clock.now() } as const;
    const isFailed = await updateReview(tx, reviewId, ["reading", "ready"], set);
    if (isFailed && jobName !== "review.post-review") await enqueue(tx, ctx, "review.post-review", { reviewId });
  });
}
