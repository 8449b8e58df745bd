import type { Executor } from "../db/database.ts";
import { changeIncident } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { claimBudget } from "./ask-budget.ts";
import { composeRoundBrief } from "./compose-round-brief.ts";
import type { RoundDecision } from "./decide-round.ts";
import type { FeedbackOutside, Look, OpenFeedback } from "./feedback-look.ts";
import type { Round } from "./feedback-model.ts";
import { updateFeedback } from "./feedback-store.ts";
import type { Brief } from "./model.ts";
import type { RepairSettings } from "./settings.ts";
import { insertRun } from "./store.ts";

/** Enough of the patch for a worker to know it by; it stands in the checkout, too. */
export const MOST_DIFF = 30_000;
const MINUTE_MS = 60_000;
const MOST_ITEMS = 50;

export interface RoundPlan {
  brief: Brief;
  round: Round;
  base: { branch: string; sha: string };
  itemIds: string[];
}

/** What the round's run is told. */
export async function planRound(
  outside: FeedbackOutside,
  look: Look,
  decision: Extract<RoundDecision, { type: "round" }>,
  open: readonly OpenFeedback[],
): Promise<RoundPlan> {
  const { feedback, row, first, runs } = look;
  const { pull } = feedback;
  const items = open.filter((item) => decision.itemIds.includes(item.id)).slice(0, MOST_ITEMS);
  const isRedo = decision.mode === "redo";
  const round: Round = {
    pullNumber: row.number,
    pullUrl: row.url,
    branch: pull.headRef,
    round: decision.round,
    of: decision.of,
    cause: decision.cause,
    mode: decision.mode,
    headSha: pull.headSha,
    proofSha: isRedo ? feedback.baseSha : feedback.mergeBaseSha,
    originalKind: first.taskKind,
    items: items.map(({ id, kind, author, path = null, line = null, text }) => ({
      id,
      kind,
      author,
      path,
      line,
      text,
    })),
    diff: await outside.reviews.readDiff({ from: feedback.mergeBaseSha, to: pull.headSha, limit: MOST_DIFF }),
  };
  const failed = runs.filter((run) => run.brief.round?.pullNumber === row.number && run.state === "failed");
  return {
    round,
    itemIds: items.map((item) => item.id),
    base: isRedo ? { branch: pull.baseRef, sha: feedback.baseSha } : { branch: pull.headRef, sha: pull.headSha },
    brief: composeRoundBrief({ first: first.brief, round, failedRounds: failed }),
  };
}

const count = (n: number, one: string) => `${n} ${one}${n === 1 ? "" : "s"}`;

function roundSummary({ round }: RoundPlan): string {
  const { items, mode } = round;
  const remarks = items.filter((item) => item.kind !== "check" && item.kind !== "conflict").length;
  const checks = items.filter((item) => item.kind === "check").length;
  const parts = [
    ...(remarks > 0 ? [count(remarks, "remark")] : []),
    ...(checks > 0 ? [count(checks, "failed check")] : []),
    ...(mode === "redo" ? ["the conflict with its base"] : []),
  ];
  const whose = round.cause === "bot" ? "round for review bots" : "round";
  return `${whose} ${round.round} of ${round.of}: working on ${parts.join(" and ")} on pull request #${round.pullNumber}`;
}

/** Queues the round's run and gives it its items. The incident stays in review. */
export async function queueRound(
  tx: Executor,
  ctx: Context,
  settings: RepairSettings,
  look: Look,
  plan: RoundPlan,
): Promise<void> {
  const now = ctx.clock.now();
  const runId = ctx.newId("run");
  const { incident } = look;
  await claimBudget(tx, now, settings);
  await changeIncident(tx, ctx, incident, {
    command: null,
    entry: {
      kind: "round_started",
      summary: roundSummary(plan),
      detail: { runId, mode: plan.round.mode, cause: plan.round.cause, baseSha: plan.base.sha, items: plan.itemIds },
      url: look.row.url,
    },
  });
  await insertRun(tx, {
    id: runId,
    projectId: incident.projectId,
    incidentId: incident.id,
    attempt: Math.max(0, ...look.runs.map((run) => run.attempt)) + 1,
    taskKind: "followup",
    state: "queued",
    profile: settings.profile,
    baseBranch: plan.base.branch,
    baseSha: plan.base.sha,
    brief: plan.brief,
    budget: settings.budget,
    createdAt: now,
  });
  await updateFeedback(tx, plan.itemIds, ["open"], { state: "working", runId, updatedAt: now });
  await enqueueRun(tx, ctx, settings, runId);
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
}

/** What looks after a run that waits for a runner. */
export async function enqueueRun(tx: Executor, ctx: Context, settings: RepairSettings, runId: string): Promise<void> {
  const claimBy = new Date(ctx.clock.now().getTime() + settings.claimMinutes * MINUTE_MS);
  await enqueue(tx, ctx, "repair.check-run", { runId }, { runAt: claimBy });
  if (settings.dispatches) await enqueue(tx, ctx, "repair.dispatch-run", { runId });
}
