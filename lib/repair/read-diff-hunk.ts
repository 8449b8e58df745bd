import type { DiffHunk, DiffLine } from "./diff-model.ts";
import { type Cursor, DiffFault } from "./read-diff-path.ts";

/** Reads the hunk at the cursor, its counts to the line. */
export function readHunk(cursor: Cursor, previous: DiffHunk | undefined): DiffHunk {
  const header =
    /^@@ -(0|[1-9]\d{0,8})(?:,(0|[1-9]\d{0,8}))? \+(0|[1-9]\d{0,8})(?:,(0|[1-9]\d{0,8}))? @@(?: .*)?$/.exec(
      cursor.lines[cursor.at] ?? "",
    );
  if (!header) throw new DiffFault("a hunk header that git does not write");
  const [oldStart, oldLines, newStart, newLines] = [header[1], header[2] ?? "1", header[3], header[4] ?? "1"].map(
    Number,
  );
  if (oldStart === undefined || oldLines === undefined || newStart === undefined || newLines === undefined)
    throw new DiffFault("a hunk header without numbers");
  if ((oldStart === 0 && oldLines > 0) || (newStart === 0 && newLines > 0))
    throw new DiffFault("line numbers start at 1");
  if (previous && oldStart + (oldLines === 0 ? 1 : 0) < endOf(previous))
    throw new DiffFault("hunks overlap or are out of order");
  const hunk: DiffHunk = { oldStart, oldLines, newStart, newLines, lines: [] };
  cursor.at++;
  readHunkLines(cursor, hunk);
  if (!hunk.lines.some((line) => line.op !== " ")) throw new DiffFault("a hunk that changes nothing");
  return hunk;
}

/** The first old line after the hunk. */
function endOf(hunk: DiffHunk): number {
  return hunk.oldStart + hunk.oldLines + (hunk.oldLines === 0 ? 1 : 0);
}

function readHunkLines(cursor: Cursor, hunk: DiffHunk): void {
  let oldLeft = hunk.oldLines;
  let newLeft = hunk.newLines;
  const ended = { old: false, new: false };
  while (oldLeft > 0 || newLeft > 0) {
    const line = cursor.lines[cursor.at];
    if (line === undefined) throw new DiffFault("the text ends inside a hunk");
    const op = line === "" ? " " : line[0];
    if (op !== " " && op !== "+" && op !== "-")
      throw new DiffFault(
        "a line inside a hunk that is neither context, added nor deleted; or the hunk's counts are too high",
      );
    if (op !== "+" && (oldLeft-- === 0 || ended.old)) throw new DiffFault("more old lines than the hunk's header says");
    if (op !== "-" && (newLeft-- === 0 || ended.new)) throw new DiffFault("more new lines than the hunk's header says");
    cursor.at++;
    const noNewline = cursor.lines[cursor.at] === "\\ No newline at end of file";
    if (noNewline) cursor.at++;
    if (noNewline && op !== "+") ended.old = true;
    if (noNewline && op !== "-") ended.new = true;
    hunk.lines.push({ op, text: line.slice(1), noNewline } satisfies DiffLine);
  }
  const next = cursor.lines[cursor.at];
  if (next !== undefined && next !== "" && next !== "-- " && !next.startsWith("@@") && !next.startsWith("diff --")) {
    throw new DiffFault("lines after the end of a hunk: its counts are too low, or this is no diff of git");
  }
}
