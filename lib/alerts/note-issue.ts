import { decideNextState } from "../incidents/decide-next-state.ts";
import {
  changeIncident,
  findDelivery,
  findIncidentByIssue,
  type Incident,
  recordTimeline,
} from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";

/**
 * A person closed or reopened an incident's issue: noted, as theirs. It proves nothing about production; an issue that was
 * handed over and is closed before there is a pull request is not wanted any more.
 */
export async function noteIssue(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "github_issue") return { type: "dead", reason: "the delivery holds no issue" };
  const incident = await findIncidentByIssue(ctx.db.db, delivery.projectId, signal.issueNumber);
  if (incident === null) return DONE;
  const asPerson: Context = { ...ctx, actor: { kind: "person", name: signal.sender } };
  const summary = `issue #${signal.issueNumber} was ${signal.action} by ${signal.sender}`;
  const entry = { kind: "issue_changed", summary };
  await inTransaction(ctx, async (tx) => {
    if (signal.action !== "closed" || !isDroppedByClosing(incident)) {
      return recordTimeline(tx, asPerson, incident.id, entry);
    }
    await changeIncident(tx, asPerson, incident, { command: "ignore", patch: { closedAt: ctx.clock.now() }, entry });
  });
  return DONE;
}

/** The merge of a pull request closes the issue, too, and may be told of first: from review on, the pull request decides. */
function isDroppedByClosing({ kind, state }: Incident): boolean {
  return kind === "request" && state !== "in_review" && decideNextState(state, "ignore") !== null;
}
