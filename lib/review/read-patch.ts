import type { Side } from "./model.ts";

/** One line of a hunk, without its sign and line feed (a CRLF file keeps its "\r"). */
export interface PatchLine {
  sign: " " | "+" | "-";
  text: string;
  /** Its number in the base's file; null for an added line. */
  left: number | null;
  /** Its number in the head's file; null for a deleted line. */
  right: number | null;
}

export interface PatchHunk {
  lines: PatchLine[];
  addedLines: number;
  deletedLines: number;
}

const HEADER = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/;

/**
 * The hunks of one file's patch, as the code host gives it (from the first `@@`, its last line feed cut off). A patch that
 * was cut short by the host is read as far as it goes. Time grows with the text.
 */
export function readPatch(patch: string): PatchHunk[] {
  const hunks: PatchHunk[] = [];
  let hunk: PatchHunk | null = null;
  let at = { left: 0, right: 0 };
  let open = { left: 0, right: 0 };
  for (const raw of patch.split("\n")) {
    const isInside = open.left > 0 || open.right > 0;
    const header = isInside ? null : HEADER.exec(raw);
    if (header !== null) {
      at = { left: Number(header[1]), right: Number(header[3]) };
      open = { left: Number(header[2] ?? 1), right: Number(header[4] ?? 1) };
      hunk = { lines: [], addedLines: 0, deletedLines: 0 };
      hunks.push(hunk);
      continue;
    }
    // "\ No newline at end of file"; what follows the counted lines is none of the hunk's.
    if (hunk === null || !isInside || raw.startsWith("\\")) continue;
    const sign = raw[0] === "+" || raw[0] === "-" ? raw[0] : " ";
    hunk.lines.push({
      sign,
      text: raw.slice(1),
      left: sign === "+" ? null : at.left++,
      right: sign === "-" ? null : at.right++,
    });
    if (sign !== "+") open.left -= 1;
    if (sign !== "-") open.right -= 1;
    if (sign === "+") hunk.addedLines += 1;
    if (sign === "-") hunk.deletedLines += 1;
  }
  return hunks;
}

export function numberOn(line: PatchLine, side: Side): number | null {
  return side === "LEFT" ? line.left : line.right;
}

/** The lines of one side that a comment may stand on: those that changed there, and the context around them. */
export function commentableLines(hunks: readonly PatchHunk[], side: Side): number[] {
  return hunks.flatMap((hunk) => hunk.lines.flatMap((line) => numberOn(line, side) ?? []));
}
