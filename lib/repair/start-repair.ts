import { isHeldSaid } from "../incidents/decide-held.ts";
import {
  changeIncident,
  findOpenBreaker,
  getIncident,
  type Incident,
  listRecentTimeline,
  recordTimeline,
} from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { AppError } from "../kernel/errors.ts";
import type { HeldWrite } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { composeRunBrief, type InvestigationFacts } from "./compose-run-brief.ts";
import type { CodeHost } from "./ports.ts";
import { readRunOutcomes } from "./read-run-outcomes.ts";
import type { RepairSettings } from "./settings.ts";
import { findLatestPullRequest, insertRun, listRuns, type RunRow } from "./store.ts";
import { isLiveRun, tendRun } from "./tend-run.ts";

export interface StartRepairOutside {
  codeHost: CodeHost;
  outbound: Outbound;
  settings: RepairSettings;
}

const MINUTE_MS = 60_000;
/** How long a repair that is held by the kill switch waits before it asks again. */
const HELD_RETRY_MS = MINUTE_MS;

/** Queues one run for an incident: its brief, its base commit and its budget. A held start spends no attempt. */
export async function startRepair(
  ctx: Context,
  outside: StartRepairOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const runs = await listRuns(ctx.db.db, incident.id);
  if (incident.state !== "investigating" && incident.state !== "repairing") return DONE;
  const live = runs.find(isLiveRun);
  if (live) return tendRun(ctx, live);
  if (incident.attempts >= outside.settings.maxAttempts) return spent(ctx, incident, outside.settings.maxAttempts);
  const held = await outside.outbound.whyHeld("repair.run");
  if (held) return holdRepair(ctx, incident, held);
  const storm = outside.settings.storm;
  const breaker = storm && (await findOpenBreaker(ctx.db.db, ctx, { projectId: incident.projectId, policy: storm }));
  if (breaker) return waitOutStorm(ctx, incident, breaker.reason);
  const base = await readBase(outside.codeHost);
  const pullRequest = await findLatestPullRequest(ctx.db.db, incident.id);
  const outcomes = readRunOutcomes(await listRecentTimeline(ctx.db.db, incident.id));
  const brief = composeRunBrief({
    incident,
    investigation: incident.investigation as InvestigationFacts | null,
    priorRuns: runs.map((run) => priorRun(run, pullRequest, outcomes.get(run.id) ?? null)),
  });
  const { settings } = outside;
  const now = ctx.clock.now();
  const runId = ctx.newId("run");
  const attempt = Math.max(0, ...runs.map((run) => run.attempt)) + 1;
  await inTransaction(ctx, async (tx) => {
    await changeIncident(tx, ctx, incident, {
      command: incident.state === "investigating" ? "start_repair" : "retry",
      patch: { attempts: incident.attempts + 1 },
      entry: {
        kind: "repair_queued",
        summary: `repair attempt ${incident.attempts + 1} of ${settings.maxAttempts} waits for a ${settings.profile} runner`,
        detail: { runId, baseBranch: base.branch, baseSha: base.sha, budget: settings.budget },
      },
    });
    await insertRun(tx, {
      id: runId,
      projectId: incident.projectId,
      incidentId: incident.id,
      attempt,
      taskKind: incident.kind === "performance" ? "performance" : "bugfix",
      state: "queued",
      profile: settings.profile,
      baseBranch: base.branch,
      baseSha: base.sha,
      brief,
      budget: settings.budget,
      createdAt: now,
    });
    const claimBy = new Date(now.getTime() + settings.claimMinutes * MINUTE_MS);
    await enqueue(tx, ctx, "repair.check-run", { runId }, { runAt: claimBy });
    if (settings.dispatches) await enqueue(tx, ctx, "repair.dispatch-run", { runId });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

async function readBase(codeHost: CodeHost): Promise<{ branch: string; sha: string }> {
  const branch = await codeHost.defaultBranch();
  const sha = await codeHost.findBranchHead(branch);
  if (sha === null) {
    throw new AppError("branch_not_found", `${codeHost.repository} has no branch ${branch}`, { retry: "later" });
  }
  return { branch, sha };
}

function priorRun(run: RunRow, pullRequest: { runId: string; url: string } | null, outcome: string | null) {
  return {
    attempt: run.attempt,
    state: run.state,
    reason: run.reason ?? outcome,
    diff: run.report?.diff ?? null,
    pullRequestUrl: pullRequest?.runId === run.id ? pullRequest.url : null,
  };
}

async function spent(ctx: Context, incident: Incident, maxAttempts: number): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    await changeIncident(tx, ctx, incident, {
      command: "escalate",
      entry: { kind: "escalated", summary: `all ${maxAttempts} repair attempts are spent` },
    });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
    await enqueue(tx, ctx, "investigate.write-lesson", { incidentId: incident.id });
  });
  return DONE;
}

/** Says once that the repair waits, and asks again: a storm's symptoms must not be repaired one by one. */
async function waitOutStorm(ctx: Context, incident: Incident, reason: string): Promise<JobOutcome> {
  const summary = `the repair waits: a storm (${reason})`;
  const isSaid = isHeldSaid(await listRecentTimeline(ctx.db.db, incident.id), summary);
  await inTransaction(ctx, async (tx) => {
    if (!isSaid) await recordTimeline(tx, ctx, incident.id, { kind: "held", summary, detail: { reason: "storm" } });
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "repair.start-repair", { incidentId: incident.id }, { runAt });
  });
  return DONE;
}

/** Says once what would have been done. A stop is temporary, so it is asked again; DRY_RUN and STAGE end it here. */
async function holdRepair(ctx: Context, incident: Incident, held: HeldWrite): Promise<JobOutcome> {
  const entry = {
    kind: "held",
    summary: `would queue a repair run: ${held.detail}`,
    detail: { write: held.kind, reason: held.reason },
  };
  const isSaid = isHeldSaid(await listRecentTimeline(ctx.db.db, incident.id), entry.summary);
  await inTransaction(ctx, async (tx) => {
    if (incident.state === "investigating" && held.reason !== "stopped") {
      await changeIncident(tx, ctx, incident, { command: "observe", entry });
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
      return;
    }
    if (!isSaid) await recordTimeline(tx, ctx, incident.id, entry);
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "repair.start-repair", { incidentId: incident.id }, { runAt });
  });
  return DONE;
}
