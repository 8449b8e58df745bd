import { index, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";
import { incidents } from "./incidents.ts";

/** What an ended incident taught. `tokens` are the names of its stack and error, for finding it again. */
export const lessons = pgTable(
  "lessons",
  {
    id: text().primaryKey(),
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
    fixFiles: jsonb("fix_files").$type<string[]>().notNull(),
    summary: text().notNull(),
    pullRequestUrl: text("pull_request_url"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("lessons_incident").on(t.incidentId),
    index("lessons_tokens").using("gin", t.tokens),
    index("lessons_project").on(t.projectId, t.createdAt),
  ],
);
