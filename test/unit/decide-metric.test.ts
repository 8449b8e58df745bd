import { expect, it } from "vitest";
import { decideNextState } from "../../lib/incidents/decide-next-state.ts";
import { INCIDENT_STATES } from "../../lib/incidents/model.ts";
import { decideMetric, type MetricFacts } from "../../lib/triage/decide-metric.ts";

const BASE: MetricFacts = {
  state: "new",
  priority: null,
  reading: { status: "critical", name: "errors" },
  quiet: null,
};
const decide = (changes: Partial<MetricFacts>) => decideMetric({ ...BASE, ...changes });
const reading = (status: "open" | "warning" | "critical" | "resolved") => ({ status, name: "errors" });
const NOTHING = { command: null, rank: null, reason: null, lookAgainMinutes: null };

it.each<[string, Partial<MetricFacts>, object]>([
  ["critical is a person's matter at once", {}, { command: "escalate", rank: { priority: "P1", severity: "high" } }],
  [
    "warning is less urgent",
    { reading: reading("warning") },
    { command: "escalate", rank: { priority: "P2", severity: "medium" } },
  ],
  [
    "open names no threshold",
    { reading: reading("open") },
    { command: "escalate", rank: { priority: "P2", severity: "medium" } },
  ],
  ["what was left alone is told", { state: "observed" }, { command: "escalate" }],
  ["told already", { state: "escalated", priority: "P1" }, NOTHING],
  [
    "it got worse",
    { state: "escalated", priority: "P2" },
    { command: null, rank: { priority: "P1", severity: "high" }, reason: "errors is critical now" },
  ],
  [
    "it got better",
    { state: "escalated", priority: "P1", reading: reading("warning") },
    { rank: { priority: "P2", severity: "medium" } },
  ],
  ["well again", { state: "escalated", priority: "P1", reading: reading("resolved") }, { command: "recover" }],
  ["well again before anybody looked", { reading: reading("resolved") }, { command: "observe" }],
  ["well again, and nobody was told", { state: "observed", reading: reading("resolved") }, NOTHING],
  ["over the threshold again", { state: "recovered" }, { command: "reopen", lookAgainMinutes: 0 }],
  ["a person ignored it", { state: "ignored" }, NOTHING],
  ["nothing was said", { reading: null }, NOTHING],
  ["maintenance", { quiet: "maintenance until x" }, { command: "observe", rank: null, lookAgainMinutes: 5 }],
  ["maintenance, known", { state: "observed", quiet: "snoozed" }, { command: null, reason: null, lookAgainMinutes: 5 }],
  ["maintenance does not take back what was told", { state: "escalated", priority: "P1", quiet: "snoozed" }, NOTHING],
])("%s", (_, changes, expected) => {
  expect(decide(changes)).toMatchObject(expected);
});

it("every command applies in the state that it is given for", () => {
  for (const state of INCIDENT_STATES)
    for (const status of ["open", "warning", "critical", "resolved"] as const)
      for (const quiet of [null, "snoozed"]) {
        const { command } = decide({ state, reading: reading(status), quiet });
        if (command !== null) expect(decideNextState(state, command), `${command} in ${state}`).not.toBeNull();
      }
});
