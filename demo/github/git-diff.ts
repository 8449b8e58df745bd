import { git } from "./git.ts";
import type { Side } from "./records.ts";

export interface DiffFile {
  /** blob of the new file, of the old one where it was removed */
  sha: string;
  filename: string;
  previousFilename: string | null;
  status: "added" | "removed" | "modified" | "renamed" | "changed";
  additions: number;
  deletions: number;
  /** the hunks only, from the first @@; null for binary files and pure renames */
  patch: string | null;
}

const STATUS: Record<string, DiffFile["status"]> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  T: "changed",
};

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

const OPTIONS = ["-r", "-M", "--no-color", "--no-ext-diff", "--no-textconv"];

/** Each file's part of a patch in git's order. A line of content never starts with "diff --git". */
function splitPatch(patch: string): string[] {
  return patch.split(/^(?=diff --git )/m).filter((part) => part.startsWith("diff --git "));
}

function hunksOf(part: string): string | null {
  const start = part.search(/^@@ /m);
  return start < 0 ? null : part.slice(start).replace(/\n$/, "");
}

/** GitHub shows no patch of more than 20,000 lines or 500 KB (docs.github.com, "Repository limits", diff limits). */
const isTooLarge = (patch: string) => patch.length > 500_000 || countLines(patch) > 20_000;

const countLines = (text: string) => text.split("\n").length;

/**
 * The files of one answer: once its patches add up to 20,000 lines or 1 MB, the others come without a patch and, as if
 * nothing had changed, without counts (github.com/orgs/community/discussions/213491).
 */
export function withinAnswer(files: readonly DiffFile[]): DiffFile[] {
  let lines = 0;
  let chars = 0;
  return files.map((file) => {
    if (lines >= 20_000 || chars >= 1_000_000) return { ...file, patch: null, additions: 0, deletions: 0 };
    lines += file.patch === null ? 0 : countLines(file.patch);
    chars += file.patch?.length ?? 0;
    return file;
  });
}

function countSigns(hunks: string | null): { additions: number; deletions: number } {
  const lines = (hunks ?? "").split("\n");
  return {
    additions: lines.filter((line) => line.startsWith("+")).length,
    deletions: lines.filter((line) => line.startsWith("-")).length,
  };
}

/** The newest diffs between commits by their ids, which never change: a large one takes git a second. */
const known = new Map<string, Promise<DiffFile[]>>();
const MAX_KNOWN = 24;
const ID = /^[0-9a-f]{40}$/;

/** The files that differ between two trees (null: the empty tree), with patches as GitHub shows them. */
export function diffFiles(dir: string, from: string | null, to: string): Promise<DiffFile[]> {
  if (!ID.test(to) || !ID.test(from ?? EMPTY_TREE)) return readDiff(dir, from, to);
  const key = `${dir} ${from} ${to}`;
  const found = known.get(key) ?? readDiff(dir, from, to);
  known.delete(key);
  known.set(key, found);
  for (const oldest of [...known.keys()].slice(0, -MAX_KNOWN)) known.delete(oldest);
  found.catch(() => known.delete(key));
  return found;
}

async function readDiff(dir: string, from: string | null, to: string): Promise<DiffFile[]> {
  const range = [from ?? EMPTY_TREE, to];
  const raw = (await git(dir, ["diff-tree", ...OPTIONS, "--raw", "-z", "--abbrev=40", ...range])).split("\0");
  const parts = splitPatch(await git(dir, ["diff-tree", ...OPTIONS, "-p", "--full-index", ...range]));
  const files: DiffFile[] = [];
  for (let i = 0; i < raw.length; ) {
    const head = raw[i++] ?? "";
    if (!head.startsWith(":")) continue;
    const [, , oldSha = "", newSha = "", letter = ""] = head.slice(1).split(" ");
    const status = STATUS[letter.slice(0, 1)] ?? "changed";
    const first = raw[i++] ?? "";
    const second = status === "renamed" ? (raw[i++] ?? "") : null;
    const hunks = hunksOf(parts[files.length] ?? "");
    files.push({
      sha: status === "removed" ? oldSha : newSha,
      filename: second ?? first,
      previousFilename: second === null ? null : first,
      status,
      ...countSigns(hunks),
      patch: hunks === null || isTooLarge(hunks) ? null : hunks,
    });
  }
  return files;
}

/** The whole diff as text, as the media type `diff` gives it. */
export function diffText(dir: string, from: string | null, to: string): Promise<string> {
  return git(dir, ["diff-tree", ...OPTIONS, "-p", from ?? EMPTY_TREE, to]);
}

interface DiffPlace {
  /** count of lines below the first @@, as the old `position` counts */
  position: number;
  /** the hunk from its header to this line */
  hunk: string;
  hunkIndex: number;
}

/** Where a line of one side is in a file's patch, or null when it is outside the diff. */
export function placeInPatch(patch: string, line: number, side: Side): DiffPlace | null {
  let left = 0;
  let right = 0;
  let position = -1;
  let hunkIndex = -1;
  let hunk: string[] = [];
  for (const text of patch.split("\n")) {
    position += 1;
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(text);
    if (header) {
      left = Number(header[1]) - 1;
      right = Number(header[2]) - 1;
      hunkIndex += 1;
      hunk = [text];
      continue;
    }
    hunk.push(text);
    const sign = text.slice(0, 1);
    if (sign === "\\") continue;
    if (sign !== "+") left += 1;
    if (sign !== "-") right += 1;
    const isHere = side === "LEFT" ? sign !== "+" && left === line : sign !== "-" && right === line;
    if (isHere) return { position, hunk: hunk.join("\n"), hunkIndex };
  }
  return null;
}

/** Where a line of the old side stands on the new side of a file's patch; null where it was changed or taken out. */
export function followLine(patch: string, line: number): number | null {
  let left = 0;
  let right = 0;
  let shift = 0;
  for (const text of patch.split("\n")) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,\d+)? @@/.exec(text);
    if (header) {
      // A hunk without old lines names the line before it.
      left = Number(header[1]) - (header[2] === "0" ? 0 : 1);
      right = left + shift;
      if (left >= line) return line + shift;
      continue;
    }
    const sign = text.slice(0, 1);
    if (sign === "\\") continue;
    if (sign !== "+") left += 1;
    if (sign !== "-") right += 1;
    shift = right - left;
    if (sign !== "+" && left === line) return sign === "-" ? null : right;
  }
  return line + shift;
}
