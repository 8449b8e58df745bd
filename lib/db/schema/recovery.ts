import { index, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";
import { incidents } from "./incidents.ts";

/** What is known of a production deployment of the target. */
export const deployments = pgTable(
  "deployments",
  {
    id: text().primaryKey(),
    projectId: text("project_id").notNull(),
    deploymentId: text("deployment_id").notNull(),
    state: text().notNull(),
    sha: text(),
    ref: text(),
    url: text(),
    createdAt: instant("created_at").notNull(),
    readyAt: instant("ready_at"),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("deployments_foreign").on(t.projectId, t.deploymentId),
    index("deployments_ready").on(t.projectId, t.readyAt),
  ],
);

/** One look at whether production recovered: the facts as they were, and what was decided from them. */
export const verifications = pgTable(
  "verifications",
  {
    id: text().primaryKey(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    at: instant("at").notNull(),
    action: text().notNull(),
    facts: jsonb().$type<Record<string, unknown>>().notNull(),
    verdict: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (t) => [index("verifications_incident").on(t.incidentId, t.at)],
);
