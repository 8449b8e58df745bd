import { pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Up to where a source has been read by polling. It only moves past what was stored. */
export const cursors = pgTable(
  "cursors",
  {
    projectId: text("project_id").notNull(),
    source: text().notNull(),
    position: text().notNull(),
    /** The source asked to be left alone until then. */
    retryAt: instant("retry_at"),
    /** Why the last look did not get through, or null when it did. */
    fault: text(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.source] })],
);
