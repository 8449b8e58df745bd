import { isHeldSaid } from "../incidents/decide-held.ts";
import { changeIncident, type Incident, listRecentTimeline, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { HeldWrite } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";

/** How long a repair that is held waits before it asks again: a switch, a pause or a policy changes at any time. */
const HELD_RETRY_MS = 60_000;

/** All attempts are spent: a person takes over. */
export async function endSpent(ctx: Context, incident: Incident, maxAttempts: number): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    await changeIncident(tx, ctx, incident, {
      command: "escalate",
      entry: { kind: "escalated", summary: `all ${maxAttempts} repair attempts are spent` },
    });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

/** Says once why the repair waits, and asks again. What only a person or time can change is told on the issue as well. */
export async function waitOut(
  ctx: Context,
  incident: Incident,
  reason: "pause" | "storm" | "budget",
  why: string,
  detail: Record<string, unknown> = {},
): Promise<JobOutcome> {
  const summary = `the repair waits: ${why}`;
  const timeline = await listRecentTimeline(ctx.db.db, incident.id);
  const isBudget = reason === "budget";
  const isSaid = isBudget ? isBudgetSaid(timeline) : isHeldSaid(timeline, summary);
  await inTransaction(ctx, async (tx) => {
    if (!isSaid) {
      const kind = isBudget ? "budget_reached" : "held";
      await recordTimeline(tx, ctx, incident.id, { kind, summary, detail: { reason, ...detail } });
      if (isBudget) await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
    }
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "repair.start-repair", { incidentId: incident.id }, { runAt });
  });
  return DONE;
}

/** The numbers change with every run that ends; that the budget is reached is news once until another run begins. */
function isBudgetSaid(timeline: readonly { kind: string }[]): boolean {
  const said = timeline.findLastIndex((entry) => entry.kind === "budget_reached");
  return said > timeline.findLastIndex((entry) => entry.kind === "repair_queued" || entry.kind === "escalated");
}

/** Says once what would have been done. A stop is temporary, so it is asked again; DRY_RUN and STAGE end it here. */
export async function holdRepair(ctx: Context, incident: Incident, held: HeldWrite): Promise<JobOutcome> {
  const entry = {
    kind: "held",
    summary: `would queue a repair run: ${held.detail}`,
    detail: { write: held.kind, reason: held.reason },
  };
  const isSaid = isHeldSaid(await listRecentTimeline(ctx.db.db, incident.id), entry.summary);
  await inTransaction(ctx, async (tx) => {
    if (incident.state === "investigating" && held.reason !== "stopped") {
      await changeIncident(tx, ctx, incident, { command: "observe", entry });
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
      return;
    }
    if (!isSaid) await recordTimeline(tx, ctx, incident.id, entry);
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "repair.start-repair", { incidentId: incident.id }, { runAt });
  });
  return DONE;
}
