import { changeIncident, type Incident, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { oneLine } from "../kernel/quiet-text.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { composeNotDone, composeOutcome } from "./compose-answer.ts";
import { decideAnswer } from "./decide-answer.ts";
import type { GateJudgement } from "./decide-run-end.ts";
import type { FileChange } from "./diff-model.ts";
import type { Round } from "./feedback-model.ts";
import { updateFeedback } from "./feedback-store.ts";
import type { RepairSettings } from "./settings.ts";
import { enqueueRun } from "./start-round.ts";
import { findLatestPullRequest, type RunRow, updatePullRequest, updateRun } from "./store.ts";

const ended = (ctx: Context) => ({ tokenHash: null, finishedAt: ctx.clock.now() });
const idsOf = (round: Round) => round.items.map((item) => item.id);

/** The round failed in a way that another one may not; its items wait again, and the next look decides. */
export async function retryRound(
  ctx: Context,
  run: RunRow,
  gate: GateJudgement | null,
  reason: string,
): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    const set = { state: "failed", reason, gate: gate && { ...gate }, ...ended(ctx) } as const;
    if (!(await updateRun(tx, run.id, ["reported"], set))) return;
    const entry = { kind: "run_failed", summary: `the round failed: ${reason}`, detail: { runId: run.id } };
    await recordTimeline(tx, ctx, run.incidentId, entry);
    await enqueue(tx, ctx, "repair.collect-feedback", { incidentId: run.incidentId });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: run.incidentId });
  });
  return DONE;
}

/** The worker changed nothing, which it was free to: its reason is told to who asked, and the same is not tried again. */
export async function endRoundForNothing(ctx: Context, run: RunRow, round: Round, why: string): Promise<JobOutcome> {
  const now = ctx.clock.now();
  const reason = oneLine(why, 600) || "the worker changed nothing";
  await inTransaction(ctx, async (tx) => {
    const set = { state: "failed", reason: `nothing was changed: ${reason}`, ...ended(ctx) } as const;
    if (!(await updateRun(tx, run.id, ["reported"], set))) return;
    const outcome = composeNotDone(reason);
    await updateFeedback(tx, idsOf(round), ["working"], { state: "not_done", outcome, updatedAt: now });
    const summary = `round ${round.round} of ${round.of} changed nothing: ${reason}`;
    await recordTimeline(tx, ctx, run.incidentId, { kind: "round_ended", summary, detail: { runId: run.id } });
    await enqueue(tx, ctx, "repair.answer-feedback", { incidentId: run.incidentId });
    await enqueue(tx, ctx, "repair.collect-feedback", { incidentId: run.incidentId });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: run.incidentId });
  });
  return DONE;
}

/** The same round once more, on the head as it is now. */
export async function repeatRound(
  ctx: Context,
  settings: RepairSettings,
  run: RunRow,
  round: Round,
  reason: string,
): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    const fresh = { state: "queued", report: null, gate: null, reason: null, tokenHash: null } as const;
    const unclaimed = { runnerId: null, leaseUntil: null, claimedAt: null, phase: null, claims: 0 };
    const brief = { ...run.brief, round };
    const set = { ...fresh, ...unclaimed, brief, baseSha: round.headSha, createdAt: ctx.clock.now() };
    if (!(await updateRun(tx, run.id, ["reported"], set))) return;
    const summary = `${reason}: round ${round.round} of ${round.of} is made again on it`;
    const detail = { runId: run.id, headSha: round.headSha };
    await recordTimeline(tx, ctx, run.incidentId, { kind: "round_repeated", summary, detail, url: round.pullUrl });
    await enqueueRun(tx, ctx, settings, run.id);
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: run.incidentId });
  });
  return DONE;
}

/** The round's commit is on the branch: files it, with what came of each item. */
export async function noteRoundPublished(
  ctx: Context,
  input: {
    run: RunRow;
    round: Round;
    incident: Incident;
    gate: GateJudgement;
    files: readonly FileChange[];
    notes: readonly string[];
    commit: { sha: string; isVerified: boolean };
  },
): Promise<JobOutcome> {
  const { run, round, incident, commit } = input;
  const row = await findLatestPullRequest(ctx.db.db, incident.id);
  const now = ctx.clock.now();
  await inTransaction(ctx, async (tx) => {
    const set = {
      state: "published",
      reason: null,
      gate: { ...run.gate, ...input.gate, notes: input.notes },
      branch: round.branch,
      commitSha: commit.sha,
      ...ended(ctx),
    } as const;
    if (!(await updateRun(tx, run.id, ["reported"], set))) return;
    if (row)
      await updatePullRequest(tx, row.id, {
        headSha: commit.sha,
        isVerifiedCommit: commit.isVerified,
        updatedAt: now,
      });
    for (const item of round.items) {
      const found = decideAnswer({ item, files: input.files });
      // On another base the lines of the diff are not those that the item was about.
      const what = round.mode === "redo" && found === "changed_here" ? "changed_file" : found;
      const outcome = composeOutcome(what, commit.sha);
      const state = what === "changed_here" ? "done" : "answered";
      await updateFeedback(tx, [item.id], ["working"], { state, outcome, updatedAt: now });
    }
    const summary = `round ${round.round} of ${round.of} is on pull request #${round.pullNumber}`;
    const detail = { runId: run.id, commitSha: commit.sha, isVerifiedCommit: commit.isVerified, gate: input.gate };
    const entry = { kind: "round_published", summary, detail, url: round.pullUrl };
    await changeIncident(tx, ctx, incident, { command: null, entry });
    for (const job of ["repair.answer-feedback", "repair.collect-feedback", "alerts.update-issue"] as const)
      await enqueue(tx, ctx, job, { incidentId: incident.id });
  });
  return DONE;
}
