import type { SlowFinding } from "./decide-slow.ts";
import type { Found, LeftOut, SlowLook } from "./look-model.ts";
import type { ReleaseShare, SlowMeasure, SpanStats } from "./model.ts";

const MOST_RELEASES = 5;

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

function figuresOf({ count, p50Ms, p75Ms, p95Ms, p99Ms, totalMs }: SpanStats) {
  return {
    count,
    p50Ms: round(p50Ms, 1),
    p75Ms: round(p75Ms, 1),
    p95Ms: round(p95Ms, 1),
    p99Ms: round(p99Ms, 1),
    totalMs: round(totalMs, 1),
  };
}

function roundBaseline(baseline: SlowMeasure["baseline"]): SlowMeasure["baseline"] {
  if (baseline === null) return null;
  const { p95Ms, slowestP95Ms, weeks, samples } = baseline;
  return { p95Ms: round(p95Ms, 1), slowestP95Ms: round(slowestP95Ms, 1), weeks, samples };
}

function ratioOf({ p95Ms }: SpanStats, decision: SlowFinding | null, baseline: SlowMeasure["baseline"]): number | null {
  if (decision !== null) return decision.ratio === null ? null : round(decision.ratio, 2);
  return baseline === null || baseline.p95Ms === 0 ? null : round(p95Ms / baseline.p95Ms, 2);
}

/** A release with less than this share of the samples is not blamed. */
const LEAST_SHARE = 0.1;

/** Shortly after a deployment most samples are still of the release before: the slowest with a fair share is the one. */
function slowestOf(releases: readonly ReleaseShare[]): ReleaseShare | undefined {
  const total = releases.reduce((sum, one) => sum + one.count, 0);
  return releases.filter((one) => one.count >= total * LEAST_SHARE).sort((a, b) => b.p95Ms - a.p95Ms)[0];
}

/**
 * The numbers of a group as they are kept on its incident. What was not asked for afresh (releases, links, and the
 * baseline of a group that is not slow any more) stays as it was.
 */
export function composeMeasure(
  group: Found | LeftOut,
  { from, to }: Pick<SlowLook, "from" | "to">,
  decision: SlowFinding | null,
  details: { releases: readonly ReleaseShare[]; traceUrl: string | null; spansUrl: string } | null,
  before: SlowMeasure | null,
): SlowMeasure {
  const releases = details?.releases ?? before?.releases ?? [];
  const baseline = decision === null ? (before?.baseline ?? null) : roundBaseline(decision.baseline);
  return {
    ...group.name,
    key: group.key,
    from,
    to,
    ...figuresOf(group.stats),
    baseline,
    ratio: ratioOf(group.stats, decision, baseline),
    release: slowestOf(releases)?.release ?? null,
    releases: releases.slice(0, MOST_RELEASES),
    traceUrl: details?.traceUrl ?? before?.traceUrl ?? null,
    spansUrl: details?.spansUrl ?? before?.spansUrl ?? null,
    isSlow: decision !== null,
    toldP95Ms: before?.toldP95Ms ?? round(group.stats.p95Ms, 1),
  };
}
