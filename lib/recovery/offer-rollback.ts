import {
  getIncident,
  type Incident,
  listRecentTimeline,
  recordTimeline,
  type TimelineRow,
} from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { ApprovalKind, ApprovalState, ApprovalSubject, MovedDeployment } from "./approval-model.ts";
import { type ApprovalRow, insertApproval, listApprovals, updateApproval } from "./approval-store.ts";
import { decideOffer } from "./decide-rollback.ts";
import { findMove, gatherMove } from "./gather-move.ts";
import type { MoveOutside } from "./move-outside.ts";
import type { ProductionDeployment } from "./ports.ts";
import { renderConsequences, renderMove } from "./render-rollback.ts";
import { signApproval } from "./sign-approval.ts";

const MINUTE_MS = 60_000;
const LIVE: ReadonlySet<ApprovalState> = new Set(["approved", "moving", "watching"]);
/** Rollbacks of ours that moved production. */
const MOVED: ReadonlySet<ApprovalState> = new Set(["worked", "no_help", "unclear"]);
const ANSWERS = new Set(["rollback_offered", "rollback_not_offered"]);

/**
 * Offers people to move production to another deployment, where the facts speak for it, or where somebody asked: never
 * done without their word. May be asked for at any time: an offer that stands is kept, one that is out of date is ended.
 */
export async function offerRollback(
  ctx: Context,
  outside: MoveOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const approvals = await listApprovals(ctx.db.db, incident.id);
  if (approvals.some((one) => LIVE.has(one.state))) return DONE;
  const isAsked = isAnswerOwed(await listRecentTimeline(ctx.db.db, incident.id));
  const standing = approvals.find((one) => one.state === "offered") ?? null;
  const found = await judge(ctx, outside, { incident, approvals, isAsked });
  if ("refusal" in found) return refuse(ctx, { incident, standing, isAsked, reason: found.refusal });
  const { from, to } = found.subject;
  const isSame = (one: ApprovalRow) =>
    one.fromDeploymentId === from.deploymentId && one.toDeploymentId === to.deploymentId;
  if (!isAsked && standing !== null && isSame(standing) && standing.expiresAt > ctx.clock.now()) return DONE;
  // What nobody approved in time is not offered again and again: whoever wants it asks.
  if (!isAsked && approvals.some(isSame)) return refuse(ctx, { incident, standing, isAsked, reason: "offered before" });
  return offer(ctx, outside, { incident, standing, ...found });
}

/** Whether somebody asked for an offer since the last answer to that. */
function isAnswerOwed(timeline: readonly TimelineRow[]): boolean {
  const asked = timeline.findLastIndex((entry) => entry.kind === "rollback_asked");
  return asked >= 0 && asked > timeline.findLastIndex((entry) => ANSWERS.has(entry.kind));
}

type Judged = { kind: ApprovalKind; subject: ApprovalSubject } | { refusal: string };

async function judge(
  ctx: Context,
  outside: MoveOutside,
  facts: { incident: Incident; approvals: readonly ApprovalRow[]; isAsked: boolean },
): Promise<Judged> {
  const { incident, approvals, isAsked } = facts;
  const rolledBack = approvals.find((one) => one.kind === "rollback" && MOVED.has(one.state)) ?? null;
  const move = await findMove(ctx, outside, { incident, rolledBack });
  if (move.type === "none") return { refusal: move.reason };
  const { consequences, ...known } = await gatherMove(outside, incident, move);
  const policy = outside.settings.rollback;
  const decision = decideOffer({ move, isAsked, state: incident.state, ...known, policy });
  if (decision.type === "none") return { refusal: decision.reason };
  const { reasons } = decision;
  const ends = { from: movedOf(move.from), to: movedOf(move.to) };
  const says = renderMove(move.kind, ends);
  const lines = renderConsequences(move.kind, consequences);
  return { kind: move.kind, subject: { ...ends, reasons, consequences, says, lines } };
}

function movedOf({ deploymentId, sha, url, readyAt }: ProductionDeployment): MovedDeployment {
  return { deploymentId, sha, url, readyAt };
}

/** There is nothing to offer now: an older offer ends, and whoever asked is told why. */
async function refuse(
  ctx: Context,
  facts: { incident: Incident; standing: ApprovalRow | null; isAsked: boolean; reason: string },
): Promise<JobOutcome> {
  const { incident, standing, isAsked, reason } = facts;
  if (standing === null && !isAsked) return DONE;
  const now = ctx.clock.now();
  await inTransaction(ctx, async (tx) => {
    if (standing !== null) {
      const state = standing.expiresAt <= now ? "expired" : "withdrawn";
      await updateApproval(tx, standing.id, ["offered"], { state, outcome: reason, updatedAt: now });
      const summary =
        state === "expired"
          ? `nobody approved to ${standing.subject.says} in time: the offer expired`
          : `the offer to ${standing.subject.says} is withdrawn: ${reason}`;
      await recordTimeline(tx, ctx, incident.id, { kind: `rollback_${state}`, summary });
    }
    if (isAsked)
      await recordTimeline(tx, ctx, incident.id, {
        kind: "rollback_not_offered",
        summary: `production cannot be moved to another deployment: ${reason}`,
      });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

async function offer(
  ctx: Context,
  outside: MoveOutside,
  facts: { incident: Incident; standing: ApprovalRow | null; kind: ApprovalKind; subject: ApprovalSubject },
): Promise<JobOutcome> {
  const { incident, standing, kind, subject } = facts;
  const now = ctx.clock.now();
  const expiresAt = new Date(now.getTime() + outside.settings.rollback.offerMinutes * MINUTE_MS);
  const thing = {
    id: ctx.newId("apr"),
    incidentId: incident.id,
    kind,
    fromDeploymentId: subject.from.deploymentId,
    toDeploymentId: subject.to.deploymentId,
    expiresAt,
  };
  const token = await signApproval(outside.approvalKey ?? "", thing);
  const payload = { incidentId: incident.id };
  await inTransaction(ctx, async (tx) => {
    if (standing !== null)
      await updateApproval(tx, standing.id, ["offered"], {
        state: "withdrawn",
        outcome: "a newer offer took its place",
        updatedAt: now,
      });
    const row = { ...thing, projectId: incident.projectId, state: "offered" as const, token, subject };
    await insertApproval(tx, { ...row, createdAt: now, updatedAt: now });
    await recordTimeline(tx, ctx, incident.id, {
      kind: "rollback_offered",
      summary: `offered to ${subject.says}, if somebody approves: ${subject.reasons.join("; ")}`,
      // Not the token: the timeline is for whoever may read.
      detail: {
        approvalId: thing.id,
        move: kind,
        expiresAt: expiresAt.toISOString(),
        consequences: subject.consequences,
      },
      url: subject.to.url,
    });
    await enqueue(tx, ctx, "alerts.update-issue", payload);
    await enqueue(tx, ctx, "recovery.offer-rollback", payload, { runAt: expiresAt });
  });
  return DONE;
}
