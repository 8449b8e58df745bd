import { findDelivery, getIncident, type Incident, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { type ApprovalRow, findApproval, updateApproval } from "./approval-store.ts";
import { decideApproval } from "./decide-approval.ts";
import { readApprovalId, readRollbackToken } from "./read-approval-token.ts";
import { isSameToken, signApproval } from "./sign-approval.ts";

/** Signs approvals; null: none can be given. */
interface ApprovalOutside {
  approvalKey: string | null;
}

/**
 * A person's `/patchpilot rollback` comment: with a token it approves that offer, without one it asks for an offer. Whether
 * the person may was decided by who queued this.
 */
export async function obeyRollback(
  ctx: Context,
  outside: ApprovalOutside,
  input: { incidentId: string; deliveryId: string },
): Promise<JobOutcome> {
  const signal = (await findDelivery(ctx.db.db, input.deliveryId))?.signal;
  if (signal?.kind !== "comment") return { type: "dead", reason: "the delivery holds no comment" };
  const asPerson: Context = { ...ctx, actor: { kind: "person", name: signal.author } };
  const token = readRollbackToken(signal.text);
  if (token === null) await askRollback(asPerson, input.incidentId);
  else await approve(asPerson, outside, { incidentId: input.incidentId, token });
  return DONE;
}

/** A person asks for an offer, as the contract's `rollback` without a token. */
export async function askRollback(ctx: Context, incidentId: string): Promise<void> {
  const incident = await getIncident(ctx.db.db, incidentId);
  const payload = { incidentId: incident.id };
  await inTransaction(ctx, async (tx) => {
    const entry = { kind: "rollback_asked", summary: "asked to move production to another deployment" };
    await recordTimeline(tx, ctx, incident.id, entry);
    await enqueue(tx, ctx, "recovery.offer-rollback", payload);
  });
}

/**
 * A person approves an offer, by its token or by its id where they were shown it and let in already. AppError
 * `approval_refused`, with the reason, where it does not count.
 */
export async function approveRollback(
  ctx: Context,
  outside: ApprovalOutside,
  input: { incidentId: string } & ({ token: string } | { approvalId: string }),
): Promise<void> {
  const { incidentId } = input;
  const token = "token" in input ? input.token : ((await findApproval(ctx.db.db, input.approvalId))?.token ?? "");
  const refusal = await approve(ctx, outside, { incidentId, token });
  if (refusal !== null) throw new AppError("approval_refused", refusal, { retry: "never" });
}

/** Counts this word once; answers why it does not count, or null. Either way it is on the timeline. */
async function approve(
  ctx: Context,
  outside: ApprovalOutside,
  input: { incidentId: string; token: string },
): Promise<string | null> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const id = readApprovalId(input.token);
  const offer = id === null ? null : await findApproval(ctx.db.db, id);
  const isSigned = await hasOurSignature(outside, offer, input.token);
  const decision = decideApproval({ now: ctx.clock.now(), offer, isSigned, incident });
  return inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    const refuse = async (reason: string) => {
      const entry = { kind: "approval_refused", summary: `approval refused: ${reason}` };
      await recordTimeline(tx, ctx, incident.id, entry);
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
      return reason;
    };
    if (decision.type === "refuse" || offer === null)
      return refuse(decision.type === "refuse" ? decision.reason : "there is no offer of this token");
    const approval = { state: "approved", approvedAt: now, approvedBy: ctx.actor.name, updatedAt: now } as const;
    // Two words at the same moment: the second finds nothing that is still offered.
    if (!(await updateApproval(tx, offer.id, ["offered"], approval))) return refuse("the token was used already");
    return noteApproved(ctx, tx, incident, offer);
  });
}

async function hasOurSignature(
  { approvalKey }: ApprovalOutside,
  offer: ApprovalRow | null,
  token: string,
): Promise<boolean> {
  if (offer === null || approvalKey === null) return false;
  return isSameToken(token, await signApproval(approvalKey, offer));
}

async function noteApproved(
  ctx: Context,
  tx: Parameters<typeof recordTimeline>[0],
  incident: Incident,
  offer: ApprovalRow,
): Promise<null> {
  await recordTimeline(tx, ctx, incident.id, {
    kind: "rollback_approved",
    summary: `${ctx.actor.name} approved to ${offer.subject.says}`,
    detail: { approvalId: offer.id, move: offer.kind },
  });
  await enqueue(tx, ctx, "recovery.move-production", { incidentId: incident.id });
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  return null;
}
