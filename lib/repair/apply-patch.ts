import type { DiffHunk, FileChange } from "./diff-model.ts";

export type PatchResult = { ok: true; after: string | null } | { ok: false; reason: string };

/**
 * The content of a file after its change: `before` is the text of `oldPath` (null where there is none), the answer the text of `newPath`,
 * null when the file goes away. Exact: each context and deleted line must stand where the hunk says, to the byte; there is no fuzz.
 * By hand: jsdiff's applyPatch looks for a hunk elsewhere when it does not stand where it says, even at fuzz 0, and converts line ends.
 */
export function applyPatch(file: FileChange, before: string | null): PatchResult {
  const path = file.newPath ?? file.oldPath ?? "";
  const refuse = (reason: string): PatchResult => ({ ok: false, reason: `${path}: ${reason}` });
  if (file.binary) return refuse("binary content cannot be applied");
  if (file.oldMode === "160000" || file.newMode === "160000") return refuse("a submodule has no content");
  if (file.kind === "added" && before !== null) return refuse("the file to add already exists");
  if (file.kind !== "added" && before === null) return refuse("the file to change does not exist");
  const old = toLines(before ?? "");
  const after: string[] = [];
  let at = 0;
  for (const hunk of file.hunks) {
    const start = hunk.oldLines === 0 ? hunk.oldStart : hunk.oldStart - 1;
    if (start < at || start > old.length)
      return refuse(`hunk -${hunk.oldStart},${hunk.oldLines} lies outside the file`);
    while (at < start) after.push(old[at++] ?? "");
    const fault = applyHunk(hunk, old, at, after);
    if (fault !== null) return refuse(fault);
    at += hunk.oldLines;
  }
  while (at < old.length) after.push(old[at++] ?? "");
  if (after.slice(0, -1).some((line) => !line.endsWith("\n")))
    return refuse("a line without a line feed that is not the last one");
  if (file.kind !== "deleted") return { ok: true, after: after.join("") };
  return after.length === 0
    ? { ok: true, after: null }
    : refuse("the deleted file has more lines than the diff removes");
}

/** Checks the hunk's old side against `old` from line `at` and appends its new side; the fault in words, or null. */
function applyHunk(hunk: DiffHunk, old: string[], at: number, after: string[]): string | null {
  let line = at;
  for (const { op, text, noNewline } of hunk.lines) {
    const full = noNewline ? text : `${text}\n`;
    if (op !== "+") {
      if (old[line] !== full) return `line ${line + 1} is not what the diff says`;
      line++;
    }
    if (op !== "-") after.push(full);
  }
  return null;
}

/** Lines with their line feeds; the last one may lack it. */
function toLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
