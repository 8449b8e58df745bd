import type { Period } from "./model.ts";
import { correctRhythm, countSlots, createIntegral, lnShares, slotOf } from "./read-rhythm.ts";
import { type Rhythm, rhythmsAfter, SPREADS, TWO_DAYS } from "./rhythm-model.ts";

/** One belief of how much the failing path was, and will be, used. Exposures are in a unit of its own; hours count from the deployment. */
export interface Belief {
  lnPrior: number;
  /** ln of how well it explains the shares that the hours before had, if events came one by one; 0 where nothing is known. */
  lnFit: number;
  /** The same of the hours since. */
  lnFitSince: number;
  /** Use does not go up and down over the day. */
  isFlat: boolean;
  before: number;
  /** Until a moment not before now; what lies ahead is forecast. */
  since: (hours: number) => number;
  /** The same if traffic, from now on, is at least what it was before. */
  sinceAtOldTraffic: (hours: number) => number;
  /** The exposure that each of the hourly counts before had. */
  perHourBefore: number[] | null;
  perHourSince: number[] | null;
}

/**
 * How much the failing path was exposed before and since. By `sessions` where both periods know them: a repair is not proven by a night, nor by users who went
 * away. Otherwise by time, weighed by a daily rhythm that is not known for sure: every rhythm that the counts leave possible is a belief.
 */
export interface Exposure {
  unit: "sessions" | "hours";
  beliefs: Belief[];
  /** The hourly counts before that fit to the period's length; null where there are none. */
  hourly: number[] | null;
}

export function readExposure(before: Period, since: Period): Exposure {
  const hourly = usableHourly(before);
  const sessionsBefore = totalSessions(before);
  const sessionsSince = totalSessions(since);
  if (sessionsBefore !== null && sessionsBefore > 0 && sessionsSince !== null) {
    return {
      unit: "sessions",
      hourly,
      beliefs: bySessions(before, since, hourly, { before: sessionsBefore, since: sessionsSince }),
    };
  }
  return { unit: "hours", hourly, beliefs: byRhythm(before, since, hourly) };
}

/** Counts of a length that cannot be that of the period are no counts of it. */
function usableHourly({ hourly, hours }: Period): number[] | null {
  if (hourly === null || hourly.length < 2 || hourly.length > hours + 2) return null;
  return hourly.some((count) => count > 0) ? hourly : null;
}

function totalSessions(period: Period): number | null {
  return period.sessions ?? period.hourlySessions?.reduce((sum, count) => sum + count, 0) ?? null;
}

/** What the exposure was is known. How it was spread over the hours before, and will go on, is a rhythm to guess where there are no sessions by the hour. */
function bySessions(
  before: Period,
  since: Period,
  hourly: number[] | null,
  total: { before: number; since: number },
): Belief[] {
  const oldRate = total.before / Math.max(before.hours, 1 / 60);
  const lengths = hourly === null ? null : hourLengths(hourly, before.hours);
  const profile = dailyProfile(before, since);
  const known = before.hourlySessions;
  const isKnown = hourly !== null && known?.length === hourly.length;
  // An event is proof of a session, whatever the sessions' source says.
  const now = Math.max(total.since, Math.min(1, since.events));
  const rhythms = readRhythms(SPREADS, hourly, lengths);
  const possible = profile === null && !isKnown ? rhythms : rhythms.slice(0, 1);
  return possible.map(({ lnPrior, lnFit, weights }, index): Belief => {
    const integral = createIntegral(profile ?? weights.map((weight) => weight * oldRate));
    const usualSince = integral(since.hours);
    const trend = clamp((total.since + oldRate) / (usualSince + oldRate), 0.25, 4);
    const ahead = (scale: number) => (hours: number) => now + scale * Math.max(0, integral(hours) - usualSince);
    return {
      lnPrior,
      lnFit,
      lnFitSince: 0,
      isFlat: profile === null ? index === 0 : isFlat(profile),
      before: total.before,
      since: ahead(trend),
      sinceAtOldTraffic: ahead(Math.max(1, trend)),
      perHourBefore: isKnown ? known : spreadBy(weights, lengths, -(lengths?.length ?? 0)),
      perHourSince: since.hourlySessions ?? spreadBy(weights, hoursSince(since), 0),
    };
  });
}

/** The parts of an hour that the counts since stand for; the last one ends now. */
function hoursSince({ hourly, hours }: Period): number[] | null {
  return hourly?.map((_, index) => clamp(hours - index, 0, 1)) ?? null;
}

function spreadBy(weights: readonly number[], lengths: readonly number[] | null, from: number): number[] | null {
  return lengths?.map((length, index) => length * (weights[slotOf(index + from)] ?? 1)) ?? null;
}

