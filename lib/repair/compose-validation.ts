import { oneLine } from "../kernel/quiet-text.ts";
import type { CommandResult } from "./model.ts";

const TITLES: Record<CommandResult["name"], string> = {
  install: "Install",
  format: "Format",
  lint: "Lint",
  test: "Tests",
  "new-test-on-base": "New test on the broken code",
  "new-test-on-patch": "New test with the patch",
  "test-again": "Tests, once more",
  "test-on-base": "Tests without the patch",
};

/** What each command should do: a new test has to fail where the error still is. `null`: either is an answer. */
const WANTED: Partial<Record<CommandResult["name"], "fails" | null>> = {
  "new-test-on-base": "fails",
  "test-on-base": null,
};

const cell = (text: string) => `\`${oneLine(text, 200).replace(/`/g, "'").replaceAll("|", "\\|")}\``;

type Outcome = "passes" | "fails" | "timed out" | "was ended";

function outcomeOf({ timedOut, exitCode }: CommandResult): Outcome {
  if (timedOut) return "timed out";
  if (exitCode === null) return "was ended";
  return exitCode === 0 ? "passes" : "fails";
}

/** A run as the table shows it: what should come of it, and what did, with the true exit code. */
function composeRow(result: CommandResult): string {
  const wanted = result.name in WANTED ? WANTED[result.name] : "passes";
  const outcome = outcomeOf(result);
  const exit = result.exitCode === null ? "no exit code" : `exit ${result.exitCode}`;
  const isRight = wanted === null || wanted === undefined ? null : wanted === outcome;
  const mark = isRight === null ? "–" : isRight ? "✔" : "✘";
  const said = isRight === null ? "" : isRight ? " as it should" : `, should be: ${wanted}`;
  const seconds = (result.durationMs / 1_000).toFixed(1);
  return `| ${mark} | ${TITLES[result.name]}: ${cell(result.command)} | **${outcome}**${said} (${exit}, ${seconds} s) |`;
}

/** What the runs show in one sentence, where they show it; null where they do not. */
export function composeProof(commands: readonly CommandResult[]): string | null {
  const outcome = (name: CommandResult["name"]) => {
    const result = commands.find((one) => one.name === name);
    return result && outcomeOf(result);
  };
  if (outcome("new-test-on-base") !== "fails" || outcome("new-test-on-patch") !== "passes") return null;
  const suite = outcome("test") === "passes" ? ", and the repository's own tests pass" : "";
  return `The new test fails on the broken code and passes with this patch${suite}.`;
}

/** The end of what the new test said on the broken code: a person sees the incident's own error there. */
function composeOutput(commands: readonly CommandResult[]): string | null {
  const onBase = commands.find((result) => result.name === "new-test-on-base");
  const lines = (onBase?.outputTail ?? "")
    .split("\n")
    .map((line) => oneLine(line.replace(/\s+$/, ""), 160))
    .filter((line) => line !== "");
  if (lines.length === 0) return null;
  const text = lines.slice(-20).join("\n").replaceAll("```", "'''");
  return `<details><summary>The new test on the broken code</summary>\n\n\`\`\`text\n${text}\n\`\`\`\n\n</details>`;
}

/** What was run on the patch, or, loudly, that nothing was. Installing proves nothing. */
export function composeValidation(commands: readonly CommandResult[]): string {
  const isNothing = commands.every((result) => result.name === "install");
  const warning =
    "> [!CAUTION]\n> **No validation at all.** No test, linter or formatter of the repository was run on this patch: nobody and nothing has shown that it works.";
  if (commands.length === 0) return warning;
  const table = ["| | check | result |", "|---|---|---|", ...commands.map(composeRow)];
  return [isNothing ? warning : null, table.join("\n"), composeOutput(commands)]
    .filter((part) => part !== null)
    .join("\n\n");
}
