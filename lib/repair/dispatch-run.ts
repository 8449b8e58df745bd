import { isHeldSaid } from "../incidents/decide-held.ts";
import { listRecentTimeline, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import type { CodeHost } from "./ports.ts";
import { findRun } from "./store.ts";

/** How long a request that the kill switch held waits before it is tried again. */
const HELD_RETRY_MS = 60_000;

/**
 * Asks the target repository's workflow for a runner. The payload names the run and nothing else: what to do is told to
 * the runner that claims it, so a dispatch that is made twice starts no second repair.
 */
export async function dispatchRun(
  ctx: Context,
  outside: { codeHost: CodeHost; outbound: Outbound },
  input: { runId: string },
): Promise<JobOutcome> {
  const run = await findRun(ctx.db.db, input.runId);
  if (run === null || run.state !== "queued") return DONE;
  const payload = { run_id: run.id, incident_id: run.incidentId, attempt: run.attempt, profile: run.profile };
  const result = await outside.outbound.write("github.dispatch", (permit) =>
    outside.codeHost.dispatchRepair(permit, { payload }),
  );
  const summary = result.held
    ? `would ask ${outside.codeHost.repository} for a runner: ${result.detail}`
    : `asked ${outside.codeHost.repository} for a runner`;
  const isSaid = result.held && isHeldSaid(await listRecentTimeline(ctx.db.db, run.incidentId), summary);
  await inTransaction(ctx, async (tx) => {
    const entry = { kind: result.held ? "held" : "dispatched", summary, detail: { runId: run.id } };
    if (!isSaid) await recordTimeline(tx, ctx, run.incidentId, entry);
    if (!result.held || result.reason !== "stopped") return;
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "repair.dispatch-run", { runId: run.id }, { runAt });
  });
  return DONE;
}
