import type { RunReport } from "./model.ts";

/** The gate's judgement, as its own decision returns it. */
export interface GateJudgement {
  verdict: "allow" | "deny" | "require_approval";
  reasons: { rule: string; path?: string; detail: string }[];
}

export interface RunEndFacts {
  report: Pick<RunReport, "outcome" | "detail" | "commands">;
  /** null where there was no patch to judge. */
  gate: GateJudgement | null;
  /** A person's login, once one approved what the gate held. */
  approvedBy: string | null;
  attemptsLeft: number;
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
  return judgeCommands(report.commands, again);
}

function judgeCommands(commands: RunReport["commands"], again: (reason: string) => RunEnd): RunEnd {
  const find = (name: RunReport["commands"][number]["name"]) => commands.find((command) => command.name === name);
  const onBase = find("new-test-on-base");
  if (onBase && onBase.exitCode === 0)
    return again("the new test passes on the broken code too, so it does not show the error");
  const onPatch = find("new-test-on-patch");
  if (onPatch && onPatch.exitCode !== 0) return again("the new test fails on the patched code");
  const test = find("test");
  if (test && test.exitCode !== 0) return again(`the repository's tests fail with the patch (${test.command})`);
  const notes = [
    ...(test ? [] : ["No test command was found: nothing but the gate has checked this patch."]),
    ...(onBase && onPatch ? [] : ["It was not shown that the new test fails on the broken code."]),
    ...(["format", "lint"] as const).flatMap((name) => {
      const result = find(name);
      return result && result.exitCode !== 0 ? [`\`${result.command}\` fails with the patch.`] : [];
    }),
  ];
  return { type: "publish", notes };
}
