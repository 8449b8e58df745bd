import { changeIncident, type Incident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { decidePlan, type PlanDecision } from "./decide-plan.ts";
import { decideRunEnd } from "./decide-run-end.ts";
import { endRun } from "./end-run.ts";
import type { RequestedIssues } from "./ports.ts";
import { readRequest } from "./read-plan.ts";
import type { RepairSettings } from "./settings.ts";
import { type RunRow, updateRun } from "./store.ts";

const SAID: Record<PlanDecision["type"], string> = {
  go: "it begins by itself",
  wait: "it waits for a person to approve it",
  ask: "it cannot begin before people answered",
};

/** Judges the plan that a run came to: it begins, or waits for a person's approval or answers. A run without one is repeated. */
export async function settlePlan(
  ctx: Context,
  outside: { issues: RequestedIssues; settings: RepairSettings },
  { run, incident }: { run: RunRow; incident: Incident },
): Promise<JobOutcome> {
  const { settings } = outside;
  const plan = run.report?.plan;
  if (incident.state !== "repairing") {
    const end = { type: "dropped", reason: `the incident is ${incident.state}` } as const;
    return endRun(ctx, { run, incident, gate: null, end });
  }
  if (run.report === null || plan === undefined || run.report.outcome !== "plan") {
    const report = run.report ?? { outcome: "no_patch", detail: "the run brought no plan", commands: [] };
    const attemptsLeft = settings.maxAttempts - incident.attempts;
    const end = decideRunEnd({ report, gate: null, approvedBy: null, attemptsLeft, error: run.brief });
    return endRun(ctx, { run, incident, gate: null, end });
  }
  const labels = (await outside.issues.findIssue(incident.issueNumber ?? 0))?.labels ?? [];
  const decision = decidePlan({
    plan,
    labels,
    mode: readRequest(incident.triage)?.mode ?? "plan",
    approval: settings.planApproval,
    approvalPaths: settings.gate.approvalPaths,
  });
  const verdict = decision.type === "go" ? "allow" : "require_approval";
  const now = ctx.clock.now();
  await inTransaction(ctx, async (tx) => {
    const gate = { verdict, reasons: decision.reasons };
    const set = { state: "published", gate, tokenHash: null, finishedAt: now, reason: null } as const;
    if (!(await updateRun(tx, run.id, ["reported"], set))) return;
    const why = decision.reasons
      .map(({ path, detail }) => (path === undefined ? detail : `${path}: ${detail}`))
      .join("; ");
    await changeIncident(tx, ctx, incident, {
      command: decision.type === "go" ? "retry" : "plan",
      // The work itself has its own attempts.
      patch: { attempts: 0 },
      entry: {
        kind: "planned",
        summary: `a plan was made; ${SAID[decision.type]}: ${why}`,
        detail: { runId: run.id, plan, decision: { ...decision } },
      },
    });
    const payload = { incidentId: incident.id };
    if (decision.type === "go") await enqueue(tx, ctx, "repair.start-repair", payload);
    await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}
