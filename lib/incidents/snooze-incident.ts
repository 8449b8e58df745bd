import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { getIncident, recordTimeline } from "./change-incident.ts";
import { refreshFacts } from "./store.ts";

/** A person wants nothing told or done about an incident until a moment; null wakes it at its next alert. */
export async function snoozeIncident(ctx: Context, input: { incidentId: string; until: Date | null }): Promise<void> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const { until } = input;
  const summary = until === null ? "no longer snoozed" : `snoozed until ${until.toISOString()}`;
  await inTransaction(ctx, async (tx) => {
    await refreshFacts(tx, incident.id, { snoozedUntil: until });
    await recordTimeline(tx, ctx, incident.id, { kind: "snoozed", summary });
  });
}
