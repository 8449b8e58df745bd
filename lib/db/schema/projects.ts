import { boolean, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** One production that we watch. The first one is described by the environment, more are rows. */
export const projects = pgTable("projects", {
  id: text().primaryKey(),
  slug: text().notNull().unique(),
  name: text().notNull(),
  settings: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  createdAt: instant("created_at").notNull(),
});

/** The kill switch, one row a project; a missing row means running. */
export const controls = pgTable("controls", {
  projectId: text("project_id")
    .primaryKey()
    .references(() => projects.id),
  isStopped: boolean("is_stopped").notNull(),
  reason: text(),
  changedBy: text("changed_by").notNull(),
  changedAt: instant("changed_at").notNull(),
});
