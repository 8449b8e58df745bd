import { boolean, doublePrecision, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { Brief, RunBudget, RunReport } from "../../repair/model.ts";
import { instant } from "./columns.ts";
import { incidents } from "./incidents.ts";

/** One attempt at a repair by one worker. Only the hash of the one-time run token is kept. */
export const repairRuns = pgTable(
  "repair_runs",
  {
    id: text().primaryKey(),
    projectId: text("project_id").notNull(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    attempt: integer().notNull(),
    taskKind: text("task_kind").notNull(),
    state: text().notNull(),
    profile: text().notNull(),
    tokenHash: text("token_hash"),
    baseBranch: text("base_branch").notNull(),
    baseSha: text("base_sha").notNull(),
    brief: jsonb().$type<Brief>().notNull(),
    budget: jsonb().$type<RunBudget>().notNull(),
    runnerId: text("runner_id"),
    phase: text(),
    claims: integer().notNull().default(0),
    leaseUntil: instant("lease_until"),
    report: jsonb().$type<RunReport>(),
    gate: jsonb().$type<Record<string, unknown>>(),
    branch: text(),
    commitSha: text("commit_sha"),
    reason: text(),
    costUsd: doublePrecision("cost_usd"),
    createdAt: instant("created_at").notNull(),
    claimedAt: instant("claimed_at"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    uniqueIndex("repair_runs_attempt").on(t.incidentId, t.attempt),
    index("repair_runs_queue").on(t.state, t.createdAt),
  ],
);

export const pullRequests = pgTable(
  "pull_requests",
  {
    id: text().primaryKey(),
    projectId: text("project_id").notNull(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    runId: text("run_id")
      .notNull()
      .references(() => repairRuns.id),
    number: integer().notNull(),
    url: text().notNull(),
    branch: text().notNull(),
    headSha: text("head_sha").notNull(),
    state: text().notNull(),
    isDraft: boolean("is_draft").notNull(),
    isVerifiedCommit: boolean("is_verified_commit").notNull(),
    mergedAt: instant("merged_at"),
    mergeSha: text("merge_sha"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("pull_requests_number").on(t.projectId, t.number),
    index("pull_requests_incident").on(t.incidentId),
  ],
);
