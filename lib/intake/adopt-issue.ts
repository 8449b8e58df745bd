import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { ProjectId } from "../kernel/ids.ts";
import type { Context } from "../runtime/context.ts";
import { findIssueDelivery, noteOutcome } from "./issue-store.ts";
import { composeIssueRow, type IssueOutside, judgeIssue, takeIssue } from "./take-issue.ts";

/**
 * Takes up an issue of Sentry's form that a webhook told of: reads it and its author's permission back, and where both
 * are believed, opens or joins the incident of that Sentry issue. What came of it is said on the delivery.
 */
export async function adoptIssue(
  ctx: Context,
  outside: IssueOutside,
  { deliveryId }: { deliveryId: string },
): Promise<JobOutcome> {
  const delivery = await findIssueDelivery(ctx.db.query, deliveryId);
  if (delivery === null) return { type: "dead", reason: "the delivery holds no issue" };
  const { signal, projectId } = delivery;
  const issue = await outside.issues.findIssue(signal.issueNumber);
  const ignore = (reason: string) => noteOutcome(ctx.db.query, deliveryId, { outcome: "ignored", reason });
  if (issue === null) {
    await ignore(`issue #${signal.issueNumber} is gone`);
    return DONE;
  }
  const intake = await judgeIssue(outside, issue);
  if (intake.type === "refuse") {
    await ignore(`issue #${issue.number}: ${intake.reason}`);
    return DONE;
  }
  const about = { projectId: projectId as ProjectId, issue, signal: intake.signal, via: "webhook" } as const;
  const row = await composeIssueRow(ctx, outside, { ...about, reason: intake.reason });
  const changed = signal.action === "reopened" ? `issue #${issue.number} was reopened by ${signal.sender}` : null;
  const { incidentNumber } = await takeIssue(ctx, row, issue, changed);
  const reason = `issue #${issue.number} tells of INC-${incidentNumber}: ${intake.reason}`;
  await noteOutcome(ctx.db.query, deliveryId, { outcome: "accepted", reason });
  return DONE;
}
