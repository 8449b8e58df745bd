import type { Executor } from "../db/database.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue, enqueueUnlessWaiting } from "../jobs/outbox.ts";
import type { HeldWrite } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { decideReview, type ReviewDecision } from "./decide-review.ts";
import { HELD_RETRY_MS, type ReviewOutside } from "./outside.ts";
import type { ReviewedPull } from "./ports.ts";
import { dropReviews, insertReview, listReviews, type PullId, type ReviewRow, updateReview } from "./store.ts";

/** A head in these states can still be read, or passed over for another reason than before. */
const UNDECIDED = ["waiting", "skipped", "stale"] as const;

type Head = Pick<ReviewRow, "id" | "state" | "headSeenAt" | "askedBy">;

/**
 * Decides whether the pull request's head, as it is now, is to be read: webhooks only wake this. What was under way for an
 * earlier head is dropped. One that has to wait comes back by itself, in case nothing is heard.
 */
export async function lookAtPull(
  ctx: Context,
  outside: ReviewOutside,
  input: { projectId: string; number: number },
): Promise<JobOutcome> {
  const { host } = outside;
  const id: PullId = { ...input, repository: host.repository };
  const pull = await host.findPull(input.number);
  if (pull === null || pull.state === "closed") {
    const drop = { headSha: null, reason: "the pull request is closed", now: ctx.clock.now() };
    await inTransaction(ctx, (tx) => dropReviews(tx, id, drop));
    return DONE;
  }
  const rows = await listReviews(ctx.db.db, id);
  const known = rows.find((row) => row.headSha === pull.headSha);
  const head = known ?? newHead(ctx);
  const decision = await decide(ctx, outside, { pull, rows, head });
  await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    await dropReviews(tx, id, { headSha: pull.headSha, reason: "a newer head came", now });
    if (known === undefined) await insertReview(tx, rowOf(id, pull, head, now));
    await act(tx, ctx, { id, head, decision });
  });
  return DONE;
}

/** A head that nobody told us of. */
function newHead(ctx: Context): Head {
  return { id: ctx.newId("rev"), state: "waiting", headSeenAt: ctx.clock.now(), askedBy: null };
}

/** Who asked for a review since the last one: a push does not take that back, a review that failed was the answer. */
function findAsker(rows: readonly ReviewRow[]): string | null {
  const last = rows.findIndex((row) => row.state === "posted");
  const since = last < 0 ? rows : rows.slice(0, last);
  return since.find((row) => row.askedBy !== null && row.state !== "failed")?.askedBy ?? null;
}

function rowOf({ number: pullNumber, ...of }: PullId, { headSha }: ReviewedPull, head: Head, now: Date) {
  return { ...of, ...head, pullNumber, headSha, createdAt: now, updatedAt: now };
}

type Next = ReviewDecision | { type: "go_on"; job: "review.write-review" | "review.post-review" };

async function decide(
  ctx: Context,
  outside: ReviewOutside,
  { pull, rows, head }: { pull: ReviewedPull; rows: readonly ReviewRow[]; head: Head },
): Promise<Next> {
  // In case its job got lost: a job that waits or runs is left alone.
  if (head.state === "reading") return { type: "go_on", job: "review.write-review" };
  if (head.state === "ready") return { type: "go_on", job: "review.post-review" };
  const { host, model, outbound, settings } = outside;
  if (model === null) return { type: "skip", reason: "no model is configured" };
  const isHeadReviewed = head.state === "posted" || head.state === "failed";
  const decision = decideReview(
    {
      pull,
      defaultBranch: await host.defaultBranch(),
      checks: isHeadReviewed ? [] : await host.listChecks(pull.headSha),
      isFirstReview: !rows.some((row) => row.state === "posted"),
      isHeadReviewed,
      headSeenAt: head.headSeenAt.toISOString(),
      lastPushAt: head.headSeenAt.toISOString(),
      now: ctx.clock.now().toISOString(),
      askedBy: head.askedBy ?? findAsker(rows),
      reviews: rows.filter((row) => row.begunAt !== null).length,
    },
    settings.policy,
  );
  if (decision.type !== "review") return decision;
  return whyNotNow(ctx, await outbound.whyHeld("github.review")) ?? decision;
}

/** A dry run reads and decides, and posts nothing; what a stage never posts is not read; a stop is waited for. */
function whyNotNow(ctx: Context, held: HeldWrite | null): ReviewDecision | null {
  if (held === null || held.reason === "dry_run") return null;
  if (held.reason === "stage") return { type: "skip", reason: held.detail };
  return {
    type: "wait",
    until: new Date(ctx.clock.now().getTime() + HELD_RETRY_MS).toISOString(),
    reason: held.detail,
  };
}

async function act(
  tx: Executor,
  ctx: Context,
  { id, head, decision }: { id: PullId; head: Head; decision: Next },
): Promise<void> {
  const now = ctx.clock.now();
  switch (decision.type) {
    case "go_on":
      await enqueueUnlessWaiting(tx, ctx, decision.job, { reviewId: head.id });
      return;
    case "wait": {
      await updateReview(tx, head.id, UNDECIDED, { state: "waiting", reason: decision.reason, updatedAt: now });
      const payload = { projectId: id.projectId, number: id.number };
      return enqueue(tx, ctx, "review.look-at-pull", payload, { runAt: new Date(decision.until) });
    }
    case "skip":
      await updateReview(tx, head.id, UNDECIDED, { state: "skipped", reason: decision.reason, updatedAt: now });
      return;
    case "review": {
      const { trigger, reason } = decision;
      const begun = { state: "reading", trigger, reason, begunAt: now, updatedAt: now } as const;
      if (await updateReview(tx, head.id, UNDECIDED, begun))
        await enqueue(tx, ctx, "review.write-review", { reviewId: head.id });
    }
  }
}
