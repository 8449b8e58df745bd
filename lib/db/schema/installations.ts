import { pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * Which organisation an installation of our integration belongs to: only the installation's own webhooks say so, all
 * others carry just its id. A uuid is never used again, so what was uninstalled stays a row, and stays uninstalled.
 */
export const installations = pgTable(
  "installations",
  {
    projectId: text("project_id").notNull(),
    source: text().notNull(),
    installationId: text("installation_id").notNull(),
    organization: text(),
    firstToldAt: instant("first_told_at").notNull(),
    uninstalledAt: instant("uninstalled_at"),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.source, t.installationId] })],
);
