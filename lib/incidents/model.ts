import * as z from "zod";

export const INCIDENT_STATES = [
  "new",
  "observed",
  "investigating",
  "repairing",
  "in_review",
  "deploying",
  "verifying",
  "recovered",
  "escalated",
  "ignored",
] as const;
export const incidentStateSchema = z.enum(INCIDENT_STATES);
export type IncidentState = z.infer<typeof incidentStateSchema>;

export const INCIDENT_COMMANDS = [
  "observe",
  "investigate",
  "start_repair",
  "open_review",
  "merge",
  "deploy",
  "recover",
  "retry",
  "escalate",
  "ignore",
  "reopen",
] as const;
export type IncidentCommand = (typeof INCIDENT_COMMANDS)[number];

/** One entry of the timeline, before it is stored. `detail` holds facts, numbers and the decision; never secrets. */
export interface TimelineEntry {
  kind: string;
  summary: string;
  detail?: Record<string, unknown>;
  url?: string | null;
}
