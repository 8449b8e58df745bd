import type { PatchHunk } from "./read-patch.ts";
import { MOST_SHOWN_LINE, renderHunk } from "./render-diff.ts";

/** Numbers, sign and bar before a line, at least, and its line feed. */
const MARGIN_CHARS = 8;

/** What may still be sent. */
export interface Room {
  /** Changed lines. */
  lines: number;
  chars: number;
}

/** What a hunk takes when it is shown, to the character: hidden ones grow, secrets shrink. */
export const costOf = (hunk: PatchHunk) => renderHunk(hunk).length + 16;

const fits = (hunk: PatchHunk, chars: number) => hunk.lines.length * MARGIN_CHARS <= chars && costOf(hunk) <= chars;

function firstLines(hunk: PatchHunk, count: number): PatchHunk {
  const lines = hunk.lines.slice(0, count);
  const signed = (sign: string) => lines.filter((line) => line.sign === sign).length;
  return { lines, addedLines: signed("+"), deletedLines: signed("-") };
}

/** A hunk's first lines as a hunk of their own, as many as may be sent; null where no change would be among them. */
function cutHunk(hunk: PatchHunk, room: Room): PatchHunk | null {
  let chars = room.chars;
  let changes = room.lines;
  let count = 0;
  for (const line of hunk.lines) {
    chars -= Math.min(line.text.length, MOST_SHOWN_LINE) + MARGIN_CHARS * 2;
    if (line.sign !== " ") changes -= 1;
    if (chars < 0 || changes < 0) break;
    count += 1;
  }
  let cut = firstLines(hunk, count);
  while (cut.lines.length > 0 && !fits(cut, room.chars)) cut = firstLines(hunk, Math.floor(cut.lines.length / 2));
  return changed(cut) === 0 ? null : cut;
}

/** Lines that it adds and deletes. */
export const changed = (hunk: PatchHunk) => hunk.addedLines + hunk.deletedLines;

/** The hunks that there is room for, cut at a hunk's border; only a first hunk that is too large alone is cut itself. */
export function takeHunks(hunks: readonly PatchHunk[], room: Room): PatchHunk[] {
  const taken: PatchHunk[] = [];
  const left = { ...room };
  for (const hunk of hunks) {
    if (changed(hunk) > left.lines || !fits(hunk, left.chars)) {
      const first = taken.length === 0 ? cutHunk(hunk, left) : null;
      if (first !== null) taken.push(first);
      break;
    }
    taken.push(hunk);
    left.chars -= costOf(hunk);
    left.lines -= changed(hunk);
  }
  return taken;
}
