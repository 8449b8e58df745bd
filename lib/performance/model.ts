import * as z from "zod";

/** When something counts as slow; part of the operator's policy. */
export const slowPolicySchema = z.strictObject({
  /** Whether the schedule looks by itself; `patchpilot performance` always can. */
  isWatched: z.boolean().default(true),
  /** How much of the time until now is looked at. */
  windowHours: z
    .number()
    .positive()
    .max(7 * 24)
    .default(6),
  /** How many earlier weeks' same hours make the baseline. */
  baselineWeeks: z.number().int().min(1).max(4).default(4),
  /** Fewer samples than this decide nothing, in the window or in a week of the baseline. */
  minSamples: z.number().int().min(2).default(20),
  /** A p95 under this is no matter for an incident. */
  thresholdMs: z.number().positive().default(1_000),
  /** How many times the baseline's p95 counts as regressed. */
  regressionRatio: z.number().min(1).default(1.5),
  /** How many times the threshold, where there is no baseline. */
  withoutBaselineFactor: z.number().min(1).default(2),
  ops: z
    .array(z.string().regex(/^[\w.-]+$/))
    .min(1)
    .default(["http.server", "http.client", "db", "db.query", "pageload", "navigation", "queue.process", "function"]),
  /** Pages of 100 groups that one question reads. */
  maxPages: z.number().int().min(1).max(20).default(3),
  /** New incidents of one look; the worst come first, the others at the next look. */
  maxNewIncidents: z.number().int().min(1).default(5),
  /** Whether a regression is investigated and repaired like an error, where STAGE allows it. */
  repairs: z.boolean().default(false),
});
export type SlowPolicy = z.infer<typeof slowPolicySchema>;

/** What makes spans the same work, by name. */
export interface SpanKey {
  transaction: string;
  op: string;
  description: string;
}

/** A group of spans, measured over some time. Durations are milliseconds. */
export interface SpanStats extends SpanKey {
  count: number;
  p50Ms: number;
  p75Ms: number;
  p95Ms: number;
  p99Ms: number;
  totalMs: number;
  /** False where the source extrapolated from so few samples that it does not trust its own figure. */
  isConfident: boolean;
}

export interface BaselineWeek {
  weeksAgo: number;
  count: number;
  p95Ms: number;
}

/** The same hours of earlier weeks: measured, not there, or not to be had. The last is never taken for the second. */
export type BaselineFacts =
  | { type: "known"; weeks: readonly BaselineWeek[] }
  | { type: "none"; reason: string }
  | { type: "unknown"; reason: string };

export interface ReleaseShare {
  release: string;
  count: number;
  p95Ms: number;
}

/** The numbers of a performance incident, as they were measured last; kept on the incident. */
export interface SlowMeasure extends SpanKey {
  /** The group as the source knows it; the names beside it are for people. */
  key?: SpanKey;
  from: string;
  to: string;
  count: number;
  p50Ms: number;
  p75Ms: number;
  p95Ms: number;
  p99Ms: number;
  totalMs: number;
  /** Median and worst p95 of the earlier weeks. */
  baseline: { p95Ms: number; slowestP95Ms: number; weeks: number; samples: number } | null;
  ratio: number | null;
  /** The slowest release with a fair share of the samples, and all of them, most samples first. */
  release: string | null;
  releases: ReleaseShare[];
  /** One of the slowest traces, and the spans in the source's explorer. */
  traceUrl: string | null;
  spansUrl: string | null;
  /** Whether it still counted as slow at the last look. */
  isSlow: boolean;
  /** The p95 that was told last: the next one is told when it differs enough. */
  toldP95Ms: number;
}
