import { changeIncident, getIncident, recordTimeline, retryConflicts } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { isRunWanted } from "./decide-run-wanted.ts";
import { findRun, updateRun } from "./store.ts";

/**
 * A job of this run went to the dead letters (a patch that does not apply, a branch that somebody moved): the run has
 * failed, and a person has to know why.
 */
export function failRun(ctx: Context, input: DeadRunJob): Promise<void> {
  return retryConflicts(() => endFailed(ctx, input));
}

interface DeadRunJob {
  runId: string;
  jobName: string;
  reason: string;
}

async function endFailed(ctx: Context, input: DeadRunJob): Promise<void> {
  const run = await findRun(ctx.db.db, input.runId);
  if (run === null) return;
  const incident = await getIncident(ctx.db.db, run.incidentId);
  const summary = `${input.jobName} was given up: ${input.reason}`;
  const entry = { kind: "job_dead", summary, detail: { runId: run.id } };
  await ctx.db.transaction(async (tx) => {
    const failed = { state: "failed", reason: input.reason, tokenHash: null, finishedAt: ctx.clock.now() } as const;
    await updateRun(tx, run.id, ["queued", "claimed", "reported"], failed);
    const escalates = isRunWanted(run.taskKind, incident.state);
    if (!escalates) return recordTimeline(tx, ctx, incident.id, entry);
    await changeIncident(tx, ctx, incident, { command: "escalate", entry });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
}
