import { redact } from "../kernel/redact.ts";
import { fencedText, proseText } from "../kernel/untrusted-text.ts";
import type { EarlierFinding } from "./decide-findings.ts";
import type { ReadFile } from "./decide-reading.ts";
import type { Place } from "./model.ts";
import { renderFile, renderHunk, renderPath } from "./render-diff.ts";

/** How text from outside is fenced: `mark` is random and new with every conversation. */
export interface Fence {
  mark: string;
  /** Characters of the whole message, at most. */
  limit: number;
}

/** What people wrote, as data: redacted, nothing hidden, at most `limit` characters. */
export function renderWords(text: string, data: { mark: string; source: string; limit: number }): string {
  return fencedText(redact(proseText(text.slice(0, data.limit * 4))).text, data);
}

/** Code whose lines were rendered one by one. */
export function renderCode(text: string, data: { mark: string; source: string }): string {
  return fencedText(text, { ...data, limit: text.length });
}

export const oneLineOf = (text: string, limit: number) =>
  redact(proseText(text.slice(0, limit * 4)).replace(/\s+/g, " "))
    .text.trim()
    .slice(0, limit);

/** A place as `src/a.ts R12-R14`. */
export function renderPlace({ path, side, startLine, line }: Place): string {
  const sign = side === "LEFT" ? "L" : "R";
  return `${renderPath(path)} ${startLine === null ? "" : `${sign}${startLine}-`}${sign}${line}`;
}

/** The beginning and the end of a text, where it is longer than `limit`: a log says at its end why it ended. */
export function ends(text: string, limit: number): string {
  if (text.length <= limit || limit < 100) return text.slice(-Math.max(0, limit));
  const half = Math.floor(limit / 2) - 10;
  return `${text.slice(0, half)}\n[… cut]\n${text.slice(-half)}`;
}

/** The newest that fit, in their order. */
export function newest(lines: readonly string[], limit: number): string {
  const kept: string[] = [];
  let left = limit;
  for (const line of lines.toReversed()) {
    left -= line.length + 1;
    if (left < 0) break;
    kept.unshift(line);
  }
  return kept.join("\n");
}

/** One file of the change, its hunks with line numbers. */
function renderChange({ file, how, hunks }: ReadFile, mark: string): string {
  const from = file.previousPath === null ? "" : `, before: ${renderPath(file.previousPath)}`;
  const part = how === "part" ? ", the rest of it is left out" : "";
  const head = `file: ${renderPath(file.path)} (${file.status}${from}, +${file.addedLines} -${file.deletedLines}${part})`;
  const body = hunks.map((hunk, index) => `@@ hunk ${index + 1}\n${renderHunk(hunk)}`);
  return renderCode([head, ...body].join("\n"), { mark, source: "a changed file" });
}

/** The change: as many files as fit, in the order in which they are worth reading. */
export function renderChanges(files: readonly ReadFile[], { mark, limit }: Fence): string[] {
  const parts: string[] = [];
  let left = limit;
  for (const file of files) {
    const part = renderChange(file, mark);
    left -= part.length + 2;
    if (left < 0) break;
    parts.push(part);
  }
  return parts;
}

/** Whole files at the head, as many as there is room for. */
export function renderFiles(
  texts: readonly { path: string; text: string }[],
  { mark, limit }: Fence,
  most = 30_000,
): string[] {
  let left = limit;
  const parts: string[] = [];
  for (const { path, text } of texts) {
    const room = Math.min(most, left - 400);
    if (room < 400) break;
    const body = `file: ${renderPath(path)}\n${renderFile(text, room)}`;
    const part = renderCode(body, { mark, source: "a file after the change, numbered as on side RIGHT" });
    left -= part.length + 2;
    parts.push(part);
  }
  return parts;
}

export function renderEarlier(earlier: readonly EarlierFinding[]): string {
  return earlier
    .map(({ id, place, kind, severity, title, why, state }) => {
      const words = `${oneLineOf(title, 200)}. ${oneLineOf(why, 400)}`;
      return `- id ${id} (${state}, ${severity} ${kind}) at ${renderPlace(place)}: ${words}`;
    })
    .join("\n");
}
