import * as z from "zod";
import type { Price } from "../llm/model.ts";

/** What a model answers with when it is done. Limits of size are kept by `decide-report`, where they can be said. */
export const proposedReportSchema = z.object({
  rootCause: z.string().nullable().describe("Why it broke, in one to three sentences; null when you do not know."),
  confidence: z.number().describe("From 0 to 1: how sure the evidence makes you."),
  evidence: z
    .array(z.object({ path: z.string(), line: z.number(), quote: z.string() }))
    .describe("Lines that you read with read_file, quoted exactly, that show the cause."),
  ruledOut: z.array(z.string()).describe("Other explanations, each with what refutes it."),
  suggestedFix: z.string().nullable().describe("What to change, in words; null when you do not know."),
  testCases: z.array(z.string()).describe("Tests that would have caught it."),
  needsPerson: z.boolean().describe("Whether a person should look before anything is changed."),
});
export type ProposedReport = z.infer<typeof proposedReportSchema>;

/** What an investigator made of the facts: every quoted line was found in that file at that commit. One line each, redacted. */
export interface Report {
  /** null: it is not sure enough for anything to be asserted. */
  rootCause: string | null;
  /** From 0 to 1. */
  confidence: number;
  evidence: { path: string; line: number; quote: string }[];
  ruledOut: string[];
  suggestedFix: string | null;
  testCases: string[];
  /** A person should look before anything is changed. It changes nothing by itself. */
  needsPerson: boolean;
  /** What was dropped from the answer, and why. */
  notes: string[];
}

/** Text from outside that seems to give orders to whoever reads it. */
export interface Suspicion {
  /** Where it stands, in our words: `the error message`, `src/cart.js`. */
  where: string;
  sign: string;
  excerpt: string;
}

export const INQUIRY_ENDS = [
  "reported",
  "stopped",
  "out_of_steps",
  "out_of_tokens",
  "out_of_money",
  "out_of_daily_money",
  "out_of_time",
  "model_away",
  "model_refused",
  "no_answer",
] as const;
export type InquiryEnd = (typeof INQUIRY_ENDS)[number];

/** How a model's look at an incident ended, as it is kept with the investigation. */
export interface InquiryOutcome {
  inquiryId: string;
  end: InquiryEnd;
  /** Why, in one sentence for people. */
  detail: string;
  model: string;
  promptVersion: string;
  steps: number;
  tokens: number;
  /** null: the model's price is not known. */
  costUsd: number | null;
  report: Report | null;
}

export interface InquirySettings {
  maxSteps: number;
  maxTokens: number;
  maxUsd: number | null;
  dailyUsd: number | null;
  /** How long a repair waits for the model at most. */
  maxMinutes: number;
  maxOutputTokens: number;
  callSeconds: number;
  /** Below this no root cause is asserted. */
  minConfidence: number;
  prices: Readonly<Record<string, Price>>;
}

/** What each tool takes. All members are required: OpenAI's strict schemas know no optional ones. */
export const TOOL_INPUTS = {
  read_file: z.strictObject({
    path: z.string().describe("From the repository's root, as list and search name it."),
    from: z.number().nullable().describe("First line, counted from 1; null: the beginning."),
    to: z.number().nullable().describe("Last line; null: as far as one answer goes."),
  }),
  search_code: z.strictObject({ query: z.string().describe("A word or phrase as it stands in the code.") }),
  list_commits: z.strictObject({ path: z.string().nullable().describe("Of this file; null: of the repository.") }),
  read_event: z.strictObject({}),
  similar_incidents: z.strictObject({}),
} as const;
export type ToolName = keyof typeof TOOL_INPUTS;
