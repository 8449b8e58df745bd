import * as z from "zod";

const line = (max: number) => z.string().trim().min(1).max(max);
const lines = (count: number, max: number) => z.array(line(max)).max(count).default([]);

/** What a worker means to do about an issue, before it does anything. Every list and text has its limit. */
export const planSchema = z.object({
  /** What will be different for those who use it, in one or two sentences. */
  goal: line(600),
  /** How anybody can tell that it is done. */
  acceptanceCriteria: z.array(line(400)).min(1).max(12),
  /** Paths in the repository that will be added or changed, tests apart. */
  files: lines(40, 300),
  /** What the tests will show. */
  tests: lines(12, 400),
  risk: z.enum(["low", "medium", "high"]),
  kind: z.enum(["bug", "feature", "chore"]),
  /** What stands in the way of beginning at all. */
  blockers: lines(8, 400),
  /** What only people can answer. */
  questions: lines(8, 400),
});
export type Plan = z.infer<typeof planSchema>;

/** The issue that a run is for, and what people said on it; data, never instructions. */
export const handedIssueSchema = z.object({
  number: z.number().int(),
  url: z.string(),
  title: z.string().max(300),
  author: z.string().max(100),
  body: z.string().max(16_000),
  comments: z.array(z.object({ author: z.string().max(100), text: z.string().max(2_000) })).max(20),
});
export type HandedIssue = z.infer<typeof handedIssueSchema>;

/** How an issue was handed over; kept on its incident. `plan`: whatever the plan is, a person approves it. */
export const requestSchema = z.object({ mode: z.enum(["plan", "implement"]), askedBy: z.string() });
export type RequestMode = z.infer<typeof requestSchema>["mode"];
