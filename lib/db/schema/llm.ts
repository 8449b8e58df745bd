import { doublePrecision, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { InquiryOutcome, Suspicion } from "../../investigate/inquiry-model.ts";
import type { Message } from "../../llm/model.ts";
import { instant } from "./columns.ts";
import { incidents } from "./incidents.ts";

/**
 * The ledger: one row for each call of a model, written before it is made. States: reserved (an upper bound; what a crash
 * leaves stays one), settled (by the provider's own figures), refused (the provider answered with an error and billed
 * nothing).
 */
export const modelCalls = pgTable(
  "model_calls",
  {
    id: text().primaryKey(),
    projectId: text("project_id").notNull(),
    incidentId: text("incident_id"),
    runId: text("run_id"),
    /** What the call belongs to, such as an inquiry: limits of steps, tokens and money are counted over it. */
    session: text().notNull(),
    purpose: text().notNull(),
    model: text().notNull(),
    prompt: text().notNull(),
    promptVersion: text("prompt_version").notNull(),
    promptSections: text("prompt_sections").array().notNull(),
    state: text().notNull(),
    reservedTokens: integer("reserved_tokens").notNull(),
    /** null: the price is not known. */
    reservedUsd: doublePrecision("reserved_usd"),
    inputTokens: integer("input_tokens"),
    cacheReadTokens: integer("cache_read_tokens"),
    cacheWriteTokens: integer("cache_write_tokens"),
    outputTokens: integer("output_tokens"),
    costUsd: doublePrecision("cost_usd"),
    latencyMs: integer("latency_ms"),
    /** How it ended: the kind of answer, or an error's code. */
    finish: text(),
    createdAt: instant("created_at").notNull(),
    settledAt: instant("settled_at"),
  },
  (t) => [
    index("model_calls_session").on(t.session),
    index("model_calls_day").on(t.projectId, t.createdAt),
    index("model_calls_incident").on(t.incidentId),
  ],
);

/** A model's look at one occurrence of an incident: the conversation so far, and how it ended. */
export const inquiries = pgTable(
  "inquiries",
  {
    id: text().primaryKey(),
    incidentId: text("incident_id")
      .notNull()
      .references(() => incidents.id),
    /** Which occurrence, at which commit: looked at once, however often its facts are gathered. */
    subject: text().notNull(),
    /** Random; marks what is data in the conversation. */
    mark: text().notNull(),
    state: text().notNull(),
    /** Raised by one with every step that is kept: a step that was overtaken is dropped. */
    turn: integer().notNull().default(0),
    messages: jsonb().$type<Message[]>().notNull(),
    /** What gave orders in what the model was shown. */
    suspicions: jsonb().$type<Suspicion[]>().notNull().default([]),
    outcome: jsonb().$type<InquiryOutcome>(),
    startedAt: instant("started_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [uniqueIndex("inquiries_subject").on(t.incidentId, t.subject)],
);
