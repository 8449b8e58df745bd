import type { FileChange } from "./diff-model.ts";

export interface AnswerFacts {
  item: { kind: string; path: string | null; line: number | null };
  /** What the round changed, on top of the commit that the item was about. */
  files: readonly FileChange[];
}

export type AnswerOutcome = "changed_here" | "changed_file" | "changed_elsewhere";

/** A remark on a line is met when the lines right beside it changed too. */
const BESIDE = 2;

/** What a round did about one item, as its diff shows. Only what changed the very place counts as met. */
export function decideAnswer({ item, files }: AnswerFacts): AnswerOutcome {
  if (item.path === null) return "changed_elsewhere";
  const touched = files.filter((file) => file.oldPath === item.path || file.newPath === item.path);
  if (touched.length === 0) return "changed_elsewhere";
  const { line } = item;
  // A comment on a whole file names no line.
  if (line === null || touched.some((file) => file.kind === "deleted")) return "changed_here";
  return touched.some((file) => file.hunks.some((hunk) => isTouched(hunk, line))) ? "changed_here" : "changed_file";
}

/** Whether the hunk changes `line` of the old side, or a line right beside it. */
function isTouched(hunk: FileChange["hunks"][number], line: number): boolean {
  let at = hunk.oldStart;
  for (const { op } of hunk.lines) {
    if (op !== " " && Math.abs(at - line) <= BESIDE) return true;
    if (op !== "+") at += 1;
  }
  return false;
}
