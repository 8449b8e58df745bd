import {
  changeIncident,
  findMoveInto,
  getIncident,
  type Incident,
  listRecentTimeline,
  recordTimeline,
} from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { findMoves } from "./approval-store.ts";
import {
  type DeploymentDecision,
  decideDeployment,
  type JudgedDeployment,
  READY_ELSEWHERE,
} from "./decide-deployment.ts";
import { decidePerformanceRecovery, readAsEvents } from "./decide-performance-recovery.ts";
import { decideRecovery } from "./decide-recovery.ts";
import { gatherFacts, judgeDeployments, type Look, type RecoveryOutside } from "./gather-facts.ts";
import { gatherPerformanceFacts } from "./gather-performance-facts.ts";
import type { RecoveryFacts, RecoveryVerdict } from "./model.ts";
import { type LookFacts, noteVerdict } from "./note-verdict.ts";
import { readKeptImpact, renderProductImpact } from "./render-product-impact.ts";
import { findMergedRepair, type MergedRepair, upsertDeployments } from "./store.ts";

const MINUTE_MS = 60_000;
/** Waiting is told when it begins after one of these, and when its reason changes, not at every look. */
const MILESTONES = new Set(["merged", "deployed", "waiting"]);

/**
 * One look at whether production recovered. First the repair has to be in production, by a READY deployment that contains
 * it; then the error's rate on releases with the repair is held against its rate before. Everything is read afresh, so it
 * does not matter which webhook, schedule or person asked for the look.
 */
export async function verifyRecovery(
  ctx: Context,
  outside: RecoveryOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  if (incident.state !== "deploying" && incident.state !== "verifying") return DONE;
  const repair = await findMergedRepair(ctx.db.db, incident.id);
  if (repair === null)
    return { type: "dead", reason: `incident ${incident.id} is ${incident.state} without a merged repair` };
  const deployments = await judgeDeployments(outside, repair);
  const decision = decideDeployment(deployments);
  if (decision.type !== "serving") {
    return awaitDeployment(ctx, outside, { incident, repair, judged: deployments, decision });
  }
  const moves = await findMoves(ctx.db.db, incident.id, decision.deployment.deploymentId);
  const notBefore = later(await findServedSince(ctx, incident, decision.readyAt), moves.promotedAt);
  const serving = { ...decision, readyAt: notBefore };
  if (incident.state === "deploying") return noteServing(ctx, { incident, judged: deployments, decision: serving });
  const lagMs = outside.settings.ingestLagSeconds * 1_000;
  // What the source has not counted yet must not look like silence: the look is at a moment that it has caught up with.
  const seenUntil = new Date(Math.max(ctx.clock.now().getTime() - lagMs, Date.parse(serving.readyAt)));
  const { rolledBackAt } = moves;
  const look = { incident, repair, serving, now: seenUntil, rolledBackAt };
  const { facts, judged } = await judgeLook(outside, look);
  const verdict =
    judged.recheckAt === null
      ? await tellImpact(outside, incident, facts, judged)
      : { ...judged, recheckAt: new Date(Date.parse(judged.recheckAt) + lagMs).toISOString() };
  const { resolvesSource } = outside.settings;
  return noteVerdict(ctx, { incident, facts, verdict, serving: decision.deployment, resolvesSource });
}

/** What was slow is judged by how long the same work takes; everything else by its events. */
async function judgeLook(outside: RecoveryOutside, look: Look): Promise<{ facts: LookFacts; judged: RecoveryVerdict }> {
  const { verdict } = outside.settings;
  const slow = look.incident.kind === "performance" ? await gatherPerformanceFacts(outside, look) : null;
  if (slow !== null) {
    const { thresholdMs, before, since } = slow;
    const judged = decidePerformanceRecovery(slow, verdict);
    return { facts: { ...readAsEvents(slow), durations: { thresholdMs, before, since } }, judged };
  }
  const facts = await gatherFacts(outside, look);
  return { facts, judged: decideRecovery(facts, verdict) };
}

/** The words that close say what the product lost, then and since the repair. */
async function tellImpact(
  { impact }: RecoveryOutside,
  incident: Incident,
  { now, deployment }: RecoveryFacts,
  verdict: RecoveryVerdict,
): Promise<RecoveryVerdict> {
  if (verdict.action !== "close") return verdict;
  const since = await impact.measureSince({ from: deployment?.readyAt ?? now, now });
  const words = renderProductImpact(readKeptImpact(incident.triage), since);
  return { ...verdict, explanation: `${verdict.explanation} ${words}` };
}

/**
 * Since when the repair can have had traffic. A deployment that was ready while production served another one, as after a
 * rollback by hand, had none before our last look; later looks go by what was noted then.
 */
