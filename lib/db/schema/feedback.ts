import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
import type { FeedbackKind, FeedbackState, FeedbackVerdict } from "../../repair/feedback-model.ts";
import { instant } from "./columns.ts";
import { incidents } from "./incidents.ts";
import { repairRuns } from "./repair.ts";

/** What was said of our pull requests, each version of it once: the id is made of the provider's own and what it says. */
export const feedbackItems = pgTable(
  "feedback_items",
  {
    id: text().primaryKey(),
    projectId: text("project_id").notNull(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    pullNumber: integer("pull_number").notNull(),
    kind: text().$type<FeedbackKind>().notNull(),
    externalId: text("external_id").notNull(),
    author: text().notNull(),
    authorKind: text("author_kind").$type<"person" | "bot" | "host">().notNull(),
    permission: text().notNull(),
    verdict: text().$type<FeedbackVerdict>().notNull(),
    reason: text().notNull(),
    state: text().$type<FeedbackState>().notNull(),
    /** As a person would see it, redacted and bounded. */
    text: text().notNull(),
    url: text(),
    reviewId: text("review_id"),
    threadId: text("thread_id"),
    path: text(),
    line: integer(),
    /** The round that has it, or had it. */
    runId: text("run_id").references(() => repairRuns.id),
    /** What came of it, and the answer was written. */
    outcome: text(),
    answeredAt: instant("answered_at"),
    /** When it was said, by the provider's clock. */
    saidAt: instant("said_at").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [index("feedback_items_pull").on(t.incidentId, t.pullNumber)],
);
