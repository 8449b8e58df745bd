import { doublePrecision, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { FindingKind, FindingState, ProposedReview, ReviewState, Severity, Side } from "../../review/model.ts";
import type { PendingReply, ReviewOutcome } from "../../review/outcome-model.ts";
import { instant } from "./columns.ts";

/** One head of a pull request: whether and how it was reviewed. There is one row a head, so there is one review a head. */
export const reviews = pgTable(
  "reviews",
  {
    id: text().primaryKey(),
    projectId: text("project_id").notNull(),
    repository: text().notNull(),
    pullNumber: integer("pull_number").notNull(),
    headSha: text("head_sha").notNull(),
    state: text().$type<ReviewState>().notNull(),
    /** What led to it. */
    trigger: text(),
    /** Login of who asked for it; null: nobody did. */
    askedBy: text("asked_by"),
    /** Why it waits, was skipped, is stale or failed, or why it is not posted yet. */
    reason: text(),
    /** What the first pass proposed; the second one tries to refute it. */
    draft: jsonb().$type<ProposedReview>(),
    /** What was decided, as far as it has to be told. */
    outcome: jsonb().$type<ReviewOutcome>(),
    url: text(),
    summaryUrl: text("summary_url"),
    /** Since when this is the head, as far as we were told. */
    headSeenAt: instant("head_seen_at").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    /** When its reading began: from then on it counts as one of the pull request's reviews. */
    begunAt: instant("begun_at"),
    postedAt: instant("posted_at"),
  },
  (t) => [
    uniqueIndex("reviews_head").on(t.projectId, t.repository, t.pullNumber, t.headSha),
    index("reviews_sha").on(t.projectId, t.headSha),
    index("reviews_created").on(t.projectId, t.createdAt),
  ],
);

/** A remark of a review about one place. It stays one row while later heads are reviewed, until it is settled. */
export const reviewFindings = pgTable(
  "review_findings",
  {
    /** What the comment on the host is found by again. */
    id: text().primaryKey(),
    reviewId: text("review_id")
      .notNull()
      .references(() => reviews.id),
    projectId: text("project_id").notNull(),
    repository: text().notNull(),
    pullNumber: integer("pull_number").notNull(),
    key: text().notNull(),
    state: text().$type<FindingState>().notNull(),
    path: text().notNull(),
    side: text().$type<Side>().notNull(),
    startLine: integer("start_line"),
    line: integer().notNull(),
    anchor: text().notNull(),
    severity: text().$type<Severity>().notNull(),
    confidence: doublePrecision().notNull(),
    kind: text().$type<FindingKind>().notNull(),
    title: text().notNull(),
    why: text().notNull(),
    suggestion: text(),
    /** Why it is listed only, was dropped, resolved or dismissed. */
    reason: text(),
    /** What is to be said in its thread; null: nothing. */
    reply: jsonb().$type<PendingReply>(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    /** When its thread was told that the code is mended. */
    toldAt: instant("told_at"),
  },
  (t) => [
    uniqueIndex("review_findings_key").on(t.reviewId, t.key),
    index("review_findings_pull").on(t.projectId, t.repository, t.pullNumber),
  ],
);

/** The first answer to an issue: at most one an issue, ever. */
export const issueAnswers = pgTable(
  "issue_answers",
  {
    projectId: text("project_id").notNull(),
    repository: text().notNull(),
    issueNumber: integer("issue_number").notNull(),
    state: text().$type<"ready" | "posted" | "skipped">().notNull(),
    /** Why it was skipped, or is not posted yet. */
    reason: text(),
    body: text(),
    url: text(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.repository, t.issueNumber] })],
);
