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
  const baseline = decision === null ? (before?.baseline ?? null) : decision.baseline;
  return {
    ...group.name,
    from,
    to,
    ...figuresOf(group.stats),
    baseline,
    ratio: baseline === null ? null : round(group.stats.p95Ms / baseline.p95Ms, 2),
    release: releases[0]?.release ?? null,
    releases: releases.slice(0, MOST_RELEASES),
    traceUrl: details?.traceUrl ?? before?.traceUrl ?? null,
    spansUrl: details?.spansUrl ?? before?.spansUrl ?? null,
    isSlow: decision !== null,
    toldP95Ms: before?.toldP95Ms ?? round(group.stats.p95Ms, 1),
  };
}
