import type { Frame } from "../intake/model.ts";
import { isSupportPath } from "./decide-path.ts";
import { indexByStem } from "./rank-paths.ts";
import { rankTrace, readFrames, stemsOfFrames } from "./rank-trace.ts";

/** A line of the repository that was running; `depth` 0 crashed, 1 called it, and so on. */
export interface CrashPlace {
  path: string;
  line: number;
  depth: number;
  function: string | null;
  /** The line as the reporter saw it, or null. */
  text: string | null;
}

const MAX_PLACES = 5;

/**
 * The lines of the repository that a stack names, the crash first. Only frames whose line is the file's own: compiled and
 * bundled output has other lines, and a name that fits several files names none.
 */
export function rankPlaces(frames: readonly Frame[], repoFiles: readonly string[]): CrashPlace[] {
  const read = readFrames(frames);
  const trace = rankTrace(read, indexByStem(repoFiles, new Set(stemsOfFrames(read))));
  const texts = new Map<unknown, string | null>(frames.map((frame) => [frame, frame.contextLine]));
  const sure = trace.hits.filter(({ match }) => !match.isCompiled && !match.isBundled && !match.isAmbiguous);
  const places = sure.flatMap(({ path, depth, frame }): CrashPlace[] =>
    frame.line === null || frame.line < 1 || isSupportPath(path)
      ? []
      : [{ path, line: frame.line, depth, function: frame.function, text: texts.get(frame) ?? null }],
  );
  const first = new Map(places.toReversed().map((place) => [`${place.path}:${place.line}`, place]));
  return [...first.values()].sort((a, b) => a.depth - b.depth).slice(0, MAX_PLACES);
}

/** Files of generated code have longer lines and more of them than anybody reads. */
const MAX_LINES = 200_000;

/**
 * Where the line of a place is in this text of its file: there where the reporter's line is the same or unknown, else the
 * one other line that is. null: this is not the text that ran.
 */
export function findLine(text: string, place: Pick<CrashPlace, "line" | "text">): number | null {
  const lines = text.split("\n", MAX_LINES);
  const wanted = place.text?.trim() ?? "";
  const there = lines[place.line - 1]?.trim();
  if (there === undefined && wanted === "") return null;
  // Reporters cut long lines, at either end.
  if (wanted === "" || (there !== undefined && there !== "" && (there === wanted || isCut(there, wanted))))
    return place.line;
  const same = lines.flatMap((line, at) => (line.trim() === wanted ? [at + 1] : []));
  return same.length === 1 ? (same[0] ?? null) : null;
}

function isCut(whole: string, seen: string): boolean {
  const core = seen.replace(/^(?:\.\.\.|…|\{snip\})\s*|\s*(?:\.\.\.|…|\{snip\})$/g, "");
  return core.length >= 20 && whole.includes(core);
}
