import { describe, expect, it } from "vitest";
import { decideRunEnd, type GateJudgement, type RunEndFacts } from "../../lib/repair/decide-run-end.ts";
import type { CommandResult } from "../../lib/repair/model.ts";

const command = (name: CommandResult["name"], exitCode: number | null): CommandResult => ({
  name,
  command: `npm run ${name}`,
  exitCode,
  timedOut: exitCode === null,
  durationMs: 10,
  outputTail: "",
});

const PROVEN = [command("test", 0), command("new-test-on-base", 1), command("new-test-on-patch", 0)];
const ALLOWED: GateJudgement = { verdict: "allow", reasons: [] };
const FACTS: RunEndFacts = {
  report: { outcome: "patch", detail: "", commands: PROVEN },
  gate: ALLOWED,
  approvedBy: null,
  attemptsLeft: 1,
  error: { errorType: "TypeError", errorMessage: "Cannot read properties of null (reading 'percent')" },
};

const decide = (changes: Partial<Omit<RunEndFacts, "report">>, report: Partial<RunEndFacts["report"]> = {}) =>
  decideRunEnd({ ...FACTS, ...changes, report: { ...FACTS.report, ...report } });

/** The commands of a proven patch, with one of them replaced or, by null, left out. */
const commandsWith = (name: CommandResult["name"], exitCode: number | "missing" | null) => [
  ...PROVEN.filter((one) => one.name !== name),
  ...(exitCode === "missing" ? [] : [command(name, exitCode)]),
];

describe("a proven patch that the gate allows", () => {
  it("is published without a remark", () => {
    expect(decide({})).toEqual({ type: "publish", notes: [] });
    expect(decide({ attemptsLeft: 0 })).toEqual({ type: "publish", notes: [] });
  });

  it.each<[CommandResult["name"], number | "missing" | null, object]>([
    ["test", 1, { type: "retry", reason: expect.stringContaining("tests fail") }],
    ["test", null, { type: "retry" }],
    ["test", "missing", { type: "publish", notes: [expect.stringContaining("No test command")] }],
    ["new-test-on-base", 0, { type: "retry", reason: expect.stringContaining("does not show the error") }],
    ["new-test-on-base", "missing", { type: "publish", notes: [expect.stringContaining("not shown")] }],
    ["new-test-on-patch", 1, { type: "retry", reason: "the new test fails on the patched code" }],
    ["new-test-on-patch", null, { type: "retry" }],
    ["new-test-on-patch", "missing", { type: "publish", notes: [expect.stringContaining("not shown")] }],
    ["lint", 1, { type: "publish", notes: ["`npm run lint` fails with the patch."] }],
    ["format", 1, { type: "publish", notes: ["`npm run format` fails with the patch."] }],
    ["lint", 0, { type: "publish", notes: [] }],
  ])("%s ending with %s", (name, exitCode, expected) => {
    expect(decide({}, { commands: commandsWith(name, exitCode) })).toEqual(expect.objectContaining(expected));
  });
});

describe("the gate", () => {
  const DENIED: GateJudgement = {
    verdict: "deny",
    reasons: [
      { rule: "blocked-path", path: ".github/workflows/ci.yml", detail: "a workflow" },
      { rule: "size", detail: "too many lines" },
    ],
  };

  it("that denies hands the run to a person with every reason, however many attempts are left", () => {
    expect(decide({ gate: DENIED, attemptsLeft: 5 })).toEqual({
      type: "escalate",
      reason: "the gate refused the patch: .github/workflows/ci.yml: a workflow; too many lines",
      countsAttempt: true,
    });
  });

  it("that denies is not overruled by an approval", () => {
    expect(decide({ gate: DENIED, approvedBy: "jane" }).type).toBe("escalate");
  });

  it("that asks for approval waits for a person, and is content with one", () => {
    const gate: GateJudgement = {
      verdict: "require_approval",
      reasons: [{ rule: "migration", detail: "a migration" }],
    };
    expect(decide({ gate })).toMatchObject({
      type: "escalate",
      reason: expect.stringContaining("/patchpilot approve"),
    });
    expect(decide({ gate, approvedBy: "jane" })).toEqual({ type: "publish", notes: [] });
  });

  it("that judged nothing is no allowance", () => {
    expect(decide({ gate: null }).type).toBe("retry");
  });
});

describe("a run without a patch", () => {
  it.each<[RunEndFacts["report"]["outcome"], string, RegExp]>([
    ["no_patch", "nothing to do", /nothing to do/],
    ["no_patch", "", /the worker changed nothing/],
    ["worker_failed", "exit 1", /the worker failed: exit 1/],
    ["timed_out", "30 minutes", /ran out of time: 30 minutes/],
  ])("%s (%s) is tried again while an attempt is left, and then handed to a person", (outcome, detail, reason) => {
    const again = decide({ gate: null }, { outcome, detail });
    expect(again).toEqual({ type: "retry", reason: expect.stringMatching(reason) });
    const last = decide({ gate: null, attemptsLeft: 0 }, { outcome, detail });
    expect(last).toMatchObject({
      type: "escalate",
      reason: expect.stringMatching(/no attempt is left/),
      countsAttempt: true,
    });
  });

  it("because the runner cannot work is a person's matter and costs no attempt", () => {
    expect(decide({ gate: null }, { outcome: "environment_fault", detail: "claude is not logged in" })).toEqual({
      type: "escalate",
      reason: "the runner cannot work: claude is not logged in",
      countsAttempt: false,
    });
  });
});
