import { actorText } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import type { ProjectId } from "../kernel/ids.ts";
import type { Context } from "../runtime/context.ts";
import type { IntakeFacts } from "./decide-first-step.ts";
import { decideIssueIntake, type IssueIntake, needsPermission, type WatchedSentry } from "./decide-issue-intake.ts";
import { findIssueOf, type IssueAlertRow, storeIssueAlert } from "./issue-store.ts";
import type { AlertSignal } from "./model.ts";
import type { HostedIssue, IssueReader } from "./ports.ts";
import { deliveryKeyOf } from "./read-fields.ts";
import { composeSingleRow, type ReceiveInput } from "./receive-delivery.ts";
import type { IntakeRow } from "./store.ts";

export interface IssueOutside {
  issues: IssueReader;
  sentry: WatchedSentry;
  facts: Omit<IntakeFacts, "source">;
}

/** What an issue is to its incident: it opened it, became the issue of one that had none, was it before, or another is. */
export type Taken = {
  as: "opened" | "adopted" | "known" | "other";
  incidentId: string;
  incidentNumber: number;
  issueNumber: number;
};

/** Judges one issue; a person's permission is asked of the code host, once for each login in `permissions`. */
export async function judgeIssue(
  outside: IssueOutside,
  issue: HostedIssue,
  permissions = new Map<string, ReturnType<IssueReader["getPermission"]>>(),
): Promise<IssueIntake> {
  const { sentry, facts, issues } = outside;
  const login = needsPermission(issue) ? (issue.author?.login ?? null) : null;
  if (login !== null && !permissions.has(login)) permissions.set(login, issues.getPermission(login));
  const permission = login === null ? null : ((await permissions.get(login)) ?? null);
  return decideIssueIntake(issue, { permission, sentry, environment: facts.environment });
}

/** The alert in an issue as a row to store; its identity is that of Sentry's own alerts of the same issue. */
export async function composeIssueRow(
  ctx: Context,
  outside: IssueOutside,
  input: { projectId: ProjectId; issue: HostedIssue; signal: AlertSignal; reason: string; via: "webhook" | "poll" },
): Promise<IntakeRow & { incident: NonNullable<IntakeRow["incident"]> }> {
  const { projectId, issue, signal, reason, via } = input;
  const delivery: ReceiveInput["delivery"] = {
    outcome: "accepted",
    reason,
    deliveryKey: deliveryKeyOf("sentry", "github-issue", String(issue.number), signal.issueId),
    resource: "github_issue",
    signal,
  };
  const facts = { ...outside.facts, source: "sentry" } as const;
  const row = await composeSingleRow(ctx, { projectId, source: "sentry", delivery, facts, via });
  if (row.incident === null) {
    throw new AppError("issue_not_an_alert", `issue #${issue.number}: ${row.reason}`, { retry: "never" });
  }
  return { ...row, incident: row.incident, reason };
}

/** Stores the alert and makes the issue its incident's own, where it has none. Can be repeated. */
export async function takeIssue(
  ctx: Context,
  row: Awaited<ReturnType<typeof composeIssueRow>>,
  issue: HostedIssue,
  changed: string | null = null,
): Promise<Taken> {
  const entry: IssueAlertRow["entry"] = {
    id: ctx.newId("tml"),
    actor: actorText(ctx.actor),
    adopted: `issue #${issue.number}, which Sentry's integration made, is this incident's issue`,
    other: `issue #${issue.number} tells of the same Sentry issue; this incident keeps its own`,
    changed,
  };
  const full: IssueAlertRow = { ...row, issue: { number: issue.number, url: issue.url }, entry };
  const incidentId = row.incident.id;
  const { opened, adopted } = await storeIssueAlert(ctx.db.query, full, ctx.clock.now());
  const found = await findIssueOf(ctx.db.query, incidentId);
  if (!found || found.issueNumber === null) {
    // Another delivery opened the incident in this very moment: the statement did not see it yet.
    throw new AppError("incident_conflict", `incident ${incidentId} was opened meanwhile`, { retry: { afterMs: 500 } });
  }
  const { number: incidentNumber, issueNumber } = found;
  const as = issueNumber !== issue.number ? "other" : opened ? "opened" : adopted ? "adopted" : "known";
  return { as, incidentId, incidentNumber, issueNumber };
}
