import { recordTimeline } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import { redact } from "../kernel/redact.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { hashToken } from "./hash-token.ts";
import type { RunReport } from "./model.ts";
import { cleanPlan, readPlan } from "./read-plan.ts";
import { findRun, updateRun } from "./store.ts";

/**
 * Takes a runner's report. The run token is spent by it: the same report sent again (a lost answer) is told that it is
 * known, and changes nothing. Logs and summaries are redacted before they are stored; the diff is kept to the byte,
 * because it is judged and published as it is.
 */
export async function reportRun(
  ctx: Context,
  input: { token: string; report: RunReport },
): Promise<{ known: false } | { known: true; isFirst: boolean }> {
  const report = withPlan(input.report);
  const run = await findRun(ctx.db.db, report.runId);
  if (run === null || run.tokenHash !== (await hashToken(input.token))) return { known: false };
  if (run.state !== "claimed") return { known: true, isFirst: false };
  const isFirst = await inTransaction(ctx, async (tx) => {
    const set = {
      state: "reported",
      report: cleanReport(report),
      costUsd: report.usage.costUsd,
      leaseUntil: null,
    } as const;
    if (!(await updateRun(tx, run.id, ["claimed"], set))) return false;
    await recordTimeline(tx, ctx, run.incidentId, {
      kind: "run_reported",
      summary: `attempt ${run.attempt}: ${redact(report.detail).text || report.outcome.replaceAll("_", " ")}`,
      detail: {
        runId: run.id,
        worker: report.worker,
        usage: report.usage,
        commands: report.commands.map(({ name, command, exitCode, timedOut, durationMs }) => ({
          name,
          command,
          exitCode,
          timedOut,
          durationMs,
        })),
      },
    });
    await enqueue(tx, ctx, "repair.publish-patch", { runId: run.id });
    return true;
  });
  return { known: true, isFirst };
}

/** A plan is read here and not by the runner: what is no plan is its worker's failure. */
function withPlan({ planText, ...report }: RunReport): RunReport {
  if (report.outcome !== "plan" || report.plan !== undefined) return report;
  const read = readPlan(planText ?? "");
  if (read.ok) return { ...report, detail: "a plan was made", plan: read.plan };
  return { ...report, outcome: "worker_failed", detail: `no plan can be read: ${read.reason}` };
}

function cleanReport(report: RunReport): RunReport {
  const clean = (text: string) => redact(text).text;
  return {
    ...report,
    detail: clean(report.detail),
    summary: report.summary === null ? null : clean(report.summary),
    logTail: clean(report.logTail),
    commands: report.commands.map((result) => ({ ...result, outputTail: clean(result.outputTail) })),
    ...(report.plan && { plan: cleanPlan(report.plan, clean) }),
  };
}
