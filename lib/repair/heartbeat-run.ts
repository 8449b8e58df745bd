import { getIncident, recordTimeline } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { isRunWanted } from "./decide-run-wanted.ts";
import { hashToken } from "./hash-token.ts";
import type { RepairSettings } from "./settings.ts";
import { findRun, type RunRow, updateRun } from "./store.ts";

export type HeartbeatAnswer = { known: false } | { known: true; continue: boolean; reason: string | null };

/** A sign of life: keeps the run's lease, and tells the runner whether its work is still wanted. */
export async function heartbeatRun(
  ctx: Context,
  outside: { outbound: Outbound; settings: RepairSettings },
  input: { runId: string; token: string; phase: string; handBack: boolean },
): Promise<HeartbeatAnswer> {
  const run = await findRun(ctx.db.db, input.runId);
  if (run === null || run.tokenHash !== (await hashToken(input.token))) return { known: false };
  const end = (reason: string): HeartbeatAnswer => ({ known: true, continue: false, reason });
  if (run.state !== "claimed") return end(`the run is ${run.state}`);
  if (input.handBack) {
    await takeBack(ctx, outside.settings, run);
    return end("the run was handed back");
  }
  const incident = await getIncident(ctx.db.db, run.incidentId);
  if (!isRunWanted(run.taskKind, incident.state)) return end(`the incident is ${incident.state}`);
  const held = await outside.outbound.whyHeld("repair.run");
  if (held?.reason === "stopped") return end(held.detail);
  const leaseUntil = new Date(ctx.clock.now().getTime() + outside.settings.leaseSeconds * 1_000);
  const isKept = await updateRun(ctx.db.db, run.id, ["claimed"], { leaseUntil, phase: input.phase });
  return isKept ? { known: true, continue: true, reason: null } : end("the run was taken back");
}

/** A runner that shuts down gives its run up: it waits for another one, and this claim does not count as lost. */
async function takeBack(ctx: Context, settings: RepairSettings, run: RunRow): Promise<void> {
  await inTransaction(ctx, async (tx) => {
    const queued = {
      state: "queued",
      tokenHash: null,
      runnerId: null,
      leaseUntil: null,
      phase: null,
      claims: Math.max(0, run.claims - 1),
    } as const;
    if (!(await updateRun(tx, run.id, ["claimed"], queued))) return;
    await recordTimeline(tx, ctx, run.incidentId, {
      kind: "run_handed_back",
      summary: `runner ${run.runnerId} was shut down and handed attempt ${run.attempt} back; it waits for another one`,
      detail: { runId: run.id },
    });
    const runAt = new Date(ctx.clock.now().getTime() + settings.claimMinutes * 60_000);
    await enqueue(tx, ctx, "repair.check-run", { runId: run.id }, { runAt });
    if (settings.dispatches) await enqueue(tx, ctx, "repair.dispatch-run", { runId: run.id });
  });
}