async function findServedSince(ctx: Context, incident: Incident, readyAt: string): Promise<string> {
  if (incident.state === "deploying") {
    const told = (await listRecentTimeline(ctx.db.db, incident.id)).findLast((entry) => MILESTONES.has(entry.kind));
    return later(readyAt, told?.summary === READY_ELSEWHERE ? incident.updatedAt : null);
  }
  const noted = (await findMoveInto(ctx.db.db, incident.id, "verifying"))?.detail.readyAt;
  return later(readyAt, typeof noted === "string" ? new Date(noted) : null);
}

/** A deployment that was promoted later than it was ready took traffic only then. */
function later(readyAt: string, promotedAt: Date | null): string {
  return promotedAt !== null && promotedAt.getTime() > Date.parse(readyAt) ? promotedAt.toISOString() : readyAt;
}

function deploymentRows(ctx: Context, incident: Incident, judged: readonly JudgedDeployment[]) {
  return judged.map(({ deploymentId, sha, ref, url, state, createdAt, readyAt }) => ({
    id: ctx.newId("dep"),
    projectId: incident.projectId,
    deploymentId,
    state,
    sha,
    ref,
    url,
    createdAt: new Date(createdAt),
    readyAt: readyAt === null ? null : new Date(readyAt),
    updatedAt: ctx.clock.now(),
  }));
}

/** The repair reached production: from here on its effect is measured. */
async function noteServing(
  ctx: Context,
  input: { incident: Incident; judged: JudgedDeployment[]; decision: Extract<DeploymentDecision, { type: "serving" }> },
): Promise<JobOutcome> {
  const { incident, decision } = input;
  const { deployment, readyAt } = decision;
  const payload = { incidentId: incident.id };
  await inTransaction(ctx, async (tx) => {
    await upsertDeployments(tx, deploymentRows(ctx, incident, input.judged));
    await changeIncident(tx, ctx, incident, {
      command: "deploy",
      patch: { nextCheckAt: ctx.clock.now() },
      entry: {
        kind: "deployed",
        summary: `deployment ${deployment.deploymentId} with the repair serves production since ${readyAt}`,
        detail: { deploymentId: deployment.deploymentId, sha: deployment.sha, readyAt },
        url: deployment.url,
      },
    });
    await enqueue(tx, ctx, "recovery.verify-recovery", payload);
    // An offer to go back is out of date now.
    await enqueue(tx, ctx, "recovery.offer-rollback", payload);
    await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}

/** Not in production yet, or not any more: waits with the time of the next look, or tells a person why it cannot come. */
async function awaitDeployment(
  ctx: Context,
  outside: RecoveryOutside,
  input: {
    incident: Incident;
    repair: MergedRepair;
    judged: JudgedDeployment[];
    decision: Exclude<DeploymentDecision, { type: "serving" }>;
  },
): Promise<JobOutcome> {
  const { incident, repair, decision } = input;
  const { settings } = outside;
  const now = ctx.clock.now();
  const { deploymentWaitHours } = settings.verdict;
  const isLate = now.getTime() - repair.mergedAt.getTime() > deploymentWaitHours * 60 * MINUTE_MS;
  const reason =
    decision.type === "failed"
      ? decision.reason
      : isLate
        ? `${decision.reason}, ${deploymentWaitHours} hours after the merge`
        : null;
  const payload = { incidentId: incident.id };
  const told = (await listRecentTimeline(ctx.db.db, incident.id)).findLast((entry) => MILESTONES.has(entry.kind));
  await inTransaction(ctx, async (tx) => {
    await upsertDeployments(tx, deploymentRows(ctx, incident, input.judged));
    if (reason !== null) {
      const entry = { kind: "escalated", summary: reason, url: decision.deployment?.url ?? null };
      await changeIncident(tx, ctx, incident, { command: "escalate", patch: { nextCheckAt: null }, entry });
    } else {
      const nextCheckAt = new Date(now.getTime() + settings.deploymentPollMinutes * MINUTE_MS);
      await changeIncident(tx, ctx, incident, { command: null, patch: { nextCheckAt }, entry: null });
      if (told?.kind !== "waiting" || told.summary !== decision.reason)
        await recordTimeline(tx, ctx, incident.id, { kind: "waiting", summary: decision.reason });
      await enqueue(tx, ctx, "recovery.verify-recovery", payload, { runAt: nextCheckAt });
      // After a rollback nothing new takes over by itself: that the repair goes live is for a person to say.
      if (decision.deployment?.state === "ready") await enqueue(tx, ctx, "recovery.offer-rollback", payload);
    }
    await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}
