import { describe, expect, it } from "vitest";
import { composeLabels } from "../../lib/alerts/compose-labels.ts";
import { INCIDENT_STATES, type IncidentState } from "../../lib/incidents/model.ts";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";

const reportOf = (needsPerson: boolean): Pick<Investigation, "report"> => ({
  report: {
    rootCause: null,
    confidence: 0.2,
    evidence: [],
    ruledOut: [],
    suggestedFix: null,
    testCases: [],
    notes: [],
    needsPerson,
  },
});
const labelsIn = (state: IncidentState, investigation: Pick<Investigation, "report"> | null) =>
  composeLabels({ priority: "P1", state, kind: "error" }, investigation);
const asksIn = (investigation: Pick<Investigation, "report"> | null) =>
  INCIDENT_STATES.filter((state) => labelsIn(state, investigation).includes("patchpilot:needs-human"));

describe("an issue's labels", () => {
  it("ask for a person where the incident was handed over", () => {
    expect(asksIn(null)).toEqual(["planned", "escalated"]);
    expect(asksIn(reportOf(false))).toEqual(["planned", "escalated"]);
  });

  it("ask for a person while the diagnosis does, until there is nothing left to look at", () => {
    expect(asksIn(reportOf(true))).toEqual([
      "new",
      "observed",
      "investigating",
      "repairing",
      "planned",
      "in_review",
      "escalated",
    ]);
  });

  it("name the priority once it is known, and the end", () => {
    expect(labelsIn("recovered", null)).toEqual(["patchpilot", "patchpilot:P1", "patchpilot:recovered"]);
    expect(composeLabels({ priority: null, state: "new", kind: "performance" }, null)).toEqual([
      "patchpilot",
      "patchpilot:performance",
    ]);
  });
});