function isFlat(profile: readonly number[]): boolean {
  return Math.max(...profile) * profile.length < 1.5 * sumOf(profile);
}

/** Sessions by hour of the day, hours counted from the deployment; null when less than a day is known. */
function dailyProfile(before: Period, since: Period): number[] | null {
  const old = before.hourlySessions ?? [];
  if (old.length < 24) return null;
  const sums = new Array<number>(24).fill(0);
  const days = new Array<number>(24).fill(0);
  const add = (hour: number, count: number) => {
    const slot = slotOf(hour);
    sums[slot] = (sums[slot] ?? 0) + count;
    days[slot] = (days[slot] ?? 0) + 1;
  };
  for (const [index, count] of old.entries()) add(index - old.length, count);
  const whole = since.hourlySessions?.slice(0, Math.floor(since.hours)) ?? [];
  for (const [index, count] of whole.entries()) add(index, count);
  return sums.map((sum, slot) => sum / Math.max(1, days[slot] ?? 1));
}

function byRhythm(before: Period, since: Period, hourly: number[] | null): Belief[] {
  const lengths = hourly === null ? null : hourLengths(hourly, before.hours);
  const ended = hoursSince(since);
  return readRhythms(rhythmsAfter(before.hours), hourly, lengths).map(
    ({ lnPrior, lnFit, shape, weights, ofFirstHour }, index) => {
      const integral = createIntegral(weights, ofFirstHour);
      const perHourSince = ended?.map((length, hour) => integral(hour + length) - integral(hour)) ?? null;
      // Whatever is left of the rate, the hours since share it as the day has it.
      const level = perHourSince?.map((exposure, hour) => exposure / (ended?.[hour] || 1)) ?? [];
      const lnFitSince = lnShares(level, since.hourly ?? [], ended ?? []);
      // What each hour of the day was seen but once for is no check of what it was corrected by.
      const checked = before.hours < TWO_DAYS ? shape : weights;
      return {
        lnPrior,
        lnFit,
        lnFitSince,
        isFlat: index === 0,
        before: integral(-before.hours),
        since: integral,
        sinceAtOldTraffic: integral,
        perHourBefore: spreadBy(checked, lengths, -(lengths?.length ?? 0)),
        perHourSince,
      };
    },
  );
}

interface Fitted extends Rhythm {
  lnFit: number;
  /** The weights before they were corrected. */
  shape: readonly number[];
}

/** Less likely than this (ln) against the best, with twice the dispersion that it leaves, a rhythm is left out. */
const LN_OUT = -12;

/** The rhythms that the counts leave possible with how well each fits, the flat one first; the others corrected by what each hour of the day had. */
function readRhythms(rhythms: readonly Rhythm[], hourly: number[] | null, lengths: number[] | null): Fitted[] {
  const fitted = rhythms.map((rhythm) => ({ ...rhythm, shape: rhythm.weights, lnFit: 0 }));
  if (hourly === null || lengths === null) return fitted;
  const slots = countSlots(hourly, lengths);
  const fits = rhythms.map(({ weights }) => lnShares(weights, slots.events, slots.hours));
  const bestFit = Math.max(...fits);
  const dispersion = dispersionOver(rhythms[fits.indexOf(bestFit)]?.weights ?? [], hourly, lengths);
  return fitted.flatMap((rhythm, index) => {
    const lnFit = fits[index] ?? 0;
    if (index === 0) return [rhythm];
    if ((lnFit - bestFit) / (2 * dispersion) < LN_OUT) return [];
    return [{ ...rhythm, lnFit, weights: correctRhythm(rhythm.weights, slots, 10 * dispersion) }];
  });
}

/** How much wider the counts spread than single events would, at least 1. */
function dispersionOver(weights: readonly number[], hourly: number[], lengths: number[]): number {
  const parts = lengths.map((length, index) => length * (weights[slotOf(index - lengths.length)] ?? 1));
  const scale = sumOf(hourly) / sumOf(parts);
  const chi = hourly.reduce((sum, count, index) => {
    const mean = Math.max((parts[index] ?? 1) * scale, 1e-9);
    return sum + (count - mean) ** 2 / mean;
  }, 0);
  return Math.max(1, chi / (hourly.length - 1));
}

/**
 * The part of an hour that each count stands for. Where the period has no whole number of hours, either the first or the last count is of a part:
 * the smaller one.
 */
export function hourLengths(hourly: readonly number[], hours: number): number[] {
  const lengths = new Array<number>(hourly.length).fill(1);
  const part = hours - Math.floor(hours);
  if (hourly.length !== Math.ceil(hours) || part < 1e-6) return lengths;
  lengths[(hourly[0] ?? 0) < (hourly.at(-1) ?? 0) ? 0 : lengths.length - 1] = part;
  return lengths;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
