import type { Executor } from "../db/database.ts";
import { findCorrection } from "./correction-store.ts";
import { holdCorrection, severityOf } from "./decide-correction.ts";
import type { IncidentPatch } from "./store.ts";

/** What is about to be written of an incident's triage, under what a person said of it: that holds. */
export async function keepCorrection(db: Executor, incidentId: string, patch: IncidentPatch): Promise<IncidentPatch> {
  const { priority } = patch;
  const correction = priority ? await findCorrection(db, incidentId) : null;
  if (!priority || correction === null) return patch;
  const reasons = Array.isArray(patch.triage?.reasons) ? patch.triage.reasons.map(String) : [];
  const severity = patch.severity ?? severityOf(priority);
  const judged = { ...patch.triage, priority, severity, worthRepair: patch.worthRepair ?? null, reasons };
  const held = holdCorrection(judged, correction);
  return { ...patch, priority: held.priority, severity: held.severity, worthRepair: held.worthRepair, triage: held };
}
