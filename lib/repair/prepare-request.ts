import { changeIncident, type Incident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { composeHandedIssue, composeRequestBrief } from "./compose-request-brief.ts";
import { composePriorAttempts, type PriorRun } from "./compose-run-brief.ts";
import type { Brief } from "./model.ts";
import type { Plan } from "./plan-model.ts";
import type { RequestedIssues } from "./ports.ts";
import type { RunRow } from "./store.ts";

/** What a run is for, and all that its worker is told. */
export interface Task {
  kind: "bugfix" | "performance" | "feature" | "chore" | "plan";
  brief: Brief;
}

const TASK_BY_KIND = { bug: "bugfix", feature: "feature", chore: "chore" } as const satisfies Record<
  Plan["kind"],
  Task["kind"]
>;

/** The plan run that counts: the newest one that came to a plan and was not superseded. */
export function findPlanRun(runs: readonly RunRow[]): (RunRow & { plan: Plan }) | null {
  const run = runs.findLast((one) => one.taskKind === "plan" && one.state === "published");
  const plan = run?.report?.plan;
  return run && plan ? { ...run, plan } : null;
}

/** Whether a plan may be carried out: nothing asked for a person, or a person approved. */
export function isPlanApproved(run: RunRow): boolean {
  return run.gate?.verdict === "allow" || typeof run.gate?.approvedBy === "string";
}

/**
 * The next run of a handed-over issue, from the issue and what was said on it until now: a plan first, and once one holds,
 * the work itself. `gone`: nobody wants it any more.
 */
export async function prepareRequest(
  issues: RequestedIssues,
  incident: Incident,
  runs: readonly RunRow[],
  priorRuns: readonly PriorRun[],
): Promise<Task | { gone: string }> {
  const number = incident.issueNumber;
  const issue = number === null ? null : await issues.findIssue(number);
  if (issue === null) return { gone: `issue #${number ?? "?"} is gone` };
  if (issue.state === "closed") return { gone: `issue #${issue.number} is closed` };
  const planRun = findPlanRun(runs);
  const plan = planRun && isPlanApproved(planRun) ? planRun.plan : null;
  const handed = composeHandedIssue(issue, await issues.listComments(issue.number));
  const priorAttempts = plan === null ? [] : composePriorAttempts(priorRuns);
  const brief = composeRequestBrief({ incident, issue: handed, plan, priorAttempts });
  return { kind: plan === null ? "plan" : TASK_BY_KIND[plan.kind], brief };
}

/** Ends a request that nobody wants any more. */
export async function dropRequest(ctx: Context, incident: Incident, why: string): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    const entry = { kind: "request_dropped", summary: `${why}: nothing is done` };
    await changeIncident(tx, ctx, incident, { command: "ignore", patch: { closedAt: ctx.clock.now() }, entry });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}
