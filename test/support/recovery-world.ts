import { decideRecovery } from "../../lib/recovery/decide-recovery.ts";
import { type RecoveryFacts, type RecoveryVerdict, recoveryFactsSchema } from "../../lib/recovery/model.ts";

/** A seeded source of numbers in [0, 1) (mulberry32), so that a simulation can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface World {
  /** Events an hour before the repair, on average. */
  rate: number;
  /** What part of the rate the repaired release still has. */
  ratio: number;
  baselineHours: number;
  /** 0 is flat; 0.8 swings between 20 % and 180 % over the day. */
  rhythm?: number;
  /** Mean events in one clump (geometric, or all the same size), spread over `clumpMinutes`. */
  clump?: number;
  evenClumps?: boolean;
  clumpMinutes?: number;
  sessions?: boolean;
  /** The part of the traffic that stays after the deployment. */
  trafficSince?: number;
  stragglersPerHour?: number;
  /** The window before begins at the first event, as it does for a young incident. */
  beginsAtFirstEvent?: boolean;
  policy?: Record<string, unknown>;
}

const SESSIONS_PER_EVENT = 50;
const START = Date.UTC(2026, 0, 5);

export interface Outcome {
  verdict: RecoveryVerdict;
  hours: number;
  looks: number;
  eventsBefore: number;
}

/** Lives one incident through until the verdict is no longer "wait", looking exactly when the verdict says. */
export function liveThrough(world: World, random: () => number): Outcome {
  const exponential = () => -Math.log(1 - random());
  const phase = random() * 24;
  const level = (hour: number) => 1 + (world.rhythm ?? 0) * Math.sin((2 * Math.PI * (hour + phase)) / 24);
  const clump = world.clump ?? 1;
  const traffic = (hour: number) => level(hour) * (hour >= 0 ? (world.trafficSince ?? 1) : 1);
  const top = (1 + (world.rhythm ?? 0)) * Math.max(1, world.trafficSince ?? 1);

  const spread = (world.clumpMinutes ?? 5) / 60;
  const perHour = (scale: number) => ((world.rate * scale) / clump) * top;
  /** Clumps that begin in [from, to), with their events, some of which may come after `to`. */
  const clumpsIn = (from: number, to: number, scale: number): number[] => {
    const times: number[] = [];
    for (let hour = from + exponential() / perHour(scale); hour < to; hour += exponential() / perHour(scale)) {
      if (random() * top > traffic(hour)) continue;
      times.push(hour);
      const size = world.evenClumps
        ? clump
        : 1 + Math.floor(clump === 1 ? 0 : Math.log(1 - random()) / Math.log(1 - 1 / clump));
      for (let event = 1; event < size; event++) times.push(hour + random() * spread);
    }
    return times;
  };

  let begin = -world.baselineHours;
  const before = clumpsIn(begin - spread, 0, 1).filter((hour) => hour >= begin && hour < 0);
  if (world.beginsAtFirstEvent && before.length > 0) begin = Math.min(...before);
  const sinceEvents = world.ratio > 0 ? clumpsIn(-spread, 0, world.ratio).filter((hour) => hour > 0) : [];
  let known = 0;
  const sessionsOf = (from: number, to: number) => {
    let sum = 0;
    for (let hour = Math.floor(from); hour < to; hour++) {
      const part = Math.min(to, hour + 1) - Math.max(from, hour);
      const mean = world.rate * SESSIONS_PER_EVENT * traffic(hour + 0.5) * part;
      sum += Math.max(0, Math.round(mean + Math.sqrt(mean) * (random() + random() + random() - 1.5) * 2));
    }
    return sum;
  };
  const hours = -begin;
  const bucket = (times: number[], from: number, length: number) => {
    const counts = new Array<number>(length).fill(0);
    for (const time of times) {
      const index = Math.floor(time - from);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    return counts;
  };
  const length = Math.ceil(hours);
  const hourlySessions = world.sessions
    ? Array.from({ length }, (_, index) => sessionsOf(begin + index, Math.min(0, begin + index + 1)))
    : null;
  const sinceSessions: number[] = [];
  const base = {
    incident: {
      firstSeenAt: new Date(START + begin * 3.6e6).toISOString(),
      lastSeenAt: new Date(START + Math.max(begin, ...before) * 3.6e6).toISOString(),
    },
    baseline: {
      events: before.length,
      hours,
      sessions: hourlySessions?.reduce((a, b) => a + b, 0) ?? null,
      hourly: bucket(before, begin, length),
      hourlySessions,
    },
    repair: { mergedAt: new Date(START - 6e5).toISOString(), sha: "a".repeat(40) },
    deployment: { state: "READY", readyAt: new Date(START).toISOString(), containsRepair: true },
    health: "pass",
    sentryStatus: "unresolved",
    policy: world.policy ?? null,
  };
  let now = 0;
  let partialStreak = 0;
  for (let looks = 1; ; looks++) {
    if (world.ratio > 0) for (const time of clumpsIn(known, now, world.ratio)) sinceEvents.push(time);
    known = now;
    for (let hour = sinceSessions.length; hour + 1 <= now; hour++) sinceSessions.push(sessionsOf(hour, hour + 1));
    const partial = sessionsOf(Math.floor(now), now);
    const all = world.sessions ? [...sinceSessions, ...(now % 1 > 0 ? [partial] : [])] : null;
    const seen = sinceEvents.filter((time) => time <= now);
    const facts: RecoveryFacts = recoveryFactsSchema.parse({
      ...base,
      now: START + now * 3.6e6,
      since: {
        events: seen.length,
        eventsOnOldReleases: Math.round(now * (world.stragglersPerHour ?? 0)),
        hours: now,
        sessions: all?.reduce((a, b) => a + b, 0) ?? null,
        hourly: bucket(seen, 0, Math.ceil(now)),
        hourlySessions: all,
      },
      history: { attempts: 1, partialStreak },
    });
    const verdict = decideRecovery(facts);
    if (verdict.action !== "wait" || looks > 2000) return { verdict, hours: now, looks, eventsBefore: before.length };
    partialStreak = verdict.partialStreak;
    now = (Date.parse(verdict.recheckAt ?? "") - START) / 3.6e6;
  }
}
