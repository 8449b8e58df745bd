import * as z from "zod";

export const INCIDENT_STATES = [
  "new",
  "observed",
  "investigating",
  "repairing",
  "planned",
  "in_review",
  "deploying",
  "verifying",
  "recovered",
  "done",
  "escalated",
  "ignored",
] as const;
export const incidentStateSchema = z.enum(INCIDENT_STATES);
export type IncidentState = z.infer<typeof incidentStateSchema>;

export const INCIDENT_COMMANDS = [
  "observe",
  "investigate",
  "start_repair",
  "plan",
  "open_review",
  "merge",
  "deploy",
  "recover",
  "finish",
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

/** Kinds of incident that tell of no error in code: a site that is down, a number over its threshold, what people asked for. */
const WITHOUT_CODE: ReadonlySet<string> = new Set(["uptime", "metric", "request"]);

/** Whether an incident of this kind can teach anything about errors in code. */
export const isAboutCode = (kind: string): boolean => !WITHOUT_CODE.has(kind);
