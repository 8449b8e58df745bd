import type { DiffLine } from "./diff-model.ts";
import { SILENCERS, type Silencer } from "./gate-errors-model.ts";
import type { Finding, JudgedFile } from "./gate-model.ts";

/** Errors silenced instead of mended: refused in a bug fix, shown to a person elsewhere. In a test it makes a failure pass. */
export function decideSymptoms(files: JudgedFile[], isBugfix: boolean): Finding[] {
  return files
    .filter((file) => file.role === "source" || file.role === "test")
    .flatMap((file) => judge(file, isBugfix));
}

function judge(file: JudgedFile, isBugfix: boolean): Finding[] {
  const all = SILENCERS.filter((silencer) => isIn(file, silencer));
  const found = all.find((silencer) => silencer.isBroad) ?? all[0] ?? findDropped(file);
  if (found === null) return [];
  const isRefused = isBugfix && found.isBroad && file.role === "source";
  return [
    { effect: isRefused ? "deny" : "require_approval", rule: "swallowed-error", path: file.path, detail: found.detail },
  ];
}

/** How many lines before the silencer are looked at for what it is about. */
const LINES_BEFORE = 4;
/** The longest silencer, in lines. */
const LINES_LONG = 10;

function isIn(file: JudgedFile, silencer: Silencer): boolean {
  if (silencer.files !== undefined && !silencer.files.test(file.path)) return false;
  return file.change.hunks.some((hunk) => {
    const before = hunk.lines.filter((line) => line.op !== "+");
    const known = new Set(
      before
        .filter((line, index) => line.op === "-" && silences(before, index, silencer))
        .map((line) => line.text.trim()),
    );
    const after = hunk.lines.filter((line) => line.op !== "-");
    return after.some(({ text }, index) => {
      const isNew = after.slice(index, index + LINES_LONG).some((line) => line.op === "+");
      return isNew && !known.has(text.trim()) && silences(after, index, silencer) && writes(after, index, silencer);
    });
  });
}

/** Whether an error is passed by from this line on. */
function silences(lines: DiffLine[], index: number, { opens, whole, unless }: Silencer): boolean {
  const first = lines[index]?.text ?? "";
  if (first.length > 1000 || !opens.test(first)) return false;
  if (!whole.test(textFrom(lines, index))) return false;
  const about = lines.slice(Math.max(0, index - LINES_BEFORE), index + 1);
  return unless === undefined || !about.some((line) => unless.test(line.text.slice(0, 1000)));
}

const textFrom = (lines: DiffLine[], index: number) =>
  lines
    .slice(index, index + LINES_LONG)
    .map((line) => line.text)
    .join("\n");

/** Whether a line of what matched was written by the patch. */
function writes(lines: DiffLine[], index: number, { whole }: Silencer): boolean {
  const matched = whole.exec(textFrom(lines, index))?.[0] ?? "";
  const length = matched.replace(/\n$/, "").split("\n").length;
  return lines.slice(index, index + length).some((line) => line.op === "+");
}

/** How an error that had to be looked at is thrown away, in the languages where that is one word. */
const DROPPED: readonly { files: RegExp; before: RegExp; after: RegExp }[] = [
  { files: /\.go$/, before: /\berr\b\s*:?=/, after: /(?:,\s*_|^\s*_)\s*:?=\s*[\w.]+\(/ },
  { files: /\.rs$/, before: /\?\s*;?\s*$|\.(?:unwrap|expect)\(/, after: /^\s*let\s+_\s*=|\.ok\(\)\s*;/ },
  { files: /\.swift$/, before: /\btry\s/, after: /\btry\?\s/ },
];

function findDropped(file: JudgedFile): Pick<Silencer, "detail" | "isBroad"> | null {
  const isDropped = DROPPED.some(
    ({ files, before, after }) =>
      files.test(file.path) &&
      file.added.some((line) => after.test(line)) &&
      file.deleted.some((line) => before.test(line)),
  );
  return isDropped ? { detail: "an error that was looked at is thrown away", isBroad: false } : null;
}
