import { matchesAny } from "../kernel/match-paths.ts";
import { changed, costOf, takeHunks } from "./decide-hunks.ts";
import type { ChangedFile, Reading, ReviewPolicy } from "./model.ts";
import { rankFiles } from "./rank-files.ts";
import { readPathKind, readTextKind } from "./read-file-kind.ts";
import { type PatchHunk, readPatch } from "./read-patch.ts";
import { renderPath } from "./render-diff.ts";

export interface ReadFile {
  file: ChangedFile;
  how: "whole" | "part";
  /** What is sent of it. */
  hunks: PatchHunk[];
}

export interface ReadingDecision {
  reading: Reading;
  /** What is sent, in the order in which it is worth reading. */
  files: ReadFile[];
  /** Files that are worth sending whole, at the head, as context of their diff; as many as there is room for. */
  contextPaths: string[];
}

type ReadingPolicy = Pick<ReviewPolicy, "ignoredPaths" | "maxChangedLines" | "maxSentChars">;

/** The rest is for what surrounds the diff: files, words of people, failed checks, what was said before. */
const DIFF_SHARE = 0.6;
/** Fence and head of a file, without its paths. */
const FILE_CHARS = 260;
const MOST_CONTEXT_FILES = 20;
/** Patches of more characters are cut before they are parsed; no budget reaches further. */
const MOST_PATCH = 2_000_000;
const NO_PATCH: Partial<Record<ChangedFile["status"], string>> = {
  renamed: "renamed without a change",
  copied: "copied without a change",
  unchanged: "unchanged",
};

function whyNot(file: ChangedFile, policy: ReadingPolicy): string | null {
  if (matchesAny(policy.ignoredPaths, file.path)) return "ignored by policy";
  const kind = readPathKind(file.path);
  if (kind !== null) return kind;
  if (file.patch === null || file.patch === "") {
    const isEmpty = file.addedLines + file.deletedLines === 0;
    return (
      (isEmpty ? NO_PATCH[file.status] : undefined) ?? (isEmpty ? "not shown by the host" : "too large for the host")
    );
  }
  return readTextKind(file.patch);
}

const pathChars = ({ path, previousPath }: ChangedFile) =>
  renderPath(path).length + renderPath(previousPath ?? "").length;

/**
 * What of the change is sent, and why the rest is not: what people did not write is left out, and the others are taken in
 * the order of `rankFiles` until lines or characters are spent. Time grows with the size of the change.
 */
export function decideReading(
  files: readonly ChangedFile[],
  policy: ReadingPolicy,
  /** `changedLines`: of the whole pull request, where the host does not tell it of every file. */
  host: { isComplete: boolean; changedLines?: number } = { isComplete: true },
): ReadingDecision {
  const left: Reading["left"] = [];
  const readable = files.filter((file) => {
    const why = whyNot(file, policy);
    if (why !== null) left.push({ path: file.path, why });
    return why === null;
  });
  const room = { lines: policy.maxChangedLines, chars: Math.floor(policy.maxSentChars * DIFF_SHARE) };
  const read: ReadFile[] = [];
  for (const file of rankFiles(readable)) {
    const patch = file.patch ?? "";
    const chars = room.chars - FILE_CHARS - pathChars(file);
    const hunks = room.lines > 0 && chars > 0 ? readPatch(patch.slice(0, MOST_PATCH)) : [];
    const taken = takeHunks(hunks, { lines: room.lines, chars });
    if (taken.length === 0) {
      left.push({ path: file.path, why: "no room left in this review" });
      continue;
    }
    const isWhole = taken.length === hunks.length && taken.at(-1) === hunks.at(-1) && patch.length <= MOST_PATCH;
    room.chars = chars;
    for (const hunk of taken) {
      room.chars -= costOf(hunk);
      room.lines -= changed(hunk);
    }
    read.push({ file, how: isWhole ? "whole" : "part", hunks: taken });
  }
  if (!host.isComplete) left.push({ path: "…", why: "the host lists no more files" });
  const reading: Reading = {
    sent: read.map(({ file, how }) => ({ path: file.path, how })),
    left,
    changedLines: Math.max(
      host.changedLines ?? 0,
      files.reduce((sum, file) => sum + file.addedLines + file.deletedLines, 0),
    ),
    sentLines: read.reduce((sum, { hunks }) => sum + hunks.reduce((lines, hunk) => lines + changed(hunk), 0), 0),
  };
  const contextPaths = read
    .filter(({ file }) => file.status !== "removed" && file.status !== "added")
    .slice(0, MOST_CONTEXT_FILES)
    .map(({ file }) => file.path);
  return { reading, files: read, contextPaths };
}

/** The hunks by path, as `decidePlace` takes them. */
export function hunksByPath(files: readonly ReadFile[]): Map<string, PatchHunk[]> {
  return new Map(files.map(({ file, hunks }) => [file.path, hunks]));
}
