import type { Executor } from "../db/database.ts";
import type { EventExcerpt } from "../intake/model.ts";
import { decideLessonWeight } from "./decide-lesson-weight.ts";
import type { RecalledLesson } from "./lesson-model.ts";
import type { Lesson } from "./model.ts";
import { rankLessons } from "./rank-lessons.ts";
import { readLesson } from "./read-lesson.ts";
import { tokensOf } from "./read-tokens.ts";
import { renderLesson } from "./render-lesson.ts";
import { findSimilarLessons, type LessonRow } from "./store.ts";

/** So many are compared in full, types and crash frames included, and so many are told. */
const COMPARED = 12;
const TOLD = 5;

/**
 * What earlier incidents of a project taught that is like this event. `files` are the repository's paths, null where they
 * are not known. The incident's own lesson is left out: its attempts are told as such.
 */
export async function recallLessons(
  db: Executor,
  of: { projectId: string; incidentId: string; event: EventExcerpt | null; files: readonly string[] | null },
): Promise<{ told: RecalledLesson[]; facts: Lesson[] }> {
  if (of.event === null) return { told: [], facts: [] };
  const found = await findSimilarLessons(db, of.projectId, tokensOf(of.event), COMPARED);
  const others = found.filter((lesson) => lesson.incidentId !== of.incidentId);
  const ranked = rankLessons(of.event, others, TOLD);
  const files = of.files && ranked.length > 0 ? new Set(of.files) : null;
  return {
    told: ranked.map(({ lesson, likeness, matched }) => recall(lesson, likeness, matched, files)),
    facts: ranked.map(({ lesson }) => factsOf(lesson)),
  };
}

function recall(
  lesson: LessonRow,
  likeness: number,
  matched: string[],
  files: ReadonlySet<string> | null,
): RecalledLesson {
  const said = readLesson(lesson);
  const outcome = said.hasRegressed ? "regressed" : said.outcome;
  const { stale } = decideLessonWeight({ ...said, outcome }, files && ((path) => files.has(path)));
  const failed = lesson.attempts.filter((attempt) => attempt.outcome === "failed");
  const { id: lessonId, incidentId, pullRequestUrl } = lesson;
  const { summary, cause, fixFiles, corrected } = said;
  const rounded = Math.round(likeness * 100) / 100;
  const lines = renderLesson({ outcome, summary, matched, failed, stale, corrected });
  return {
    lessonId,
    incidentId,
    outcome,
    summary,
    pullRequestUrl,
    cause,
    fixFiles,
    likeness: rounded,
    matched,
    stale,
    lines,
  };
}

function factsOf(lesson: LessonRow): Lesson {
  const said = readLesson(lesson);
  return {
    errorType: lesson.errorType,
    errorMessage: lesson.errorMessage,
    frames: lesson.frames.map((frame) => ({ ...frame, absPath: null, line: null, column: null })),
    fixFiles: said.fixFiles,
    outcome: said.hasRegressed ? "regressed" : said.outcome,
  };
}
