import { whyPaused } from "../incidents/decide-pause.ts";
import { changeIncident, findOpenBreaker, getIncident, type Incident, listRecentTimeline } from "../incidents/index.ts";
import { readRunOutcomes } from "../incidents/read-run-outcomes.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { askBudget, claimBudget, waitOutBudget } from "./ask-budget.ts";
import { composeRunBrief, type InvestigationFacts, type PriorRun } from "./compose-run-brief.ts";
import { type BaseOutside, getBase } from "./get-base.ts";
import { endSpent, holdRepair, waitOut } from "./hold-repair.ts";
import type { RequestedIssues } from "./ports.ts";
import { dropRequest, prepareRequest, type Task } from "./prepare-request.ts";
import type { RepairSettings } from "./settings.ts";
import { findLatestPullRequest, insertRun, listRuns, type RunRow } from "./store.ts";
import { isLiveRun, tendRun } from "./tend-run.ts";

export interface StartRepairOutside extends BaseOutside {
  issues: RequestedIssues;
  outbound: Outbound;
  settings: RepairSettings;
}

const MINUTE_MS = 60_000;

/** Queues one run for an incident: its brief, its base commit and its budget. A held start spends no attempt. */
export async function startRepair(
  ctx: Context,
  outside: StartRepairOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const { settings } = outside;
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const runs = await listRuns(ctx.db.db, incident.id);
  if (incident.state !== "investigating" && incident.state !== "repairing") return DONE;
  // A round of a pull request that is over is nothing to wait for.
  const live = runs.find((run) => isLiveRun(run) && run.taskKind !== "followup");
  if (live) return tendRun(ctx, live);
  if (incident.attempts >= settings.maxAttempts) return endSpent(ctx, incident, settings.maxAttempts);
  const paused = whyPaused(incident);
  if (paused !== null) return waitOut(ctx, incident, "pause", paused);
  const held = await outside.outbound.whyHeld("repair.run");
  if (held) return holdRepair(ctx, incident, held);
  const { storm } = settings;
  const breaker = storm && (await findOpenBreaker(ctx.db.db, ctx, { projectId: incident.projectId, policy: storm }));
  if (breaker) return waitOut(ctx, incident, "storm", `a storm (${breaker.reason})`);
  const budget = await askBudget(ctx.db.db, ctx.clock.now(), settings);
  if (budget.type === "wait") return waitOutBudget(ctx, incident, budget);
  const hasMerged = (await findLatestPullRequest(ctx.db.db, incident.id))?.state === "merged";
  const base = await getBase(outside, incident, hasMerged);
  const task = await composeTask(outside, incident, runs, await readPriorRuns(ctx, incident, runs));
  if ("gone" in task) return dropRequest(ctx, incident, task.gone);
  await queueRun(ctx, settings, { incident, runs, base, task });
  return DONE;
}

async function composeTask(
  outside: StartRepairOutside,
  incident: Incident,
  runs: readonly RunRow[],
  priorRuns: readonly PriorRun[],
): Promise<Task | { gone: string }> {
  if (incident.kind === "request") return prepareRequest(outside.issues, incident, runs, priorRuns);
  const investigation = incident.investigation as InvestigationFacts | null;
  const kind = incident.kind === "performance" ? "performance" : "bugfix";
  return { kind, brief: composeRunBrief({ incident, investigation, priorRuns }) };
}

async function queueRun(
  ctx: Context,
  settings: RepairSettings,
  work: { incident: Incident; runs: readonly RunRow[]; base: { branch: string; sha: string }; task: Task },
): Promise<void> {
  const { incident, runs, base, task } = work;
  const now = ctx.clock.now();
  const runId = ctx.newId("run");
  const attempt = Math.max(0, ...runs.map((run) => run.attempt)) + 1;
  const what = `${task.kind === "plan" ? "plan" : "repair"} attempt ${incident.attempts + 1} of ${settings.maxAttempts}`;
  await inTransaction(ctx, async (tx) => {
    await claimBudget(tx, now, settings);
    await changeIncident(tx, ctx, incident, {
      command: incident.state === "investigating" ? "start_repair" : "retry",
      patch: { attempts: incident.attempts + 1 },
      entry: {
        kind: "repair_queued",
        summary: `${what} waits for a ${settings.profile} runner`,
        detail: { runId, taskKind: task.kind, baseBranch: base.branch, baseSha: base.sha, budget: settings.budget },
      },
    });
    await insertRun(tx, {
      id: runId,
      projectId: incident.projectId,
      incidentId: incident.id,
      attempt,
      taskKind: task.kind,
      state: "queued",
      profile: settings.profile,
      baseBranch: base.branch,
      baseSha: base.sha,
      brief: task.brief,
      budget: settings.budget,
      createdAt: now,
    });
    const claimBy = new Date(now.getTime() + settings.claimMinutes * MINUTE_MS);
    await enqueue(tx, ctx, "repair.check-run", { runId }, { runAt: claimBy });
    if (settings.dispatches) await enqueue(tx, ctx, "repair.dispatch-run", { runId });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
}

/** What was tried before; a plan is no attempt at the patch. */
async function readPriorRuns(ctx: Context, incident: Incident, runs: readonly RunRow[]): Promise<PriorRun[]> {
  const pullRequest = await findLatestPullRequest(ctx.db.db, incident.id);
  const outcomes = readRunOutcomes(await listRecentTimeline(ctx.db.db, incident.id));
  return runs
    .filter((run) => run.taskKind !== "plan")
    .map((run) => ({
      attempt: run.attempt,
      state: run.state,
      reason: run.reason ?? outcomes.get(run.id) ?? null,
      diff: run.report?.diff ?? null,
      pullRequestUrl: pullRequest?.runId === run.id ? pullRequest.url : null,
    }));
}
