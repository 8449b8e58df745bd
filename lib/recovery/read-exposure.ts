import type { Period } from "./model.ts";

/**
 * How much the failing path was exposed before and since, in one unit, and how that will go on. `hours` counts time; `rhythm` counts time weighed by the
 * daily rhythm of the error itself; `sessions` counts sessions.
 */
export interface Exposure {
  unit: "sessions" | "hours" | "rhythm";
  before: number;
  since: number;
  /** The exposure that each hour of the baseline's `hourly` counts had; null where there are no such counts. */
  perHourBefore: number[] | null;
  /** Hours from now until `more` has been added, if traffic goes on as it does by the time of day; Infinity when that takes over a year. */
  hoursUntil: (more: number) => number;
  /** The same at the traffic of before, whatever it is now. */
  hoursUntilAtOldTraffic: (more: number) => number;
}

const HOURS_AHEAD = 24 * 366;

/** The best unit that both periods know. A repair is not proven by a night, nor by users who went away. */
export function readExposure(before: Period, since: Period): Exposure {
  const sessionsBefore = totalSessions(before);
  const sessionsSince = totalSessions(since);
  if (sessionsBefore !== null && sessionsBefore > 0 && sessionsSince !== null) {
    return bySessions(before, since, sessionsBefore, sessionsSince);
  }
  return byHours(before, since);
}

function totalSessions(period: Period): number | null {
  return period.sessions ?? period.hourlySessions?.reduce((sum, count) => sum + count, 0) ?? null;
}

function bySessions(before: Period, since: Period, total: number, sinceTotal: number): Exposure {
  const oldRate = total / Math.max(before.hours, 1 / 60);
  const profile = dailyProfile(before, since);
  const usual = profile ?? (() => oldRate);
  const usualSince = sumOver(usual, 0, since.hours);
  const trend = clamp((sinceTotal + oldRate) / (usualSince + oldRate), 0.25, 4);
  const hourly = before.hourly;
  const known = before.hourlySessions;
  const perHour =
    hourly === null ? null : known?.length === hourly.length ? known : spread(hourly.length, before.hours, total);
  return {
    unit: "sessions",
    before: total,
    // An event is proof of a session, whatever the sessions' source says.
    since: Math.max(sinceTotal, Math.min(1, since.events)),
    perHourBefore: perHour,
    hoursUntil: (more) => hoursUntil((hour) => usual(hour) * trend, since.hours, more),
    hoursUntilAtOldTraffic: (more) => hoursUntil((hour) => usual(hour) * Math.max(1, trend), since.hours, more),
  };
}

/** Sessions by hour of the day, hours counted from the deployment; null when less than a day is known. */
function dailyProfile(before: Period, since: Period): ((hour: number) => number) | null {
  const old = before.hourlySessions ?? [];
  if (old.length < 24) return null;
  const sums = new Array<number>(24).fill(0);
  const days = new Array<number>(24).fill(0);
  const add = (hour: number, count: number) => {
    const slot = ((hour % 24) + 24) % 24;
    sums[slot] = (sums[slot] ?? 0) + count;
    days[slot] = (days[slot] ?? 0) + 1;
  };
  for (const [index, count] of old.entries()) add(index - old.length, count);
  const whole = since.hourlySessions?.slice(0, Math.floor(since.hours)) ?? [];
  for (const [index, count] of whole.entries()) add(index, count);
  return (hour) => (sums[hour % 24] ?? 0) / Math.max(1, days[hour % 24] ?? 1);
}

function byHours(before: Period, since: Period): Exposure {
  const weight = errorRhythm(before.hourly);
  const of = weight ?? (() => 1);
  const hourly = before.hourly;
  const flat = hourly === null ? null : spread(hourly.length, before.hours, before.hours);
  return {
    unit: weight === null ? "hours" : "rhythm",
    before: before.hours,
    since: sumOver(of, 0, since.hours),
    perHourBefore: flat?.map((part, index) => part * of(index - flat.length)) ?? null,
    hoursUntil: (more) => hoursUntil(of, since.hours, more),
    hoursUntilAtOldTraffic: (more) => hoursUntil(of, since.hours, more),
  };
}

/**
 * The daily rhythm of the error's own counts, as the weight of an hour (1 on average): one harmonic of 24 hours over whole days, drawn towards flat by how
 * surely it is there (Rayleigh's statistic over the counts' dispersion). Null when under two days are known or no rhythm shows.
 */
function errorRhythm(hourly: number[] | null): ((hour: number) => number) | null {
  const days = Math.floor((hourly?.length ?? 0) / 24);
  if (hourly === null || days < 2) return null;
  const counts = hourly.slice(-24 * days);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total < 20) return null;
  const angle = (hour: number) => (2 * Math.PI * (hour + 0.5)) / 24;
  const cosine = counts.reduce((sum, count, index) => sum + count * Math.cos(angle(index)), 0) / total;
  const sine = counts.reduce((sum, count, index) => sum + count * Math.sin(angle(index)), 0) / total;
  const mean = total / counts.length;
  const amplitude = 2 * Math.hypot(cosine, sine);
  const phase = Math.atan2(sine, cosine);
  const fitted = (hour: number) => mean * Math.max(0.1, 1 + amplitude * Math.cos(angle(hour) - phase));
  const dispersion = Math.max(
    1,
    counts.reduce((sum, count, index) => sum + (count - fitted(index)) ** 2 / fitted(index), 0) / (counts.length - 3),
  );
  const shrink = Math.max(0, 1 - 8 / ((total * amplitude ** 2) / (2 * dispersion)));
  if (shrink === 0) return null;
  return (hour) => Math.max(0.1, 1 + shrink * amplitude * Math.cos(angle(hour) - phase));
}

/** `total` over `length` hours of which the last may be partial. */
function spread(length: number, hours: number, total: number): number[] {
  const last = hours > length - 1 && hours < length ? hours - (length - 1) : 1;
  const all = length - 1 + last;
  return Array.from({ length }, (_, index) => (total * (index === length - 1 ? last : 1)) / Math.max(hours, all));
}

/** The integral of a rate that is constant within each hour since the deployment. */
function sumOver(rate: (hour: number) => number, from: number, to: number): number {
  let sum = 0;
  for (let hour = Math.floor(from); hour < to; hour++)
    sum += rate(hour) * (Math.min(to, hour + 1) - Math.max(from, hour));
  return sum;
}

function hoursUntil(rate: (hour: number) => number, from: number, more: number): number {
  let left = more;
  let at = from;
  while (at < from + HOURS_AHEAD) {
    const next = Math.floor(at) + 1;
    const gain = rate(Math.floor(at)) * (next - at);
    if (gain >= left && gain > 0) return at - from + (left / gain) * (next - at);
    left -= gain;
    at = next;
  }
  return Number.POSITIVE_INFINITY;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
