import { redact } from "../kernel/redact.ts";
import { shownLine } from "../kernel/untrusted-text.ts";
import type { PatchHunk, PatchLine } from "./read-patch.ts";

/** A longer line is cut where it is shown. */
export const MOST_SHOWN_LINE = 500;
/** More of a path is no file's name any more. */
const MOST_PATH = 400;
const KEY_BEGINS = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/;
const KEY_ENDS = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY/;

/** A line of code for a model: redacted, on one line, what is hidden in it written out. */
function renderText(text: string): string {
  const line =
    text.length > MOST_SHOWN_LINE ? `${text.slice(0, MOST_SHOWN_LINE).replace(/[\ud800-\udbff]$/, "")} [… cut]` : text;
  return redact(shownLine(line)).text;
}

/** A path as a model is shown it, and as it is expected to write it down. */
export function renderPath(path: string): string {
  return redact(shownLine(path.slice(0, MOST_PATH))).text;
}

/** Lines, of which those of a private key are left out: no single one of them looks like a secret. */
function renderTexts(texts: readonly string[]): string[] {
  let isInKey = false;
  return texts.map((text) => {
    if (KEY_BEGINS.test(text)) isInKey = true;
    const shown = isInKey ? "[redacted:private_key]" : renderText(text);
    if (KEY_ENDS.test(text)) isInKey = false;
    return shown;
  });
}

const margin = ({ left, right, sign }: PatchLine) =>
  `${left === null ? "-" : `L${left}`} ${right === null ? "-" : `R${right}`} ${sign} |`;

/**
 * A hunk, each line with its number on either side: `L12 R12   | context`, `L13 - - | deleted`, `- R13 + | added`.
 * `demo/llm` reads what this writes.
 */
export function renderHunk(hunk: PatchHunk): string {
  const texts = renderTexts(hunk.lines.map((line) => line.text));
  return hunk.lines.map((line, index) => `${margin(line)} ${texts[index] ?? ""}`).join("\n");
}

/** The lines of a file at the head, numbered as on the RIGHT side; as many as fit. */
export function renderFile(text: string, limit: number): string {
  // Cut before it is read: a file can be as large as its author likes.
  const lines = text.slice(0, limit).split("\n");
  const kept: string[] = [];
  let length = 0;
  for (const [index, line] of renderTexts(lines).entries()) {
    const shown = `${index + 1}| ${line}`;
    length += shown.length + 1;
    if (length > limit) break;
    kept.push(shown);
  }
  return kept.length < text.split("\n").length ? `${kept.join("\n")}\n[… the rest is left out]` : kept.join("\n");
}
