import { isHeldSaid } from "../incidents/decide-held.ts";
import { getIncident, type Incident, listRecentTimeline, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { HeldWrite } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { ApprovalState } from "./approval-model.ts";
import { type ApprovalRow, listApprovals, updateApproval } from "./approval-store.ts";
import { endMove } from "./end-move.ts";
import type { MoveOutside } from "./move-outside.ts";
import type { ProductionDeployment } from "./ports.ts";
import { isSameToken, signApproval } from "./sign-approval.ts";
import { watchRollback } from "./watch-rollback.ts";

const RECENT_DEPLOYMENTS = 30;
/** How long a write that the kill switch held waits before it is tried again. */
const HELD_RETRY_MS = 60_000;
const TRAFFIC_POLL_MS = 5_000;
/** Vercel moves aliases within seconds; what has not moved by then did not work. */
const TRAFFIC_WAIT_MS = 10 * 60_000;
/** An approval is for now: what the kill switch held past this is not done any more. */
const APPROVAL_GOOD_MS = 15 * 60_000;
const LIVE: ReadonlySet<ApprovalState> = new Set(["approved", "moving", "watching"]);

/**
 * Moves production as a person approved, once, and sees it through: the provider is asked, traffic is seen to move, and
 * after a rollback the error's rate is measured. One step a job; what was done is looked for before it is asked for.
 */
export async function moveProduction(
  ctx: Context,
  outside: MoveOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const approval = (await listApprovals(ctx.db.db, incident.id)).find((one) => LIVE.has(one.state));
  if (approval === undefined || outside.deployments === null) return DONE;
  const deployments = await outside.deployments.listProductionDeployments(RECENT_DEPLOYMENTS);
  const current = deployments.find((one) => one.isCurrent === true) ?? null;
  const facts = { incident, approval, current };
  if (approval.state === "approved") return ask(ctx, outside, facts);
  if (approval.state === "moving") return awaitTraffic(ctx, facts);
  if (current?.deploymentId !== approval.toDeploymentId)
    return endMove(ctx, facts, "unclear", {
      kind: "rollback_over",
      summary: `production serves ${nameOf(current)} by now: the rollback is over before its effect was proved`,
    });
  return watchRollback(ctx, outside, { incident, approval });
}

interface MoveFacts {
  incident: Incident;
  approval: ApprovalRow;
  /** What production serves now; null where Vercel does not say. */
  current: ProductionDeployment | null;
}

const nameOf = (one: ProductionDeployment | null) =>
  one === null
    ? "an unknown deployment"
    : `deployment ${one.deploymentId} (${one.sha?.slice(0, 7) ?? "unknown commit"})`;

/** Asks the provider, where everything is still as it was when the person approved. */
async function ask(ctx: Context, outside: MoveOutside, facts: MoveFacts): Promise<JobOutcome> {
  const { approval, current } = facts;
  const fail = (why: string) =>
    endMove(ctx, facts, "failed", {
      kind: "rollback_failed",
      summary: `did not ${approval.subject.says}: ${why}`,
    });
  const { approvalKey, traffic } = outside;
  if (traffic === null) return fail("Vercel is not configured");
  if (approvalKey === null || !isSameToken(approval.token, await signApproval(approvalKey, approval)))
    return fail("the approval was tampered with: its signature does not fit");
  const since = approval.approvedAt ?? approval.createdAt;
  const isThere = current?.deploymentId === approval.toDeploymentId;
  if (!isThere && current?.deploymentId !== approval.fromDeploymentId)
    return fail(`production serves ${nameOf(current)} by now, which is not what was approved`);
  if (ctx.clock.now().getTime() - since.getTime() > APPROVAL_GOOD_MS)
    return fail("it was held for too long; ask again");
  const input = { deploymentId: approval.toDeploymentId, since: since.toISOString() };
  const kind = approval.kind === "rollback" ? "vercel.rollback" : "vercel.promote";
  const result = await outside.outbound.write(kind, (permit) =>
    approval.kind === "rollback"
      ? traffic.ensureRolledBack(permit, {
          ...input,
          reason: `Patchpilot INC-${facts.incident.number}, approved by ${approval.approvedBy}`,
        })
      : traffic.ensurePromoted(permit, input),
  );
  if (result.held) return hold(ctx, facts, result);
  return noteAsked(ctx, facts);
}

async function noteAsked(ctx: Context, { incident, approval }: MoveFacts): Promise<JobOutcome> {
  const now = ctx.clock.now();
  await inTransaction(ctx, async (tx) => {
    if (!(await updateApproval(tx, approval.id, ["approved"], { state: "moving", movedAt: now, updatedAt: now })))
      return;
    await recordTimeline(tx, ctx, incident.id, {
      kind: "rollback_started",
      summary: `asked Vercel to ${approval.subject.says}, without a build`,
      detail: { approvalId: approval.id, toDeploymentId: approval.toDeploymentId },
      url: approval.subject.to.url,
    });
    await enqueue(tx, ctx, "recovery.move-production", { incidentId: incident.id });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

/** Says once what would have been done. Only a stop is temporary: then it is tried again while the approval is good. */
async function hold(ctx: Context, facts: MoveFacts, held: HeldWrite): Promise<JobOutcome> {
  const { incident, approval } = facts;
  const summary = `would ${approval.subject.says}: ${held.detail}`;
  const entry = { kind: "held", summary, detail: { write: held.kind, reason: held.reason } };
  if (held.reason !== "stopped") return endMove(ctx, facts, "held", entry);
  const isSaid = isHeldSaid(await listRecentTimeline(ctx.db.db, incident.id), summary);
  await inTransaction(ctx, async (tx) => {
    if (!isSaid) await recordTimeline(tx, ctx, incident.id, entry);
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "recovery.move-production", { incidentId: incident.id }, { runAt });
  });
  return DONE;
}

/** The provider accepted; whether traffic moved is what it says of production. */
async function awaitTraffic(ctx: Context, facts: MoveFacts): Promise<JobOutcome> {
  const { incident, approval, current } = facts;
  const now = ctx.clock.now();
  const payload = { incidentId: incident.id };
  const what = approval.subject.says;
  if (current?.deploymentId !== approval.toDeploymentId) {
    if (now.getTime() - (approval.movedAt ?? approval.createdAt).getTime() > TRAFFIC_WAIT_MS)
      return endMove(ctx, facts, "failed", {
        kind: "rollback_failed",
        summary: `asked Vercel to ${what}, and after 10 minutes production still serves ${nameOf(current)}`,
      });
    await inTransaction(ctx, (tx) =>
      enqueue(tx, ctx, "recovery.move-production", payload, { runAt: new Date(now.getTime() + TRAFFIC_POLL_MS) }),
    );
    return DONE;
  }
  const isRollback = approval.kind === "rollback";
  await inTransaction(ctx, async (tx) => {
    const state = isRollback ? "watching" : "done";
    const outcome = isRollback ? null : `production serves ${nameOf(current)}`;
    if (!(await updateApproval(tx, approval.id, ["moving"], { state, servedAt: now, outcome, updatedAt: now }))) return;
    await recordTimeline(tx, ctx, incident.id, {
      kind: isRollback ? "rolled_back" : "promoted",
      summary: `production serves ${nameOf(current)} since ${now.toISOString()}, as ${approval.approvedBy} approved`,
      detail: {
        approvalId: approval.id,
        deploymentId: approval.toDeploymentId,
        sha: current.sha,
        servedAt: now.toISOString(),
      },
      url: current.url,
    });
    if (isRollback) await enqueue(tx, ctx, "recovery.move-production", payload);
    else if (incident.state === "deploying" || incident.state === "verifying")
      await enqueue(tx, ctx, "recovery.verify-recovery", payload);
    await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}
