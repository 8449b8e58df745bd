import type { DiffHunk, DiffReading, FileChange } from "./diff-model.ts";
import { agreeOnNames, type Header, readHeaderLine } from "./read-diff-header.ts";
import { readHunk } from "./read-diff-hunk.ts";
import { type Cursor, DiffFault, readHeaderPairs } from "./read-diff-path.ts";

const MAIL_START = /^From [0-9a-f]{40} /;

/**
 * Reads a unified diff as `git diff` or `git format-patch` (one commit) writes it, strictly: each line is understood or the whole text is
 * refused with the line's number. The structure returned is what is judged and what is published, so no second reading can disagree.
 * Accepted beyond git's own output, as `git apply` does: an empty line for an empty context line, and any start line on the new side.
 */
export function readDiff(text: string): DiffReading {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const cursor: Cursor = { lines, at: 0 };
  try {
    if (text.includes("\0")) throw new DiffFault("the text holds a NUL");
    const isMail = skipMailHeader(cursor);
    const files: FileChange[] = [];
    while (cursor.at < lines.length && !atEnd(cursor, isMail)) files.push(readFile(cursor));
    const clash = findClash(files);
    return clash === null ? { ok: true, files } : { ok: false, reason: clash };
  } catch (fault) {
    if (fault instanceof DiffFault)
      return { ok: false, reason: `line ${Math.min(cursor.at + 1, lines.length)}: ${fault.message}` };
    throw fault;
  }
}

/** Passes the mail part of format-patch. Lines in it that another tool could take for a patch are refused. */
function skipMailHeader(cursor: Cursor): boolean {
  if (!MAIL_START.test(cursor.lines[0] ?? "")) return false;
  for (; cursor.at < cursor.lines.length; cursor.at++) {
    const line = cursor.lines[cursor.at] ?? "";
    if (line.startsWith("diff --git ")) return true;
    if (/^(diff |Index: |--- \S|\+\+\+ |@@ |GIT binary patch)/.test(line))
      throw new DiffFault("a commit message that looks like a patch");
  }
  return true;
}

/** The blank lines after the last file, and format-patch's signature. */
function atEnd(cursor: Cursor, isMail: boolean): boolean {
  let at = cursor.at;
  if (isMail && cursor.lines[at] === "-- " && /^\d[\w.() -]*$/.test(cursor.lines[at + 1] ?? "")) at += 2;
  return cursor.lines.slice(at).every((line) => line === "");
}

function readFile(cursor: Cursor): FileChange {
  const line = cursor.lines[cursor.at] ?? "";
  if (/^diff --(cc|combined) /.test(line)) throw new DiffFault("a combined diff of a merge cannot be judged");
  if (MAIL_START.test(line)) throw new DiffFault("several patches in one text");
  if (!line.startsWith("diff --git "))
    throw new DiffFault(`"diff --git" was expected, not ${JSON.stringify(line.slice(0, 60))}`);
  const header: Header = {
    pairs: readHeaderPairs(line.slice("diff --git ".length)),
    oldMode: null,
    newMode: null,
    isNew: false,
    isDeleted: false,
    from: null,
    to: null,
    names: null,
    binary: false,
  };
  cursor.at++;
  while (cursor.at < cursor.lines.length && readHeaderLine(cursor, header)) cursor.at++;
  const hunks: DiffHunk[] = [];
  while (cursor.lines[cursor.at]?.startsWith("@@")) hunks.push(readHunk(cursor, hunks.at(-1)));
  return assemble(header, hunks);
}

function assemble(header: Header, hunks: DiffHunk[]): FileChange {
  if (header.binary && hunks.length > 0) throw new DiffFault("a binary file with text hunks");
  if (hunks.length > 0 && header.names === null) throw new DiffFault("hunks without paths");
  const { oldName, newName, kind } = agreeOnNames(header);
  if (hunks.slice(0, -1).some((hunk) => hunk.lines.some((line) => line.noNewline)))
    throw new DiffFault("a file that ends before its last hunk");
  const hasEffect = hunks.length > 0 || header.binary || kind !== "modified" || header.oldMode !== header.newMode;
  if (!hasEffect) throw new DiffFault(`${newName} has a header and no change`);
  const count = (op: "+" | "-") =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.op === op).length, 0);
  return {
    oldPath: kind === "added" ? null : oldName,
    newPath: kind === "deleted" ? null : newName,
    kind,
    oldMode: header.oldMode,
    newMode: header.newMode,
    binary: header.binary,
    hunks,
    addedLines: count("+"),
    deletedLines: count("-"),
  };
}

/** A path that is written twice, or written and removed, has no single meaning (git writes a change of type so). */
function findClash(files: FileChange[]): string | null {
  const written = new Set<string>();
  const removed = new Set<string>();
  for (const file of files) {
    if (file.newPath !== null) {
      if (written.has(file.newPath)) return `${file.newPath} is written twice`;
      written.add(file.newPath);
    }
    if (file.oldPath !== null && (file.kind === "deleted" || file.kind === "renamed")) {
      if (removed.has(file.oldPath)) return `${file.oldPath} is removed twice`;
      removed.add(file.oldPath);
    }
  }
  for (const path of removed) if (written.has(path)) return `${path} is both removed and written`;
  return null;
}
