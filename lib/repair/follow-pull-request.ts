import type { Executor } from "../db/database.ts";
import { changeIncident, findDelivery, getIncident, type Incident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { CodeHost, HostedPullRequest } from "./ports.ts";
import type { RepairSettings } from "./settings.ts";
import {
  findLatestPullRequest,
  findPullRequestByNumber,
  listRuns,
  type PullRequestRow,
  updatePullRequest,
  updateRun,
} from "./store.ts";
import { isLiveRun, LIVE_STATES } from "./tend-run.ts";

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
  await inTransaction(ctx, async (tx) => {
    if (hosted === null || (hosted.state === "closed" && !hosted.isMerged)) return noteClosed(tx, ctx, incident, row);
    if (hosted.isMerged) return noteMerged(tx, ctx, incident, row, hosted);
    return noteOpen(tx, ctx, incident, row, { hosted, pollMinutes: outside.settings.pullRequestPollMinutes });
  });
  return DONE;
}

async function noteClosed(tx: Executor, ctx: Context, incident: Incident, row: PullRequestRow): Promise<void> {
  const summary = `pull request #${row.number} was closed without being merged`;
  await updatePullRequest(tx, row.id, { state: "closed", updatedAt: ctx.clock.now() });
  await dropRounds(tx, ctx, incident, summary);
  if (incident.state !== "in_review") return;
  await changeIncident(tx, ctx, incident, {
    command: "escalate",
    entry: { kind: "escalated", summary, url: row.url },
  });
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
}

/** Still open: what was said of it is looked at now, and it itself again later. */
async function noteOpen(
  tx: Executor,
  ctx: Context,
  incident: Incident,
  row: PullRequestRow,
  { hosted, pollMinutes }: { hosted: HostedPullRequest; pollMinutes: number },
): Promise<void> {
  const now = ctx.clock.now();
  const payload = { incidentId: incident.id };
  await updatePullRequest(tx, row.id, { isDraft: hosted.isDraft, headSha: hosted.headSha, updatedAt: now });
  if (incident.state === "in_review") await enqueue(tx, ctx, "repair.collect-feedback", payload);
  const runAt = new Date(now.getTime() + pollMinutes * 60_000);
  await enqueue(tx, ctx, "repair.follow-pull-request", payload, { runAt });
}

async function noteMerged(
  tx: Executor,
  ctx: Context,
  incident: Incident,
  row: PullRequestRow,
  hosted: HostedPullRequest,
): Promise<void> {
  const now = ctx.clock.now();
  const payload = { incidentId: incident.id };
  const summary = `pull request #${row.number} was merged`;
  await updatePullRequest(tx, row.id, {
    state: "merged",
    isDraft: false,
    mergedAt: hosted.mergedAt === null ? now : new Date(hosted.mergedAt),
    mergeSha: hosted.mergeSha,
    headSha: hosted.headSha,
    updatedAt: now,
  });
  await dropRounds(tx, ctx, incident, summary);
  if (incident.state !== "in_review" && incident.state !== "escalated") return;
  // What people asked for is done once it is merged: there is no error whose end could be proven.
  const isRequest = incident.kind === "request";
  await changeIncident(tx, ctx, incident, {
    command: isRequest ? "finish" : "merge",
    patch: isRequest ? { closedAt: now } : { nextCheckAt: now },
    entry: {
      kind: "merged",
      summary,
      detail: { mergeSha: hosted.mergeSha, mergedAt: hosted.mergedAt },
      url: row.url,
    },
  });
  if (!isRequest) await enqueue(tx, ctx, "recovery.verify-recovery", payload);
  await enqueue(tx, ctx, "alerts.update-issue", payload);
}

/** Rounds of a pull request that is over have nothing to be put onto. */
async function dropRounds(tx: Executor, ctx: Context, incident: Incident, reason: string): Promise<void> {
  const set = { state: "failed", reason, tokenHash: null, finishedAt: ctx.clock.now() } as const;
  for (const run of await listRuns(tx, incident.id)) {
    if (run.taskKind === "followup" && isLiveRun(run)) await updateRun(tx, run.id, LIVE_STATES, set);
  }
}
