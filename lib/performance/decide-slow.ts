import type { Priority, Severity } from "../triage/model.ts";
import type { BaselineFacts, BaselineWeek, SlowMeasure, SlowPolicy, SpanStats } from "./model.ts";
import { renderMs, renderTimes } from "./render-slow.ts";

export type NotSlowReason =
  | "few_samples"
  | "unsure_samples"
  | "under_threshold"
  | "not_regressed"
  | "no_baseline"
  | "baseline_unknown";

export interface SlowFinding {
  type: "slow";
  reason: "regressed" | "slow_without_baseline";
  baseline: SlowMeasure["baseline"];
  ratio: number | null;
  priority: Priority;
  severity: Severity;
  score: number;
  worthRepair: boolean;
  reasons: string[];
}

export type SlowDecision = SlowFinding | { type: "not_slow"; reason: NotSlowReason; detail: string };

/** Points of a finding. Production still answers, so the most is P1; what got here deserves a look this week, P2. */
const BASE_POINTS = 30;
const POINTS_PER_DOUBLING = { overThreshold: 12, overBaseline: 10 };
const MOST_DOUBLINGS = 4;
const POINTS_PER_TENFOLD_SAMPLES = 5;
const P1_POINTS = 65;

const no = (reason: NotSlowReason, detail: string): SlowDecision => ({ type: "not_slow", reason, detail });

/** Why a group cannot be slow whatever it was before, or null: what is asked before any baseline is read. */
export function decideCandidate(
  now: SpanStats,
  policy: SlowPolicy,
): { type: "not_slow"; reason: NotSlowReason; detail: string } | null {
  const deny = (reason: NotSlowReason, detail: string) => ({ type: "not_slow", reason, detail }) as const;
  if (now.p95Ms < policy.thresholdMs) {
    return deny(
      "under_threshold",
      `p95 ${renderMs(now.p95Ms)} is under the threshold of ${renderMs(policy.thresholdMs)}`,
    );
  }
  if (now.count < policy.minSamples) {
    const samples = now.count === 1 ? "1 sample" : `${now.count} samples`;
    return deny("few_samples", `p95 ${renderMs(now.p95Ms)}, but of ${samples} where ${policy.minSamples} are needed`);
  }
  if (!now.isConfident) {
    return deny("unsure_samples", `p95 ${renderMs(now.p95Ms)}, extrapolated from too few samples to be trusted`);
  }
  return null;
}

/**
 * Whether a group of spans is slow, and how bad. Where earlier weeks are known it must be over the threshold, regressed
 * against their median and worse than the worst of them; where they are known to hold nothing, over a stricter threshold.
 * A baseline that could not be read proves neither, so nothing is found.
 */
export function decideSlow(now: SpanStats, baseline: BaselineFacts, policy: SlowPolicy): SlowDecision {
  const denied = decideCandidate(now, policy);
  if (denied !== null) return denied;
  if (baseline.type === "unknown") return no("baseline_unknown", `the earlier weeks are not known: ${baseline.reason}`);
  if (baseline.type === "none") return withoutBaseline(now, baseline.reason, policy);
  const weeks = baseline.weeks.filter((week) => week.count >= policy.minSamples && week.p95Ms > 0);
  if (weeks.length === 0) return withoutBaseline(now, "no earlier week has enough samples in these hours", policy);
  return againstBaseline(now, weeks, policy);
}

function againstBaseline(now: SpanStats, weeks: readonly BaselineWeek[], policy: SlowPolicy): SlowDecision {
  const p95Ms = medianOf(weeks.map((week) => week.p95Ms));
  const slowestP95Ms = Math.max(...weeks.map((week) => week.p95Ms));
  const ratio = now.p95Ms / p95Ms;
  if (ratio < policy.regressionRatio) {
    const needed = renderTimes(policy.regressionRatio);
    return no(
      "not_regressed",
      `p95 ${renderMs(now.p95Ms)} is ${renderTimes(ratio)} the usual, and ${needed} is needed`,
    );
  }
  if (now.p95Ms <= slowestP95Ms) {
    return no(
      "not_regressed",
      `p95 ${renderMs(now.p95Ms)} is not over the ${renderMs(slowestP95Ms)} of an earlier week`,
    );
  }
  const samples = weeks.reduce((sum, week) => sum + week.count, 0);
  const count = weeks.length === 1 ? "an earlier week" : `${weeks.length} earlier weeks`;
  const reason = `${renderTimes(ratio)} the usual p95 of ${renderMs(p95Ms)} (same hours of ${count}, worst ${renderMs(slowestP95Ms)})`;
  return {
    ...judge(now, ratio, reason, policy),
    reason: "regressed",
    baseline: { p95Ms, slowestP95Ms, weeks: weeks.length, samples },
    ratio,
    worthRepair: true,
  };
}

function withoutBaseline(now: SpanStats, why: string, policy: SlowPolicy): SlowDecision {
  const strictMs = policy.thresholdMs * policy.withoutBaselineFactor;
  if (now.p95Ms < strictMs) {
    return no("no_baseline", `p95 ${renderMs(now.p95Ms)}; ${why}, so ${renderMs(strictMs)} would be needed`);
  }
  return {
    ...judge(now, null, `no baseline: ${why}; judged by the stricter threshold of ${renderMs(strictMs)} alone`, policy),
    reason: "slow_without_baseline",
    baseline: null,
    ratio: null,
    worthRepair: false,
  };
}

function judge(now: SpanStats, ratio: number | null, compared: string, policy: SlowPolicy) {
  const doublings = (times: number) => Math.min(MOST_DOUBLINGS, Math.max(0, Math.log2(times)));
  const over = now.p95Ms / policy.thresholdMs;
  const points =
    BASE_POINTS +
    POINTS_PER_DOUBLING.overThreshold * doublings(over) +
    (ratio === null ? 0 : POINTS_PER_DOUBLING.overBaseline * doublings(ratio)) +
    POINTS_PER_TENFOLD_SAMPLES * Math.log10(now.count / policy.minSamples);
  const score = Math.min(100, Math.round(points * 10) / 10);
  const isHigh = score >= P1_POINTS;
  return {
    type: "slow" as const,
    priority: isHigh ? ("P1" as const) : ("P2" as const),
    severity: isHigh ? ("high" as const) : ("medium" as const),
    score,
    reasons: [
      `p95 ${renderMs(now.p95Ms)} over ${now.count} samples, and the threshold is ${renderMs(policy.thresholdMs)}`,
      compared,
      `half of them take ${renderMs(now.p50Ms)} or longer`,
    ],
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? upper;
  return (lower + upper) / 2;
}
