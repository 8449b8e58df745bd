import type { EventBucket, IssueStats } from "../investigate/ports.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Fewer whole days than this are no baseline. */
const LEAST_DAYS = 3;

/** Events an hour as they are now and as they usually are; null where that is not known. */
export interface EventRates {
  recentEventsPerHour: number | null;
  baselineEventsPerHour: number | null;
}

const sum = (buckets: readonly EventBucket[]) => buckets.reduce((total, { events }) => total + events, 0);

/**
 * Reads an issue's rates from its source's own counts. Now: this hour and the one before, over the time that they have
 * lasted. Usual: the whole days between the first event and yesterday, so that neither the burst itself nor the days
 * before the error existed are in it.
 */
export function decideRates(
  stats: IssueStats | undefined,
  { firstSeenAt, now }: { firstSeenAt: string; now: string },
): EventRates {
  if (stats === undefined) return { recentEventsPerHour: null, baselineEventsPerHour: null };
  const nowMs = Date.parse(now);
  const latest = stats.hours.filter(({ startMs }) => startMs <= nowMs).slice(-2);
  const hours = (nowMs - (latest[0]?.startMs ?? nowMs)) / HOUR_MS;
  const days = stats.days.filter(
    ({ startMs }) => startMs >= Date.parse(firstSeenAt) && startMs + DAY_MS <= nowMs - DAY_MS,
  );
  return {
    recentEventsPerHour: hours >= 1 ? sum(latest) / hours : null,
    baselineEventsPerHour: days.length >= LEAST_DAYS ? sum(days) / (days.length * 24) : null,
  };
}
