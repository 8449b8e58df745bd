import type { CommandResult } from "./model.ts";

/** What the whole suite says of a patch, compared with the base where it fails. */
export type SuiteJudgement =
  | { type: "passes" }
  | { type: "not_run" }
  /** It failed and then passed, unchanged. */
  | { type: "flaky"; tests: readonly string[] }
  /** It fails as it does without the patch. `tests` empty: it fails on both, and what fails could not be read. */
  | { type: "not_worse"; tests: readonly string[] }
  | { type: "worse"; tests: readonly string[] };

/** The suite must not get worse: its failures with the patch are compared with those of the base. */
export function decideSuite(commands: readonly CommandResult[]): SuiteJudgement {
  const find = (name: CommandResult["name"]) => commands.find((command) => command.name === name);
  const first = find("test");
  if (!first) return { type: "not_run" };
  if (first.exitCode === 0) return { type: "passes" };
  const again = find("test-again");
  if (again?.exitCode === 0) return { type: "flaky", tests: first.failedTests ?? [] };
  // What failed once of two times is flaky, not broken.
  const failed = both(first.failedTests, again ? again.failedTests : first.failedTests);
  const base = find("test-on-base");
  if (!base || base.exitCode === 0) return { type: "worse", tests: failed ?? [] };
  if (failed === null || base.failedTests === undefined) return { type: "not_worse", tests: [] };
  const before = new Set(base.failedTests);
  const added = failed.filter((test) => !before.has(test));
  return added.length > 0 ? { type: "worse", tests: added } : { type: "not_worse", tests: failed };
}

function both(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | null {
  if (!a || !b) return a ?? b ?? null;
  return a.filter((test) => b.includes(test));
}
