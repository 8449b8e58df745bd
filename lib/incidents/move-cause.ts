import { enqueue } from "../jobs/outbox.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { getIncident, recordTimeline } from "./change-incident.ts";
import { clearCause, setCause } from "./storm-store.ts";

/** A person says what belongs together: `causeId` null takes an incident out of its storm, to be judged on its own. */
export async function moveCause(ctx: Context, input: { incidentId: string; causeId: string | null }): Promise<void> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const cause = input.causeId === null ? null : await getIncident(ctx.db.db, input.causeId);
  if (cause?.id === incident.id || cause?.causeId) {
    throw new AppError("bad_request", "an incident is caused neither by itself nor by a symptom", { retry: "never" });
  }
  await inTransaction(ctx, async (tx) => {
    if (cause === null) {
      await clearCause(tx, incident.id);
      await recordTimeline(tx, ctx, incident.id, { kind: "split", summary: "taken out of its storm by a person" });
      await enqueue(tx, ctx, "triage.assess-incident", { incidentId: incident.id });
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
      return;
    }
    await setCause(tx, [incident.id], cause.id, "merged by a person");
    await recordTimeline(tx, ctx, incident.id, {
      kind: "merged_into",
      summary: `a symptom of INC-${cause.number}, said a person`,
      detail: { causeId: cause.id },
    });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: cause.id });
  });
}
