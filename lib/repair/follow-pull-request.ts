import { changeIncident, findDelivery, getIncident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { CodeHost } from "./ports.ts";
import type { RepairSettings } from "./settings.ts";
import { findLatestPullRequest, findPullRequestByNumber, updatePullRequest } from "./store.ts";

export interface FollowOutside {
  codeHost: CodeHost;
  settings: RepairSettings;
}

/** A pull request of ours changed, says a webhook: which incident's it is, and then the look below. */
export async function notePullRequest(
  ctx: Context,
  outside: FollowOutside,
  input: { deliveryId: string },
): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  if (delivery?.signal?.kind !== "pull_request") return { type: "dead", reason: "the delivery holds no pull request" };
  const row = await findPullRequestByNumber(ctx.db.db, delivery.projectId, delivery.signal.number);
  return row === null ? DONE : followPullRequest(ctx, outside, { incidentId: row.incidentId });
}

/** Reads how the incident's pull request stands now: merged, closed, or still open and looked at again later. */
export async function followPullRequest(
  ctx: Context,
  outside: FollowOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const row = await findLatestPullRequest(ctx.db.db, input.incidentId);
  if (row === null || row.state !== "open") return DONE;
  const hosted = await outside.codeHost.findPullRequest(row.number);
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const now = ctx.clock.now();
  const payload = { incidentId: incident.id };
  await inTransaction(ctx, async (tx) => {
    if (hosted === null || (hosted.state === "closed" && !hosted.isMerged)) {
      await updatePullRequest(tx, row.id, { state: "closed", updatedAt: now });
      if (incident.state !== "in_review") return;
      const summary = `pull request #${row.number} was closed without being merged`;
      await changeIncident(tx, ctx, incident, {
        command: "escalate",
        entry: { kind: "escalated", summary, url: row.url },
      });
      await enqueue(tx, ctx, "alerts.update-issue", payload);
      await enqueue(tx, ctx, "investigate.write-lesson", payload);
      return;
    }
    if (!hosted.isMerged) {
      await updatePullRequest(tx, row.id, { isDraft: hosted.isDraft, headSha: hosted.headSha, updatedAt: now });
      const runAt = new Date(now.getTime() + outside.settings.pullRequestPollMinutes * 60_000);
      await enqueue(tx, ctx, "repair.follow-pull-request", payload, { runAt });
      return;
    }
    const mergedAt = hosted.mergedAt === null ? now : new Date(hosted.mergedAt);
    await updatePullRequest(tx, row.id, {
      state: "merged",
      isDraft: false,
      mergedAt,
      mergeSha: hosted.mergeSha,
      headSha: hosted.headSha,
      updatedAt: now,
    });
    if (incident.state !== "in_review" && incident.state !== "escalated") return;
    await changeIncident(tx, ctx, incident, {
      command: "merge",
      patch: { nextCheckAt: now },
      entry: {
        kind: "merged",
        summary: `pull request #${row.number} was merged`,
        detail: { mergeSha: hosted.mergeSha, mergedAt: hosted.mergedAt },
        url: row.url,
      },
    });
    await enqueue(tx, ctx, "recovery.verify-recovery", payload);
    await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}
