import type { LessonAttempt } from "./lesson-model.ts";

export interface RenderedLesson {
  outcome: string;
  summary: string;
  matched: readonly string[];
  /** What was tried and did not help. */
  failed: readonly Pick<LessonAttempt, "attempt" | "why" | "files">[];
  stale: string | null;
  corrected: { by: string; at: string } | null;
}

const SHOWN_ATTEMPTS = 3;
const SHOWN_FILES = 5;

/**
 * A lesson in lines, for the issue, the worker's brief and a model: how it ended, why it is thought to be alike, what not
 * to repeat, and what speaks against it. Plain text, redacted when it was written; whoever shows it quiets it.
 */
export function renderLesson(lesson: RenderedLesson): string[] {
  const { outcome, summary, matched, failed, stale, corrected } = lesson;
  return [
    `${outcome}: ${summary}`,
    ...(matched.length > 0 ? [`Alike: ${matched.join("; ")}`] : []),
    ...failed.slice(-SHOWN_ATTEMPTS).map(renderFailed),
    ...(stale === null ? [] : [`Weighs less: ${stale}`]),
    ...(corrected === null ? [] : [`Corrected by ${corrected.by}, ${corrected.at.slice(0, 10)}`]),
  ];
}

function renderFailed({ attempt, why, files }: RenderedLesson["failed"][number]): string {
  const changed = files.slice(0, SHOWN_FILES).join(", ");
  return `Not to be repeated: attempt ${attempt}${changed ? ` (changed ${changed})` : ""} was tried and failed because ${why ?? "no reason was recorded"}`;
}
