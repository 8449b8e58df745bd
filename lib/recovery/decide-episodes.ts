import type { Period, RecoveryFacts } from "./model.ts";
import { type Belief, type Exposure, readExposure } from "./read-exposure.ts";

/** Facts in which what is counted are episodes, with the exposure in which one could begin. */
export interface Episodes {
  facts: RecoveryFacts;
  exposure: Exposure;
}

/** Fewer events in an hour that has some are no clumps to speak of. */
const EVENTS_AN_HOUR = 2;
/** Where more of all hours have events, clumps run into each other and their number cannot be told. */
const MOST_ACTIVE = 0.8;

/**
 * The same facts with each run of hours that had events counted as one, in its first hour, however many events it had: where clumps are rare, how often one
 * begins says more than how large they are. While a run lasts no other can begin, so its further hours are no exposure either, before and since alike. Null
 * where clumps are not rare, or not everything is known by the hour; decided by the period before alone, as what came since must not choose its measure.
 */
export function toEpisodes(facts: RecoveryFacts): Episodes | null {
  const before = usable(facts.baseline);
  const since = facts.since.events === 0 ? [] : usable(facts.since);
  if (before === null || since === null) return null;
  const active = before.filter((count) => count > 0).length;
  if (facts.baseline.events < EVENTS_AN_HOUR * active || active > MOST_ACTIVE * before.length) return null;
  const episodes = {
    ...facts,
    baseline: { ...facts.baseline, ...countStarts(before) },
    since: { ...facts.since, ...countStarts(since) },
  };
  const exposure = readExposure(episodes.baseline, episodes.since);
  const beliefs = exposure.beliefs.map((belief) => exposeStarts(belief, { before, since, hours: facts.since.hours }));
  return { facts: episodes, exposure: { ...exposure, beliefs } };
}

function usable({ hourly, hours, events }: Period): number[] | null {
  return hourly === null || hourly.length > hours + 2 || (events > 0 && !hourly.some((count) => count > 0))
    ? null
    : hourly;
}

function isGoingOn(counts: readonly number[], index: number): boolean {
  return (counts[index - 1] ?? 0) > 0;
}

function countStarts(counts: readonly number[]): { events: number; hourly: number[] } {
  const hourly = counts.map((count, index) => (count > 0 && !isGoingOn(counts, index) ? 1 : 0));
  return { events: hourly.filter((start) => start > 0).length, hourly };
}

function exposeStarts(
  belief: Belief,
  { before, since, hours }: { before: readonly number[]; since: readonly number[]; hours: number },
): Belief {
  const perHourBefore = expose(belief.perHourBefore, before);
  const perHourSince = since.length === 0 ? belief.perHourSince : expose(belief.perHourSince, since);
  const lost = (1 - share(perHourSince, belief.perHourSince)) * belief.since(hours);
  return {
    ...belief,
    before: belief.before * share(perHourBefore, belief.perHourBefore),
    since: (until) => belief.since(until) - lost,
    sinceAtOldTraffic: (until) => belief.sinceAtOldTraffic(until) - lost,
    perHourBefore,
    perHourSince,
  };
}

function expose(perHour: readonly number[] | null, counts: readonly number[]): number[] | null {
  return perHour?.map((exposure, index) => (isGoingOn(counts, index) ? 0 : exposure)) ?? null;
}

function share(part: readonly number[] | null, whole: readonly number[] | null): number {
  const sum = (values: readonly number[] | null) => values?.reduce((total, value) => total + value, 0) ?? 0;
  return sum(whole) > 0 ? sum(part) / sum(whole) : 1;
}
