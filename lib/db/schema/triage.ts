import { bigserial, boolean, doublePrecision, index, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";
import { incidents } from "./incidents.ts";

/** What people said differently of an incident's triage. Rows are only added; an incident's newest one holds. */
export const triageCorrections = pgTable(
  "triage_corrections",
  {
    seq: bigserial({ mode: "number" }).primaryKey(),
    projectId: text("project_id").notNull(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    at: instant("at").notNull(),
    by: text().notNull(),
    reason: text().notNull(),
    /** null: triage judges by itself again. */
    priority: text(),
    /** null: as triage judges it. */
    worthRepair: boolean("worth_repair"),
    /** What triage had said by itself when it was corrected. */
    automaticPriority: text("automatic_priority").notNull(),
    automaticWorthRepair: boolean("automatic_worth_repair"),
    automaticScore: doublePrecision("automatic_score"),
  },
  (t) => [index("triage_corrections_incident").on(t.incidentId, t.seq)],
);
