import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * The outbox. States: pending (to be published or run), published (the broker has it), running (leased), done, dead.
 * `key` makes a job unique while it waits: the same thing asked for twice is done once. A running job does not block its
 * key, so that what happens meanwhile gets a run of its own.
 */
export const jobs = pgTable(
  "jobs",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
    key: text(),
    state: text().notNull(),
    runAt: instant("run_at").notNull(),
    attempts: integer().notNull().default(0),
    maxAttempts: integer("max_attempts").notNull(),
    leaseUntil: instant("lease_until"),
    publishedAt: instant("published_at"),
    messageId: text("message_id"),
    lastError: text("last_error"),
    parentJobId: text("parent_job_id"),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    uniqueIndex("jobs_key_waiting").on(t.key).where(sql`${t.state} in ('pending', 'published')`),
    // Jobs of one key never run side by side: that is what keeps "look for it, else make it" safe within a verb.
    uniqueIndex("jobs_key_running").on(t.key).where(sql`${t.state} = 'running'`),
    index("jobs_due").on(t.runAt).where(sql`${t.state} = 'pending'`),
    // Not on the state alone: then the look for a running job of one key could take this index, and read all of it.
    index("jobs_leased").on(t.leaseUntil).where(sql`${t.state} = 'running' and ${t.leaseUntil} is not null`),
    index("jobs_sent").on(t.publishedAt).where(sql`${t.state} = 'published'`),
  ],
);

/** One row for each job whose effects were committed, written in the same transaction as they: effects happen once. */
export const jobRuns = pgTable("job_runs", {
  jobId: text("job_id").primaryKey(),
  name: text().notNull(),
  finishedAt: instant("finished_at").notNull(),
});
