import { index, integer, jsonb, pgTable, primaryKey, serial, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { LessonAttempt, LessonCorrection } from "../../investigate/lesson-model.ts";
import { instant } from "./columns.ts";
import { incidents } from "./incidents.ts";

/** What an ended incident taught. `tokens` are the names of its stack and error, for finding it again. */
export const lessons = pgTable(
  "lessons",
  {
    id: text().primaryKey(),
    /** What `lesson_keys` names the lesson by; higher is newer. */
    seq: serial().notNull(),
    projectId: text("project_id").notNull(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    outcome: text().notNull(),
    errorType: text("error_type"),
    errorMessage: text("error_message"),
    /** In Sentry's order, the crash frame last. */
    frames: jsonb().$type<{ filename: string | null; function: string | null; inApp: boolean | null }[]>().notNull(),
    tokens: text().array().notNull(),
    /** Its rows in `lesson_keys`. */
    keys: integer().array().notNull().default([]),
    fixFiles: jsonb("fix_files").$type<string[]>().notNull(),
    /** Why it broke, as far as that was found. */
    cause: text(),
    /** What was tried, oldest first. */
    attempts: jsonb().$type<LessonAttempt[]>().notNull().default([]),
    /** Numbers of the last verdict. */
    verdict: jsonb().$type<Record<string, unknown>>(),
    summary: text().notNull(),
    pullRequestUrl: text("pull_request_url"),
    /** What people said differently, oldest first: it goes over the columns when the lesson is read, and no later write touches it. */
    corrections: jsonb().$type<LessonCorrection[]>().notNull().default([]),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("lessons_incident").on(t.incidentId),
    uniqueIndex("lessons_seq").on(t.seq),
    index("lessons_project").on(t.projectId, t.createdAt),
  ],
);

/**
 * Which lessons share a part of their sketch (lib/investigate/read-sketch.ts): one short row a lesson and part, read
 * newest first and only so far, whatever the store's size. Written and removed together with the lesson's `keys`.
 */
export const lessonKeys = pgTable(
  "lesson_keys",
  {
    key: integer().notNull(),
    seq: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.key, t.seq] })],
);
