import type { IncidentState } from "../incidents/model.ts";

/** In which state of its incident a run is worked on: a follow-up while its pull request is in review, others before. */
export function stateOfRun(taskKind: string): IncidentState {
  return taskKind === "followup" ? "in_review" : "repairing";
}

/** Whether the incident still wants this run. */
export function isRunWanted(taskKind: string, state: IncidentState): boolean {
  return stateOfRun(taskKind) === state;
}
