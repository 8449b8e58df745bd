import { changeIncident, findIncidentByIssue, insertIncident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { quietTitle } from "../kernel/quiet-text.ts";
import type { Context } from "../runtime/context.ts";
import { idFrom } from "../runtime/ids.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { obeyRequest } from "./obey-request.ts";
import type { RequestMode } from "./plan-model.ts";
import type { RequestedIssue, RequestedIssues } from "./ports.ts";

export interface TakeRequest {
  projectId: string;
  issueNumber: number;
  mode: RequestMode;
  /** Who asked; what they may was looked at before. */
  askedBy: string;
}

/**
 * An issue is handed over: it becomes an incident of kind "request", or what its incident may do now is done. Asked for
 * twice, it is one request. An issue that is closed or gone, or that a person's word can set nothing going on, is a dead job
 * with that reason.
 */
export async function takeRequest(
  ctx: Context,
  outside: { issues: RequestedIssues },
  input: TakeRequest,
): Promise<JobOutcome> {
  const { projectId, issueNumber, mode, askedBy } = input;
  const issue = await outside.issues.findIssue(issueNumber);
  if (issue === null) return { type: "dead", reason: `there is no issue #${issueNumber}` };
  if (issue.state === "closed") return { type: "dead", reason: `issue #${issueNumber} is closed` };
  const asPerson: Context = { ...ctx, actor: { kind: "person", name: askedBy } };
  const known = await findIncidentByIssue(ctx.db.db, projectId, issueNumber);
  if (known !== null && known.kind !== "request") {
    return { type: "dead", reason: `issue #${issueNumber} is INC-${known.number}'s; comment /patchpilot fix on it` };
  }
  let refusal: string | null = null;
  await inTransaction(ctx, async (tx) => {
    if (known !== null) {
      refusal = await obeyRequest(tx, asPerson, known, mode);
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: known.id });
      return;
    }
    const opened = await insertIncident(tx, await composeIncident(ctx, issue, input));
    if (opened === null) return;
    await changeIncident(tx, asPerson, opened, {
      command: "investigate",
      entry: {
        kind: "requested",
        summary: `${askedBy} handed issue #${issueNumber} over${mode === "plan" ? " for a plan" : ""}`,
        url: issue.url,
      },
    });
    await enqueue(tx, ctx, "repair.start-repair", { incidentId: opened.id });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: opened.id });
  });
  if (refusal !== null) ctx.log.log("info", "request.refused", { issueNumber, reason: refusal });
  return DONE;
}

async function composeIncident(ctx: Context, issue: RequestedIssue, { projectId, mode, askedBy }: TakeRequest) {
  const now = ctx.clock.now();
  const identityKey = `github:request:${issue.number}`;
  const reason = `handed over by ${askedBy}`;
  return {
    id: await idFrom("inc", [projectId, identityKey]),
    projectId,
    identityKey,
    source: "github",
    kind: "request",
    state: "new",
    title: quietTitle(issue.title, 200) || `Issue #${issue.number}`,
    level: "info",
    sourceIssueId: String(issue.number),
    sourceUrl: issue.url,
    firstSeenAt: new Date(issue.createdAt),
    lastSeenAt: now,
    triage: { reasons: [reason], request: { mode, askedBy } },
    issueNumber: issue.number,
    issueUrl: issue.url,
    isIssueForeign: true,
    createdAt: now,
    updatedAt: now,
  };
}
