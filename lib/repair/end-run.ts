import { changeIncident, type Incident, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { GateJudgement, RunEnd } from "./decide-run-end.ts";
import type { Published } from "./published-model.ts";
import { insertPullRequest, type RunRow, updatePullRequest, updateRun } from "./store.ts";

const MINUTE_MS = 60_000;
/** How long a patch that the choke point held waits before it is tried again. */
const HELD_RETRY_MS = MINUTE_MS;

type Ended = {
  run: RunRow;
  incident: Incident;
  gate: GateJudgement | null;
  end: Exclude<RunEnd, { type: "publish" }> | { type: "dropped"; reason: string } | { type: "publish" };
};

/** Files a run that was not published, and moves its incident on. */
export async function endRun(
  ctx: Context,
  { run, incident, gate, end }: Ended,
  kind = "run_failed",
): Promise<JobOutcome> {
  if (end.type === "publish") return DONE;
  const state = kind === "gate_denied" ? "denied" : "failed";
  const detail = { runId: run.id, ...(gate && { gate: { ...gate } }) };
  await inTransaction(ctx, async (tx) => {
    const set = {
      state,
      reason: end.reason,
      gate: gate && { ...gate },
      tokenHash: null,
      finishedAt: ctx.clock.now(),
    } as const;
    if (!(await updateRun(tx, run.id, ["reported"], set))) return;
    const summary = `attempt ${run.attempt}: ${end.reason}`;
    if (end.type === "dropped") return recordTimeline(tx, ctx, incident.id, { kind: "run_dropped", summary, detail });
    const payload = { incidentId: incident.id };
    if (end.type === "retry") {
      await recordTimeline(tx, ctx, incident.id, { kind, summary, detail });
      await enqueue(tx, ctx, "repair.start-repair", payload);
    } else {
      const patch = end.countsAttempt ? {} : { attempts: Math.max(0, incident.attempts - 1) };
      await recordTimeline(tx, ctx, incident.id, { kind, summary, detail });
      await changeIncident(tx, ctx, incident, {
        command: "escalate",
        patch,
        entry: { kind: "escalated", summary: end.reason },
      });
    }
    await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}

/** The gate did not pass the patch: no branch exists, and the reasons are on record. */
export function noteDenied(ctx: Context, ended: Ended): Promise<JobOutcome> {
  return endRun(ctx, ended, "gate_denied");
}

/** A write was held on the way. What was already made stays and is found again. */
export async function holdPublishing(
  ctx: Context,
  run: RunRow,
  held: { summary: string; detail: Record<string, unknown> },
): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    if (run.reason !== held.summary) {
      await updateRun(tx, run.id, ["reported"], { reason: held.summary });
      await recordTimeline(tx, ctx, run.incidentId, { kind: "held", ...held });
    }
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "repair.publish-patch", { runId: run.id }, { runAt });
  });
  return DONE;
}

/** The draft is open: files it, and looks at it again in case its webhooks get lost. */
export async function notePublished(
  ctx: Context,
  input: {
    run: RunRow;
    incident: Incident;
    gate: GateJudgement | null;
    published: Published;
    pollMinutes: number;
  },
): Promise<JobOutcome> {
  const { run, incident, published } = input;
  const { commit, pullRequest, branch } = published;
  const now = ctx.clock.now();
  await inTransaction(ctx, async (tx) => {
    const set = {
      state: "published",
      reason: null,
      gate: input.gate && { ...run.gate, ...input.gate },
      branch,
      commitSha: commit.sha,
      tokenHash: null,
      finishedAt: now,
    } as const;
    await updateRun(tx, run.id, ["reported"], set);
    for (const id of published.supersededIds) await updatePullRequest(tx, id, { state: "closed", updatedAt: now });
    await insertPullRequest(tx, {
      id: ctx.newId("pul"),
      projectId: run.projectId,
      incidentId: incident.id,
      runId: run.id,
      number: pullRequest.number,
      url: pullRequest.url,
      branch,
      headSha: commit.sha,
      state: "open",
      isDraft: pullRequest.isDraft,
      isVerifiedCommit: commit.isVerified,
      createdAt: now,
      updatedAt: now,
    });
    await changeIncident(tx, ctx, incident, {
      command: "open_review",
      entry: {
        kind: "pull_request_opened",
        summary: `${pullRequest.isDraft ? "draft " : ""}pull request #${pullRequest.number} waits for a person`,
        detail: {
          runId: run.id,
          number: pullRequest.number,
          branch,
          commitSha: commit.sha,
          isVerifiedCommit: commit.isVerified,
          isDraft: pullRequest.isDraft,
          gate: input.gate,
        },
        url: pullRequest.url,
      },
    });
    const payload = { incidentId: incident.id };
    await enqueue(tx, ctx, "alerts.update-issue", payload);
    const runAt = new Date(now.getTime() + input.pollMinutes * MINUTE_MS);
    await enqueue(tx, ctx, "repair.follow-pull-request", payload, { runAt });
  });
  return DONE;
}
