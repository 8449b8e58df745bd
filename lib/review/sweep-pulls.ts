import { enqueueUnlessWaiting } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import type { ReviewOutside } from "./outside.ts";
import { listKnownHeads, listStalledReviews } from "./store.ts";

/** So many open pull requests, those that were pushed to last, are looked through. */
const MOST_PULLS = 300;
/** Longer than any wait of a review that goes its way. */
const STALLED_MS = 15 * 60_000;

/** Has looked at what no webhook told of: heads that have no row, and reviews that stand still without a job. */
export async function sweepPulls(
  ctx: Context,
  { host, settings }: Pick<ReviewOutside, "host" | "settings">,
): Promise<{ open: number; looks: number }> {
  const of = { projectId: settings.projectId, repository: host.repository };
  const pulls = await host.listOpenPulls(MOST_PULLS);
  const known = await listKnownHeads(
    ctx.db.db,
    of,
    pulls.map((pull) => pull.headSha),
  );
  const before = new Date(ctx.clock.now().getTime() - STALLED_MS);
  const stalled = await listStalledReviews(ctx.db.db, { ...of, before });
  const missed = pulls.filter(({ number, headSha }) => !known.has(`${number}:${headSha}`));
  const numbers = new Set([...missed, ...stalled].map((one) => ("number" in one ? one.number : one.pullNumber)));
  let looks = 0;
  for (const number of numbers) {
    const payload = { projectId: settings.projectId, number };
    if (await enqueueUnlessWaiting(ctx.db.db, ctx, "review.look-at-pull", payload)) looks += 1;
  }
  return { open: pulls.length, looks };
}
