import * as z from "zod";

/**
 * How what a lesson tells of ended. recovered: proven. escalated: handed to a person after attempts, or without one.
 * unfixable: every worker that looked found nothing to change. false_alarm: a person said that it does not matter.
 * regressed: it had ended, and came back.
 */
export const LESSON_OUTCOMES = ["recovered", "escalated", "unfixable", "false_alarm", "regressed"] as const;
export const lessonOutcomeSchema = z.enum(LESSON_OUTCOMES);
export type LessonOutcome = z.infer<typeof lessonOutcomeSchema>;

/** One attempt at a repair; `why` is why it failed, null for the one that helped. */
export const lessonAttemptSchema = z.object({
  attempt: z.number().int(),
  outcome: z.enum(["helped", "failed"]),
  why: z.string().nullable(),
  files: z.array(z.string()),
  pullRequestUrl: z.string().nullable(),
});
export type LessonAttempt = z.infer<typeof lessonAttemptSchema>;

/** What a person may say differently. */
export const lessonChangesSchema = z
  .strictObject({
    cause: z.string().trim().min(1).max(500).optional(),
    outcome: lessonOutcomeSchema.optional(),
    summary: z.string().trim().min(1).max(1_000).optional(),
    fixFiles: z.array(z.string().trim().min(1).max(500)).max(50).optional(),
  })
  .refine(
    ({ cause, outcome, summary, fixFiles }) => [cause, outcome, summary, fixFiles].some((one) => one !== undefined),
    "names nothing to correct",
  );
export type LessonChanges = z.infer<typeof lessonChangesSchema>;

/** A person's correction, kept with who and when. */
export const lessonCorrectionSchema = z.object({
  at: z.string(),
  by: z.string(),
  reason: z.string().nullable(),
  changes: lessonChangesSchema,
});
export type LessonCorrection = z.infer<typeof lessonCorrectionSchema>;

/** A lesson as an investigation keeps it. The first four are all that those of before had. */
export interface RecalledLesson {
  incidentId: string;
  outcome: string;
  summary: string;
  pullRequestUrl: string | null;
  lessonId?: string;
  cause?: string | null;
  fixFiles?: string[];
  /** Share of names that both stacks have, 0..1. */
  likeness?: number;
  /** Why it is thought to be alike. */
  matched?: string[];
  /** Why it is not to be trusted as it stands, or null. */
  stale?: string | null;
  /** All of this for people and workers; see render-lesson.ts. */
  lines?: string[];
}

const verdictSchema = z.record(z.string(), z.unknown());

/** A lesson as operators see it: what holds, and by whom it was corrected. */
export const lessonViewSchema = z.object({
  id: z.string(),
  incidentId: z.string(),
  outcome: z.string(),
  errorType: z.string().nullable(),
  errorMessage: z.string().nullable(),
  cause: z.string().nullable(),
  summary: z.string(),
  fixFiles: z.array(z.string()),
  attempts: z.array(lessonAttemptSchema),
  verdict: verdictSchema.nullable(),
  pullRequestUrl: z.string().nullable(),
  corrections: z.array(lessonCorrectionSchema),
  createdAt: z.iso.datetime(),
});
export type LessonView = z.infer<typeof lessonViewSchema>;

/** How long and how many lessons are kept. */
export const memoryPolicySchema = z.strictObject({
  /** A lesson that was written longer ago is forgotten. */
  keepDays: z.number().int().min(1).max(3_650).default(730),
  /** Of more than this many the oldest are forgotten. */
  maxLessons: z.number().int().min(1).max(1_000_000).default(20_000),
});
export type MemoryPolicy = z.infer<typeof memoryPolicySchema>;
