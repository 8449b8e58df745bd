import { findDelivery, findIncidentByIssue, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";

/** A person closed or reopened an incident's issue: noted, as theirs. It proves nothing about production. */
export async function noteIssue(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "github_issue") return { type: "dead", reason: "the delivery holds no issue" };
  const incident = await findIncidentByIssue(ctx.db.db, delivery.projectId, signal.issueNumber);
  if (incident === null) return DONE;
  const asPerson: Context = { ...ctx, actor: { kind: "person", name: signal.sender } };
  await inTransaction(ctx, (tx) =>
    recordTimeline(tx, asPerson, incident.id, {
      kind: "issue_changed",
      summary: `issue #${signal.issueNumber} was ${signal.action} by ${signal.sender}`,
    }),
  );
  return DONE;
}
