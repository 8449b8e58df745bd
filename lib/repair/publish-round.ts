import { whyPaused } from "../incidents/decide-pause.ts";
import { getIncident, type Incident } from "../incidents/index.ts";
import type { JobOutcome } from "../jobs/model.ts";
import { AppError } from "../kernel/errors.ts";
import type { HeldWrite } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { composeRoundCommit } from "./compose-round-commit.ts";
import { decideRunEnd } from "./decide-run-end.ts";
import { endRoundForNothing, noteRoundPublished, repeatRound, retryRound } from "./end-round.ts";
import { endRun, holdPublishing, noteDenied } from "./end-run.ts";
import type { FeedbackOutside } from "./feedback-look.ts";
import type { Round } from "./feedback-model.ts";
import { getContentsAfter } from "./get-contents.ts";
import { getRules, type RepositoryRules } from "./get-rules.ts";
import { type JudgedRound, judgeRound } from "./judge-round.ts";
import type { HostedFeedback } from "./ports.ts";
import { MOST_DIFF } from "./start-round.ts";
import { listRuns, type RunRow } from "./store.ts";

type RoundCommit = { sha: string; url: string; isVerified: boolean };

/**
 * Judges what a round reported and puts it onto the pull request's branch: one verified commit on top of the head that it
 * was made for. A head that moved meanwhile is never overwritten; the round is made again on the new one.
 */
export async function publishRound(ctx: Context, outside: FeedbackOutside, run: RunRow): Promise<JobOutcome> {
  const { round } = run.brief;
  const { report } = run;
  if (round === undefined || report === null) throw new Error(`run ${run.id} is no round that was reported`);
  const incident = await getIncident(ctx.db.db, run.incidentId);
  if (incident.state !== "in_review") {
    const end = { type: "dropped", reason: `the incident is ${incident.state}` } as const;
    return endRun(ctx, { run, incident, gate: null, end });
  }
  if (report.outcome === "no_patch") return endRoundForNothing(ctx, run, round, report.summary ?? report.detail);
  const rules = await getRules(outside.codeHost, outside.parseYaml);
  const judged = report.outcome === "patch" ? await judge(ctx, outside, run, rules) : null;
  const gate = judged?.gate ?? null;
  const approvedBy = typeof run.gate?.approvedBy === "string" ? run.gate.approvedBy : null;
  const taskKind = round.originalKind;
  const end = decideRunEnd({ report, gate, approvedBy, attemptsLeft: 1, taskKind, error: run.brief });
  if (end.type === "retry") return retryRound(ctx, run, gate, end.reason);
  if (end.type === "escalate") {
    const ended = { run, incident, gate, end: { ...end, countsAttempt: true } };
    return gate && gate.verdict !== "allow" ? noteDenied(ctx, ended) : endRun(ctx, ended);
  }
  if (judged === null) throw new Error(`run ${run.id} is to be published without a patch`);
  const paused = whyPaused(incident);
  if (paused !== null)
    return holdPublishing(ctx, run, { summary: `the round waits: ${paused}`, detail: { reason: "pause" } });
  const told =
    rules.fault && `.github/patchpilot.yml cannot be read, so only the operator's policy holds (${rules.fault})`;
  return publish(ctx, outside, { run, round, incident, judged, notes: [...end.notes, ...(told ? [told] : [])] });
}

/** By the rules of the commit that the pull request left: no patch of ours changes what it is judged by. */
async function judge(
  ctx: Context,
  { codeHost, settings }: FeedbackOutside,
  run: RunRow,
  { file, codeowners }: RepositoryRules,
): Promise<JudgedRound> {
  const rules = { operator: settings.gate, file, codeowners, costUsd: run.costUsd };
  return judgeRound(codeHost, rules, { run, earlier: await listRuns(ctx.db.db, run.incidentId) });
}

interface Publishing {
  run: RunRow;
  round: Round;
  incident: Incident;
  judged: JudgedRound;
  notes: readonly string[];
}

async function publish(ctx: Context, outside: FeedbackOutside, input: Publishing): Promise<JobOutcome> {
  const { run, round } = input;
  const feedback = await outside.reviews.readFeedback(round.pullNumber);
  if (feedback === null || feedback.pull.state === "closed") {
    const reason = "the pull request is closed";
    return endRun(ctx, { run, incident: input.incident, gate: input.judged.gate, end: { type: "dropped", reason } });
  }
  const made = feedback.commits.find((commit) => commit.runId === run.id && commit.isOurs);
  if (made === undefined && feedback.pull.headSha !== round.headSha) return repeat(ctx, outside, input, feedback);
  const written = made
    ? { sha: made.sha, url: round.pullUrl, isVerified: made.isVerified }
    : await commit(outside, input).catch(moved);
  if (written === "moved") {
    const now = await outside.reviews.readFeedback(round.pullNumber);
    return repeat(ctx, outside, input, now ?? feedback);
  }
  if ("held" in written) return hold(ctx, run, written);
  const checked = await outside.outbound.write("github.check-run", (permit) =>
    outside.codeHost.ensureCheckRun(permit, {
      name: "patchpilot/gate",
      sha: written.sha,
      conclusion: "success",
      title: "The round keeps to the rules",
      summary: [`${input.judged.files.length} files were judged.`, ...input.notes.map((note) => `- ${note}`)].join(
        "\n",
      ),
      externalId: run.id,
    }),
  );
  if (checked.held) return hold(ctx, run, checked);
  return noteRoundPublished(ctx, { ...input, gate: input.judged.gate, files: input.judged.files, commit: written });
}

function moved(error: unknown): "moved" {
  if (error instanceof AppError && error.code === "branch_moved") return "moved";
  throw error;
}

async function commit(outside: FeedbackOutside, { run, round, judged }: Publishing): Promise<RoundCommit | HeldWrite> {
  const { codeHost, reviews, outbound } = outside;
  const contents = await getContentsAfter(codeHost, judged.files, run.baseSha);
  const text = { ...composeRoundCommit(round), trailer: `Patchpilot-Run: ${run.id}` };
  const result = await outbound.write("github.commit", (permit) =>
    round.mode === "redo"
      ? reviews.ensureMergeCommit(permit, {
          ...{ branch: round.branch, headSha: round.headSha, baseSha: run.baseSha },
          ...text,
          ...contents,
        })
      : codeHost.ensureCommit(permit, { branch: round.branch, parentSha: round.headSha, ...text, ...contents }),
  );
  return result.held ? result : result.value;
}

/** Somebody pushed: what a redo would have merged is another branch now, and any other round begins on the new head. */
async function repeat(
  ctx: Context,
  outside: FeedbackOutside,
  { run, round, judged }: Publishing,
  feedback: HostedFeedback,
): Promise<JobOutcome> {
  const head = feedback.pull.headSha;
  const reason = `the branch moved to ${head.slice(0, 12)} meanwhile`;
  if (round.mode === "redo") return retryRound(ctx, run, judged.gate, reason);
  const diff = await outside.reviews.readDiff({ from: feedback.mergeBaseSha, to: head, limit: MOST_DIFF });
  const next = { ...round, headSha: head, proofSha: feedback.mergeBaseSha, diff };
  return repeatRound(ctx, outside.settings, run, next, reason);
}

function hold(ctx: Context, run: RunRow, { kind, detail, reason }: HeldWrite): Promise<JobOutcome> {
  const summary = `would publish the round: ${detail}`;
  return holdPublishing(ctx, run, { summary, detail: { write: kind, reason } });
}
