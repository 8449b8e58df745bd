import type { Executor } from "../db/database.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { changeIncident } from "./change-incident.ts";
import type { TimelineEntry } from "./model.ts";
import type { Incident, IncidentPatch } from "./store.ts";

/**
 * Opens an ignored incident again, in this transaction, as if it were new: what was tried before it was ignored says
 * nothing about now. `at` is the first event that counts, `patch` what else is known by now.
 */
export async function reopenIncident(
  tx: Executor,
  ctx: Context,
  incident: Incident,
  { at, entry, patch = {} }: { at: Date; entry: TimelineEntry; patch?: IncidentPatch },
): Promise<void> {
  const anew = { attempts: 0, partialStreak: 0, closedAt: null, reopenedAt: at };
  await changeIncident(tx, ctx, incident, {
    command: "reopen",
    patch: { ...patch, ...anew, reopenedCount: incident.reopenedCount + 1 },
    entry,
  });
  await enqueue(tx, ctx, "triage.assess-incident", { incidentId: incident.id });
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
}
