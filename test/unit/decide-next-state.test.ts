import { expect, it } from "vitest";
import { decideNextState, NEXT } from "../../lib/incidents/decide-next-state.ts";
import { INCIDENT_COMMANDS, INCIDENT_STATES } from "../../lib/incidents/model.ts";

it("the whole state machine: every command in every state", () => {
  const grid = INCIDENT_STATES.map((state) => {
    const cells = INCIDENT_COMMANDS.map((command) => (decideNextState(state, command) ?? "·").padEnd(13));
    return `${state.padEnd(13)} ${cells.join(" ")}`.trimEnd();
  });
  const head = `${"".padEnd(13)} ${INCIDENT_COMMANDS.map((command) => command.padEnd(13)).join(" ")}`.trimEnd();
  expect(`\n${[head, ...grid].join("\n")}\n`).toMatchSnapshot();
});

it("every state can be reached from new, and every one but the ends can be escalated to a person", () => {
  const reached = new Set(["new"]);
  for (const state of reached) {
    for (const next of Object.values(NEXT[state as keyof typeof NEXT])) reached.add(next);
  }
  expect([...reached].sort()).toEqual([...INCIDENT_STATES].sort());
  const silent = INCIDENT_STATES.filter((state) => decideNextState(state, "escalate") === null);
  expect(silent).toEqual(["recovered", "done", "escalated", "ignored"]);
});

it("what has ended begins again only by a reopening", () => {
  for (const state of ["recovered", "done", "ignored"] as const) expect(Object.keys(NEXT[state])).toEqual(["reopen"]);
});

it("production is believed recovered only after it was watched, or by a person's word", () => {
  const from = INCIDENT_STATES.filter((state) => decideNextState(state, "recover") !== null);
  expect(from).toEqual(["verifying", "escalated"]);
});
