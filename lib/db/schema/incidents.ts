import { bigserial, boolean, index, integer, jsonb, pgTable, serial, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { Signature } from "../../incidents/read-signature.ts";
import { instant } from "./columns.ts";

/** One thing that is wrong in production. `identityKey` is what makes it the same one; see intake/decide-first-step.ts. */
export const incidents = pgTable(
  "incidents",
  {
    id: text().primaryKey(),
    number: serial().notNull(),
    /** No foreign key: an alert is stored even where the project's row is not there yet. */
    projectId: text("project_id").notNull(),
    identityKey: text("identity_key").notNull(),
    source: text().notNull(),
    kind: text().notNull(),
    state: text().notNull(),
    title: text().notNull(),
    culprit: text(),
    level: text().notNull(),
    environment: text(),
    release: text(),
    sourceIssueId: text("source_issue_id"),
    sourceShortId: text("source_short_id"),
    sourceUrl: text("source_url"),
    priority: text(),
    severity: text(),
    worthRepair: boolean("worth_repair"),
    events: integer(),
    users: integer(),
    firstSeenAt: instant("first_seen_at").notNull(),
    lastSeenAt: instant("last_seen_at").notNull(),
    /** Set when the incident was reopened: the time of the first event that counts as this occurrence. */
    reopenedAt: instant("reopened_at"),
    reopenedCount: integer("reopened_count").notNull().default(0),
    /** The incident that this one is a symptom of; it is then worked on there, and only there. */
    causeId: text("cause_id"),
    causeReason: text("cause_reason"),
    /** By which problems that begin together are told to be one; see incidents/read-signature.ts. */
    signature: jsonb().$type<Signature>(),
    /** Nothing is told or done about it until then. */
    snoozedUntil: instant("snoozed_until"),
    /** Since when, and by whom, no repair of it is started, handed out or published; null: none of that is held. */
    pausedAt: instant("paused_at"),
    pausedBy: text("paused_by"),
    /** Numbers of a performance incident, as they were measured. */
    measure: jsonb().$type<Record<string, unknown>>(),
    triage: jsonb().$type<Record<string, unknown>>(),
    investigation: jsonb().$type<Record<string, unknown>>(),
    attempts: integer().notNull().default(0),
    partialStreak: integer("partial_streak").notNull().default(0),
    nextCheckAt: instant("next_check_at"),
    issueNumber: integer("issue_number"),
    issueUrl: text("issue_url"),
    /** The issue was there before, written by somebody else: its title and body are theirs. */
    isIssueForeign: boolean("is_issue_foreign").notNull().default(false),
    /** Raised by one with every change: writes are conditional on the version that was read. */
    version: integer().notNull().default(1),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    closedAt: instant("closed_at"),
  },
  (t) => [
    uniqueIndex("incidents_identity").on(t.projectId, t.identityKey),
    uniqueIndex("incidents_number").on(t.number),
    index("incidents_state").on(t.projectId, t.state, t.updatedAt),
    index("incidents_cause").on(t.causeId),
    index("incidents_created").on(t.projectId, t.createdAt),
    index("incidents_issue").on(t.projectId, t.issueNumber),
  ],
);

/** What happened, in order, and why: the audit of an incident. Rows are only ever added. */
export const timeline = pgTable(
  "timeline",
  {
    seq: bigserial({ mode: "number" }).primaryKey(),
    id: text().notNull(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    at: instant("at").notNull(),
    actor: text().notNull(),
    kind: text().notNull(),
    summary: text().notNull(),
    detail: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    url: text(),
  },
  (t) => [index("timeline_incident").on(t.incidentId, t.seq)],
);
