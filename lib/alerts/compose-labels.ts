import type { IncidentState } from "../incidents/model.ts";
import type { Investigation } from "../investigate/compose-investigation.ts";
import type { IssueIncident } from "./compose-issue.ts";

/** States in which nobody has to look any more, or a wait is all there is to do. */
const WITHOUT_PERSON: readonly IncidentState[] = ["deploying", "verifying", "recovered", "done", "ignored"];

/** Whether a person is asked for: by the state, or by who diagnosed it. */
function needsPerson({ state }: Pick<IssueIncident, "state">, report: Investigation["report"] | undefined): boolean {
  if (state === "escalated" || state === "planned") return true;
  return report?.needsPerson === true && !WITHOUT_PERSON.includes(state);
}

/** The issue's labels. */
export function composeLabels(
  incident: Pick<IssueIncident, "priority" | "state" | "kind">,
  investigation: Pick<Investigation, "report"> | null,
): string[] {
  return [
    "patchpilot",
    ...(incident.priority ? [`patchpilot:${incident.priority}`] : []),
    ...(needsPerson(incident, investigation?.report) ? ["patchpilot:needs-human"] : []),
    ...(incident.state === "recovered" ? ["patchpilot:recovered"] : []),
    ...(incident.kind === "performance" ? ["patchpilot:performance"] : []),
  ];
}
