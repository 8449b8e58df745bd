import { changeIncident, getIncident, type Incident, listRecentTimeline, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { findMoves } from "./approval-store.ts";
import { type DeploymentDecision, decideDeployment, type JudgedDeployment } from "./decide-deployment.ts";
import { decideRecovery } from "./decide-recovery.ts";
import { gatherFacts, judgeDeployments, type RecoveryOutside } from "./gather-facts.ts";
import { noteVerdict } from "./note-verdict.ts";
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
  const serving = { ...decision, readyAt: later(decision.readyAt, moves.promotedAt) };
  if (incident.state === "deploying") return noteServing(ctx, { incident, judged: deployments, decision: serving });
  const lagMs = outside.settings.ingestLagSeconds * 1_000;
  // What the source has not counted yet must not look like silence: the look is at a moment that it has caught up with.
  const seenUntil = new Date(Math.max(ctx.clock.now().getTime() - lagMs, Date.parse(serving.readyAt)));
  const { rolledBackAt } = moves;
  const facts = await gatherFacts(outside, { incident, repair, serving, now: seenUntil, rolledBackAt });
  const judged = decideRecovery(facts, outside.settings.verdict);
  const verdict =
    judged.recheckAt === null
      ? judged
      : { ...judged, recheckAt: new Date(Date.parse(judged.recheckAt) + lagMs).toISOString() };
  const { resolvesSource } = outside.settings;
  return noteVerdict(ctx, { incident, facts, verdict, serving: decision.deployment, resolvesSource });
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
