import type { Executor } from "../db/database.ts";
import { isHeldSaid } from "../incidents/decide-held.ts";
import { getIncident, listRecentTimeline, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { countDispatches, MOST_DISPATCHES } from "./decide-run-check.ts";
import type { CodeHost } from "./ports.ts";
import type { RepairSettings } from "./settings.ts";
import { findRun } from "./store.ts";

/** How long a request that the kill switch or a pause held waits before it is tried again. */
const HELD_RETRY_MS = 60_000;

/**
 * Asks the target repository's workflow for a runner. The payload names the run and nothing else: what to do is told to
 * the runner that claims it, so a dispatch that is made twice starts no second repair.
 */
export async function dispatchRun(
  ctx: Context,
  outside: { codeHost: CodeHost; outbound: Outbound; settings: RepairSettings },
  input: { runId: string },
): Promise<JobOutcome> {
  const run = await findRun(ctx.db.db, input.runId);
  if (run === null || run.state !== "queued") return DONE;
  if ((await getIncident(ctx.db.db, run.incidentId)).pausedAt !== null) {
    await inTransaction(ctx, (tx) => askAgain(tx, ctx, run.id, HELD_RETRY_MS));
    return DONE;
  }
  const recent = await listRecentTimeline(ctx.db.db, run.incidentId);
  const asked = countDispatches(recent, run.id) + 1;
  const payload = { run_id: run.id, incident_id: run.incidentId, attempt: run.attempt, profile: run.profile };
  const result = await outside.outbound.write("github.dispatch", (permit) =>
    outside.codeHost.dispatchRepair(permit, { payload }),
  );
  const summary = result.held
    ? `would ask ${outside.codeHost.repository} for a runner: ${result.detail}`
    : `asked ${outside.codeHost.repository} for a runner${asked > 1 ? `, for the ${asked}. time: nobody claimed the run` : ""}`;
  const isSaid = result.held && isHeldSaid(recent, summary);
  await inTransaction(ctx, async (tx) => {
    const entry = { kind: result.held ? "held" : "dispatched", summary, detail: { runId: run.id } };
    if (!isSaid) await recordTimeline(tx, ctx, run.incidentId, entry);
    if (result.held && result.reason === "stopped") return askAgain(tx, ctx, run.id, HELD_RETRY_MS);
    // GitHub does not say whether a workflow listened: asked again within the time that a run may wait.
    const waitMs = (outside.settings.claimMinutes * 60_000) / MOST_DISPATCHES;
    if (!result.held && asked < MOST_DISPATCHES) await askAgain(tx, ctx, run.id, waitMs);
  });
  return DONE;
}

function askAgain(tx: Executor, ctx: Context, runId: string, waitMs: number): Promise<void> {
  const runAt = new Date(ctx.clock.now().getTime() + waitMs);
  return enqueue(tx, ctx, "repair.dispatch-run", { runId }, { runAt });
}
