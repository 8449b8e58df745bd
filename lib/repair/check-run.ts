import { whyPaused } from "../incidents/decide-pause.ts";
import { changeIncident, getIncident, listRecentTimeline, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { countDispatches, decideRunCheck } from "./decide-run-check.ts";
import { isRunWanted } from "./decide-run-wanted.ts";
import type { RepairSettings } from "./settings.ts";
import { findRun, type RunRow, updateRun } from "./store.ts";

const MINUTE_MS = 60_000;

/** Looks after a run that should have been claimed or heard of by now: requeued, waited for, or given up by rule. */
export async function checkRun(
  ctx: Context,
  outside: { settings: RepairSettings; outbound: Outbound },
  input: { runId: string },
): Promise<JobOutcome> {
  const run = await findRun(ctx.db.db, input.runId);
  if (run === null || (run.state !== "queued" && run.state !== "claimed")) return DONE;
  const incident = await getIncident(ctx.db.db, run.incidentId);
  const { settings } = outside;
  const isWanted = isRunWanted(run.taskKind, incident.state);
  const isWaiting = run.state === "queued" && isWanted;
  const held = isWaiting
    ? (whyPaused(incident) ?? (await outside.outbound.whyHeld("repair.run"))?.detail ?? null)
    : null;
  if (isWaiting && (held !== null || run.reason !== null)) return keepHeld(ctx, run, held, settings.claimMinutes);
  const now = ctx.clock.now();
  const check = decideRunCheck({
    state: run.state,
    isWanted,
    claims: run.claims,
    now: now.toISOString(),
    createdAt: run.createdAt.toISOString(),
    leaseUntil: run.leaseUntil?.toISOString() ?? null,
    claimMinutes: settings.claimMinutes,
    totalMinutes: run.budget.totalMinutes,
    claimedAt: run.claimedAt?.toISOString() ?? null,
    dispatches: countDispatches(await listRecentTimeline(ctx.db.db, incident.id), run.id),
  });
  await inTransaction(ctx, async (tx) => {
    if (check.type === "wait") {
      return enqueue(tx, ctx, "repair.check-run", { runId: run.id }, { runAt: new Date(check.until) });
    }
    const failed = { state: "failed", reason: check.reason, tokenHash: null, finishedAt: now } as const;
    if (check.type === "drop") {
      await updateRun(tx, run.id, ["queued", "claimed"], failed);
      return;
    }
    const entry = { kind: "run_lost", summary: check.reason, detail: { runId: run.id, claims: run.claims } };
    if (check.type === "requeue") {
      const queued = { state: "queued", tokenHash: null, runnerId: null, leaseUntil: null, phase: null } as const;
      if (!(await updateRun(tx, run.id, ["claimed"], queued))) return;
      await recordTimeline(tx, ctx, incident.id, entry);
      const claimBy = new Date(now.getTime() + settings.claimMinutes * MINUTE_MS);
      await enqueue(tx, ctx, "repair.check-run", { runId: run.id }, { runAt: claimBy });
      if (settings.dispatches) await enqueue(tx, ctx, "repair.dispatch-run", { runId: run.id });
      return;
    }
    await updateRun(tx, run.id, ["queued", "claimed"], failed);
    await changeIncident(tx, ctx, incident, { command: "escalate", entry: { ...entry, kind: "escalated" } });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

/** No runner can claim what is held: its time to be claimed begins anew when the hold ends. */
async function keepHeld(ctx: Context, run: RunRow, reason: string | null, claimMinutes: number): Promise<JobOutcome> {
  const minutes = reason === null ? claimMinutes : 1;
  await inTransaction(ctx, async (tx) => {
    if (!(await updateRun(tx, run.id, ["queued"], { reason }))) return;
    const runAt = new Date(ctx.clock.now().getTime() + minutes * MINUTE_MS);
    await enqueue(tx, ctx, "repair.check-run", { runId: run.id }, { runAt });
  });
  return DONE;
}
