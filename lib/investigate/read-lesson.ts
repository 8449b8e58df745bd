import type { LessonAttempt, LessonCorrection } from "./lesson-model.ts";

/** What a lesson says before anybody corrected it. */
export interface WrittenLesson {
  outcome: string;
  cause: string | null;
  summary: string;
  fixFiles: string[];
  attempts: LessonAttempt[];
  corrections: LessonCorrection[];
}

export interface ReadLesson {
  outcome: string;
  cause: string | null;
  summary: string;
  fixFiles: string[];
  /** Who corrected it last, and when; null: nobody. */
  corrected: { by: string; at: string } | null;
  /** It had ended, and came back: by what happened, whatever was corrected before that. */
  hasRegressed: boolean;
}

/** A lesson as it holds: what people said differently goes over what was written, the latest word last. */
export function readLesson(lesson: WrittenLesson): ReadLesson {
  const { cause, summary, fixFiles } = lesson;
  const written = { outcome: lesson.outcome, cause, summary, fixFiles };
  const said = lesson.corrections.reduce<Omit<ReadLesson, "corrected" | "hasRegressed">>(
    (so, { changes }) => ({
      outcome: changes.outcome ?? so.outcome,
      cause: changes.cause ?? so.cause,
      summary: changes.summary ?? so.summary,
      fixFiles: changes.fixFiles ?? so.fixFiles,
    }),
    written,
  );
  const last = lesson.corrections.at(-1);
  return {
    ...said,
    corrected: last ? { by: last.by, at: last.at } : null,
    hasRegressed: lesson.outcome === "regressed" || said.outcome === "regressed",
  };
}
