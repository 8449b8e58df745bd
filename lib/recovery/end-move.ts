import { type Incident, recordTimeline } from "../incidents/index.ts";
import type { TimelineEntry } from "../incidents/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { ApprovalState } from "./approval-model.ts";
import { type ApprovalRow, updateApproval } from "./approval-store.ts";

/** Files how a move ended. */
export async function endMove(
  ctx: Context,
  { incident, approval }: { incident: Incident; approval: ApprovalRow },
  state: ApprovalState,
  entry: TimelineEntry,
): Promise<JobOutcome> {
  const now = ctx.clock.now();
  const payload = { incidentId: incident.id };
  await inTransaction(ctx, async (tx) => {
    if (!(await updateApproval(tx, approval.id, [approval.state], { state, outcome: entry.summary, updatedAt: now })))
      return;
    await recordTimeline(tx, ctx, incident.id, entry);
    await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}
