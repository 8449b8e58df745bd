import type { Executor } from "../db/database.ts";
import { enqueue } from "../jobs/outbox.ts";
import { actorText } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { decideNextState } from "./decide-next-state.ts";
import { type IncidentCommand, type IncidentState, isAboutCode, type TimelineEntry } from "./model.ts";
import { findIncident, type Incident, type IncidentPatch, insertTimeline, updateIncident } from "./store.ts";

const ENDS: ReadonlySet<IncidentState> = new Set(["recovered", "escalated", "ignored"]);

/** The incident, or AppError `incident_not_found`. */
export async function getIncident(db: Executor, id: string): Promise<Incident> {
  const incident = await findIncident(db, id);
  if (incident === null) {
    throw new AppError("incident_not_found", `there is no incident ${id}`, { retry: "never", context: { id } });
  }
  return incident;
}

/** Adds one entry to the timeline in this transaction. */
export async function recordTimeline(
  tx: Executor,
  ctx: Context,
  incidentId: string,
  entry: TimelineEntry,
): Promise<void> {
  await insertTimeline(tx, {
    id: ctx.newId("tml"),
    incidentId,
    at: ctx.clock.now(),
    actor: actorText(ctx.actor),
    kind: entry.kind,
    summary: entry.summary,
    detail: entry.detail ?? {},
    url: entry.url ?? null,
  });
}

/**
 * Moves the incident that was read by one command (null: only facts change), with its timeline entry, in this
 * transaction. A command that does not apply, or an incident that changed since it was read, is AppError
 * `incident_conflict`, to be tried again on what is there then.
 */
export async function changeIncident(
  tx: Executor,
  ctx: Context,
  read: Incident,
  change: { command: IncidentCommand | null; patch?: IncidentPatch; entry: TimelineEntry | null },
): Promise<Incident> {
  const next = change.command === null ? read.state : decideNextState(read.state, change.command);
  if (next === null) throw conflict(read, `${change.command} does not apply in state ${read.state}`);
  const updated = await updateIncident(tx, read, next, change.patch ?? {}, ctx.clock.now());
  if (updated === null) throw conflict(read, "it changed since it was read");
  if (change.entry) {
    const moved = next === read.state ? {} : { from: read.state, to: next };
    await recordTimeline(tx, ctx, read.id, { ...change.entry, detail: { ...change.entry.detail, ...moved } });
  }
  // Every end teaches something, and so does coming back after one.
  const isEnd = next !== read.state && (ENDS.has(next) || change.command === "reopen");
  if (isEnd && isAboutCode(read.kind)) await enqueue(tx, ctx, "investigate.write-lesson", { incidentId: read.id });
  return updated;
}

function conflict(read: Incident, why: string): AppError {
  return new AppError("incident_conflict", `incident ${read.id}: ${why}`, {
    retry: { afterMs: 500 },
    context: { incidentId: read.id, state: read.state },
  });
}
