import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** The storm breaker of a project. Open: triage goes on, repairs wait. A missing row means that it never opened. */
export const breakers = pgTable("breakers", {
  projectId: text("project_id").primaryKey(),
  openedAt: instant("opened_at").notNull(),
  closedAt: instant("closed_at"),
  reason: text().notNull(),
  incidents: integer().notNull(),
  /** The incident that opened it: the one that people are told of. */
  trippedBy: text("tripped_by").notNull(),
  closedBy: text("closed_by"),
});
