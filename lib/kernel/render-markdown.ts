import { oneLine, quietMarkdown } from "./quiet-text.ts";
import { redact } from "./redact.ts";
import { visibleText } from "./untrusted-text.ts";

export { link } from "./markdown-link.ts";

/** Longer lines are cut before they are read. */
const MOST_READ = 4_000;
const MAX_REASONS = 6;

/** Text from outside within a paragraph, a list or a cell; it may begin there, and is no heading, list or task by that. */
export function quiet(text: string, maxLength = 300): string {
  return quietMarkdown(text, maxLength)
    .replace(/^(?=[#+*_=~[-])/, "\\")
    .replace(/^(\d{1,9})(?=[.)])/, "$1\\");
}

/** Text from outside as a code span, where GitHub acts on nothing; it cannot leave it, nor end a table's cell. */
export function code(text: string, maxLength = 120): string {
  return `\`${oneLine(text, maxLength).replace(/[`|]/g, "'") || "?"}\``;
}

/** To the minute, as people write it. */
export function minute(at: Date | string): string {
  const iso = typeof at === "string" ? at : at.toISOString();
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(iso) ? `${iso.slice(0, 16).replace("T", " ")} UTC` : quiet(iso, 40);
}

/** To the second, for the order of things. */
export function second(iso: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.test(iso)
    ? `${iso.slice(0, 19).replace("T", " ")} UTC`
    : quiet(iso, 40);
}

/** A part that is read only by who opens it. `summary` is plain text. */
export function fold(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

/** One line of code or of a log, its spaces kept. */
function codeLine(text: string, maxLength: number): string {
  const read = visibleText(text.slice(0, MOST_READ))
    .replaceAll("\t", "  ")
    .replace(/[\n\p{Cc}]/gu, " ");
  const line = redact(read).text.slice(0, maxLength);
  return line
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd()
    .replaceAll("```", "'''");
}

/** Some reasons of many, as one sentence. */
export function reasonsText(reasons: readonly string[]): string {
  return reasons
    .slice(0, MAX_REASONS)
    .map((reason) => quiet(reason))
    .join("; ");
}

/** Lines from outside as a fenced block that they cannot end. */
export function codeBlock(lines: readonly string[], maxLength = 200): string {
  return `\`\`\`\n${lines.map((line) => codeLine(line, maxLength)).join("\n")}\n\`\`\``;
}

/** Sections in their order, without those for which there is no room any more; how many those are, is said. */
export function fitSections(sections: readonly (string | null)[], maxLength: number): string {
  const kept: string[] = [];
  let length = 0;
  let left = 0;
  for (const section of sections) {
    if (section === null || section === "") continue;
    if (length + section.length + 2 > maxLength - 100) left += 1;
    else {
      kept.push(section);
      length += section.length + 2;
    }
  }
  if (left > 0) kept.push(`_${left} part${left === 1 ? "" : "s"} left out: too long for an issue._`);
  return kept.join("\n\n");
}
