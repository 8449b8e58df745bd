import type { Finding } from "./model.ts";
import { KIND_NAMES, said } from "./render-said.ts";

const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);

/** The suggestion as GitHub's block, its fence longer than any run of backticks in it. Empty: the lines are taken out. */
export function composeSuggestion(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}suggestion\n${text === "" ? "" : `${text}\n`}${fence}`;
}

/** An inline comment: what is wrong, why, and the change that mends it where there is an exact one. */
export function composeFinding(
  finding: Pick<Finding, "severity" | "kind" | "title" | "why" | "suggestion" | "confidence">,
): string {
  const { severity, kind, title, why, suggestion } = finding;
  return [
    `**${said(title, 200)}** <sub>${capital(severity)} · ${KIND_NAMES[kind]} · ${Math.round(finding.confidence * 100)}% sure</sub>`,
    said(why, 2_000),
    suggestion === null ? null : composeSuggestion(suggestion),
  ]
    .filter((part) => part !== null && part !== "")
    .join("\n\n");
}
