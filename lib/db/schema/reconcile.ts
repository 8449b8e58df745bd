import { pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Up to where a source has been read by polling. It only moves past what was stored. */
export const cursors = pgTable(
  "cursors",
  {
    projectId: text("project_id").notNull(),
    source: text().notNull(),
    position: text().notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.source] })],
);
