import { redact } from "../kernel/redact.ts";
import { shownLine } from "../kernel/untrusted-text.ts";
import type { Place, ProposedFinding, Side } from "./model.ts";
import { numberOn, type PatchHunk, type PatchLine } from "./read-patch.ts";
import { renderPath } from "./render-diff.ts";

/** `isExact`: the range is the one that was proposed, moved as a whole or not at all. */
export type Placing =
  | { type: "placed"; place: Place; anchor: string; isExact: boolean; hunk: PatchHunk }
  | { type: "dropped"; reason: string };

export type PlacedWords = Pick<ProposedFinding, "path" | "side" | "startLine" | "endLine" | "quote">;

/** Context further away from a change than this is not what the pull request is about. */
const NEAR_LINES = 3;
/** A shorter piece of a line is in too many of them; where its number agrees, less is enough. */
const LEAST_PIECE = 10;
const LEAST_PIECE_THERE = 4;
/** Longer ranges are remarks about a whole, and stand on their last line. */
const MOST_RANGE = 60;

interface Spot {
  side: Side;
  hunk: PatchHunk;
  /** Index of its line in the hunk. */
  at: number;
  number: number;
}

const squeeze = (text: string) => text.replace(/\s+/g, " ").trim();

/** What a model may have copied along: the numbers and the sign before a line, the mark after one that was cut. */
const MARGIN = /^\s*(?:(?:L\d+|-)\s+(?:R\d+|-)\s+[ +-]?\s*\| ?|\d+\| ?|[+-]\s)/;
const CUT = /\s*\[… cut\]$/;

/** The readings of a quote's last line, the literal one first. */
function readQuote(quote: string): string[] {
  const last = quote.split("\n").findLast((line) => line.trim() !== "") ?? "";
  return [...new Set([last, last.replace(CUT, "").replace(MARGIN, "")].map(squeeze))];
}

type Fits = (text: string, quotes: readonly string[], least?: number) => boolean;

/** A line's text as the host has it and, where the quote shows that it is from there, as a model is shown it. */
function formsOf(text: string, quote: string): string[] {
  const isShown = quote.includes("[redacted:") || quote.includes("[U+");
  return isShown ? [squeeze(text), squeeze(redact(shownLine(text)).text)] : [squeeze(text)];
}

const isWhole: Fits = (text, quotes) => quotes.some((quote) => formsOf(text, quote).includes(quote));

const isPiece: Fits = (text, quotes, least = LEAST_PIECE) =>
  quotes.some((quote) => quote.length >= least && formsOf(text, quote).some((form) => form.includes(quote)));

function spotsOn(hunks: readonly PatchHunk[], side: Side): Spot[] {
  return hunks.flatMap((hunk) =>
    hunk.lines.flatMap((line, at) => {
      const number = numberOn(line, side);
      return number === null ? [] : [{ side, hunk, at, number }];
    }),
  );
}

const textAt = (spot: Spot) => spot.hunk.lines[spot.at]?.text ?? "";

/** A file by its path, or by the path as it was shown. */
function findFile(files: ReadonlyMap<string, readonly PatchHunk[]>, path: string) {
  const exact = files.get(path);
  if (exact !== undefined) return { path, hunks: exact };
  const found = [...files].filter(([one]) => renderPath(one) === path);
  const [only] = found.length === 1 ? found : [];
  return only && { path: only[0], hunks: only[1] };
}

/** The line that is meant: where it was claimed, else the one line that reads so; nearness decides between several. */
function findSpot(hunks: readonly PatchHunk[], proposed: PlacedWords): Spot | null {
  const quotes = readQuote(proposed.quote);
  const own = spotsOn(hunks, proposed.side);
  const claimed = own.find((spot) => spot.number === proposed.endLine);
  if (claimed && (isWhole(textAt(claimed), quotes) || isPiece(textAt(claimed), quotes, LEAST_PIECE_THERE)))
    return claimed;
  if (quotes.includes("")) return null;
  const other = spotsOn(hunks, proposed.side === "LEFT" ? "RIGHT" : "LEFT");
  for (const [spots, fits] of [
    [own, isWhole],
    [own, isPiece],
    [other.filter((spot) => spot.hunk.lines[spot.at]?.sign !== " "), isWhole],
  ] as const) {
    const found = spots.filter((spot) => fits(textAt(spot), quotes));
    if (found.length === 1) return found[0] ?? null;
    const near = found.filter((spot) => Math.abs(spot.number - proposed.endLine) <= NEAR_LINES);
    if (near.length === 1) return near[0] ?? null;
    if (found.length > 0) return null;
  }
  return null;
}

/** Index in the hunk of the first line of the range, where the whole range is in it. */
function findStart(spot: Spot, length: number): number | null {
  if (length > MOST_RANGE) return null;
  const first = spot.number - length;
  const at = spot.hunk.lines.findIndex((line) => numberOn(line, spot.side) === first);
  return at < 0 ? null : at;
}

function isNearChange(lines: readonly PatchLine[], from: number, to: number): boolean {
  return lines.slice(Math.max(0, from - NEAR_LINES), to + NEAR_LINES + 1).some((line) => line.sign !== " ");
}

/**
 * Where a finding's comment stands: on lines of the file's hunks, all of one hunk and one side, as GitHub takes them. The
 * quote has to be the text of its last line; where it is not, the one line in the diff that reads so is taken. `files`:
 * the hunks of the files that were read, by the head's path.
 */
export function decidePlace(proposed: PlacedWords, files: ReadonlyMap<string, readonly PatchHunk[]>): Placing {
  const dropped = (reason: string): Placing => ({ type: "dropped", reason });
  const file = findFile(files, proposed.path);
  if (file === undefined) return dropped("its file is not among those that were read");
  const { path, hunks } = file;
  if (hunks.length === 0) return dropped("its file has no lines in the diff");
  const length = proposed.endLine - proposed.startLine;
  if (length < 0) return dropped("its range ends before it begins");
  const spot = findSpot(hunks, proposed);
  if (spot === null) return dropped("what it quotes does not stand in the diff");
  const start = findStart(spot, length);
  const from = start ?? spot.at;
  if (!isNearChange(spot.hunk.lines, from, spot.at)) return dropped("it is about lines that the change does not touch");
  const range = spot.hunk.lines.slice(from, spot.at + 1).filter((line) => numberOn(line, spot.side) !== null);
  const place: Place = {
    path,
    side: spot.side,
    startLine: start === null || length === 0 ? null : spot.number - length,
    line: spot.number,
  };
  const anchor = range.map((line) => line.text.replace(/\r$/, "")).join("\n");
  return {
    type: "placed",
    place,
    anchor,
    isExact: start !== null && spot.side === proposed.side,
    hunk: spot.hunk,
  };
}
