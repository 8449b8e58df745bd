import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { type findDelivery, type Incident, ignoreDelivery, listIncidentsBySourceIssue } from "./store.ts";

/** A source tells of one event in several deliveries, in any order: the alert that opens the incident may come last. */
const OVERTAKEN_MS = 60_000;

/**
 * The incidents of the source's issue that a delivery is about. Where there is none it is asked for once more after a
 * minute; then the delivery is filed as ignored, with that reason.
 */
export async function meetIncidents(
  ctx: Context,
  delivery: NonNullable<Awaited<ReturnType<typeof findDelivery>>>,
  issueId: string,
): Promise<{ incidents: Incident[] } | { outcome: JobOutcome }> {
  const incidents = await listIncidentsBySourceIssue(ctx.db.db, delivery, issueId);
  if (incidents.length > 0) return { incidents };
  const reason = `no incident of ${delivery.source} issue ${issueId} is known`;
  const afterMs = delivery.receivedAt.getTime() + OVERTAKEN_MS - ctx.clock.now().getTime();
  if (afterMs > 0) return { outcome: { type: "retry", reason, afterMs } };
  await inTransaction(ctx, (tx) => ignoreDelivery(tx, delivery.id, reason));
  return { outcome: DONE };
}
