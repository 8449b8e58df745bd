import { index, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import type { ApprovalKind, ApprovalState, ApprovalSubject } from "../../recovery/approval-model.ts";
import { instant } from "./columns.ts";
import { incidents } from "./incidents.ts";

/** What is offered to people and done on their word alone: each row is good for one word, until `expiresAt`. */
export const approvals = pgTable(
  "approvals",
  {
    id: text().primaryKey(),
    projectId: text("project_id").notNull(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    kind: text().$type<ApprovalKind>().notNull(),
    state: text().$type<ApprovalState>().notNull(),
    /** What a person quotes to approve it: the id and a signature over what is approved. */
    token: text().notNull(),
    fromDeploymentId: text("from_deployment_id").notNull(),
    toDeploymentId: text("to_deployment_id").notNull(),
    subject: jsonb().$type<ApprovalSubject>().notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    approvedAt: instant("approved_at"),
    approvedBy: text("approved_by"),
    /** When the provider was asked, and when traffic was seen to have moved. */
    movedAt: instant("moved_at"),
    servedAt: instant("served_at"),
    /** How it ended, in words. */
    outcome: text(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [index("approvals_incident").on(t.incidentId, t.createdAt)],
);
