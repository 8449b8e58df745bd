import { oneLine } from "../kernel/quiet-text.ts";
import { decideTestFailure } from "./decide-own-error.ts";
import { decideSuite, type SuiteJudgement } from "./decide-suite.ts";
import type { RunReport } from "./model.ts";

/** The gate's judgement, as its own decision returns it. */
export interface GateJudgement {
  verdict: "allow" | "deny" | "require_approval";
  reasons: { rule: string; path?: string; line?: number; detail: string }[];
}

export interface RunEndFacts {
  report: Pick<RunReport, "outcome" | "detail" | "commands">;
  /** null where there was no patch to judge. */
  gate: GateJudgement | null;
  /** A person's login, once one approved what the gate held. */
  approvedBy: string | null;
  attemptsLeft: number;
  /** What the run was for. What is new cannot be loaded by its tests before, and a chore may change nothing that a test sees. */
  taskKind?: string;
  /** The incident's own error, which the new test has to show; nulls where it has none. */
  error: { errorType: string | null; errorMessage: string | null };
}

export type RunEnd =
  | { type: "publish"; notes: string[] }
  /** The attempt failed; another may do better. */
  | { type: "retry"; reason: string }
  | { type: "escalate"; reason: string; countsAttempt: boolean };

/** What becomes of a reported run: published as a draft, tried again, or handed to a person. */
export function decideRunEnd(facts: RunEndFacts): RunEnd {
  const { report, gate } = facts;
  const again = (reason: string): RunEnd =>
    facts.attemptsLeft > 0
      ? { type: "retry", reason }
      : { type: "escalate", reason: `${reason}; no attempt is left`, countsAttempt: true };
  switch (report.outcome) {
    case "environment_fault":
      return { type: "escalate", reason: `the runner cannot work: ${report.detail}`, countsAttempt: false };
    case "no_patch":
      return again(report.detail || "the worker changed nothing");
    case "worker_failed":
      return again(`the worker failed: ${report.detail}`);
    case "timed_out":
      return again(`the worker ran out of time: ${report.detail}`);
    case "out_of_budget":
      // Another one would take as much again: how much it is worth is for a person to say.
      return { type: "escalate", reason: `the budget of a run is spent: ${report.detail}`, countsAttempt: true };
    case "plan":
    case "patch":
      break;
  }
  if (gate === null) return again("there is no patch to judge");
  const because = gate.reasons.map((reason) => `${reason.path ? `${reason.path}: ` : ""}${reason.detail}`).join("; ");
  if (gate.verdict === "deny") {
    return { type: "escalate", reason: `the gate refused the patch: ${because}`, countsAttempt: true };
  }
  if (gate.verdict === "require_approval" && facts.approvedBy === null) {
    return {
      type: "escalate",
      reason: `the patch needs a person's approval (/patchpilot approve): ${because}`,
      countsAttempt: true,
    };
  }
  return judgeCommands(facts, again);
}

function judgeCommands(
  { report: { commands }, error, taskKind }: RunEndFacts,
  again: (reason: string) => RunEnd,
): RunEnd {
  const find = (name: RunReport["commands"][number]["name"]) => commands.find((command) => command.name === name);
  const onBase = find("new-test-on-base");
  const isNew = taskKind === "feature" || taskKind === "chore";
  if (onBase && onBase.exitCode === 0 && taskKind !== "chore")
    return again("the new test passes on the broken code too, so it does not show the error");
  const failure = onBase ? decideTestFailure({ ...error, output: onBase.outputTail }) : "unknown";
  if (failure === "not_loaded" && !isNew) {
    return again(
      "the new test cannot be loaded on the broken code (a missing module or export, a syntax error), so it does not show the error",
    );
  }
  const onPatch = find("new-test-on-patch");
  if (onPatch && onPatch.exitCode !== 0) return again("the new test fails on the patched code");
  const suite = decideSuite(commands);
  if (suite.type === "worse") {
    const test = find("test");
    return again(`the repository's tests fail with the patch (${test?.command})${nameTests(suite.tests)}`);
  }
  const notes = [
    ...suiteNotes(suite),
    ...(onBase && onPatch ? [] : ["It was not shown that the new test fails on the broken code."]),
    ...(failure === "other_failure"
      ? ["The new test fails on the broken code, but not with the incident's own error: see what it asserts."]
      : []),
    ...(["format", "lint"] as const).flatMap((name) => {
      const result = find(name);
      return result && result.exitCode !== 0 ? [`\`${result.command}\` fails with the patch.`] : [];
    }),
  ];
  return { type: "publish", notes };
}

const NAMED_TESTS = 10;

/** The worker chose these names: no Markdown in them comes alive. */
const codeSpan = (text: string) => `\`${oneLine(text, 120).replaceAll("`", "'")}\``;

function nameTests(tests: readonly string[]): string {
  if (tests.length === 0) return "";
  const more = tests.length > NAMED_TESTS ? ` and ${tests.length - NAMED_TESTS} more` : "";
  return `: ${tests.slice(0, NAMED_TESTS).map(codeSpan).join(", ")}${more}`;
}

function suiteNotes(suite: SuiteJudgement): string[] {
  if (suite.type === "not_run") return ["No test command was found: nothing but the gate has checked this patch."];
  if (suite.type === "flaky")
    return [`The tests failed once and passed when run again; flaky${nameTests(suite.tests)}.`];
  if (suite.type !== "not_worse") return [];
  return suite.tests.length > 0
    ? [`The tests fail without the patch as well${nameTests(suite.tests)}.`]
    : ["The tests fail with and without the patch, and what fails could not be compared: they prove nothing here."];
}
