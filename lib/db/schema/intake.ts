import { sql } from "drizzle-orm";
import { index, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import type { Signal } from "../../intake/model.ts";
import { instant } from "./columns.ts";

/**
 * A webhook as we read it. Its id follows from project, source and dedupe key (`idFrom`), which is what makes a second
 * delivery of the same thing a duplicate; the alerts of an incident are counted by these rows, so that no alert has to
 * update a shared counter.
 */
export const deliveries = pgTable(
  "deliveries",
  {
    id: text().primaryKey(),
    projectId: text("project_id").notNull(),
    source: text().notNull(),
    dedupeKey: text("dedupe_key").notNull(),
    resource: text().notNull(),
    outcome: text().notNull(),
    reason: text().notNull(),
    signal: jsonb().$type<Signal>(),
    incidentId: text("incident_id"),
    /** How we learnt of it: a webhook, or a poll that found what no webhook brought. */
    via: text().notNull().default("webhook"),
    receivedAt: instant("received_at").notNull(),
  },
  (t) => [
    index("deliveries_incident").on(t.incidentId, t.receivedAt),
    index("deliveries_received").on(t.projectId, t.receivedAt),
    index("deliveries_polled").on(t.projectId, t.receivedAt).where(sql`${t.via} = 'poll'`),
  ],
);
