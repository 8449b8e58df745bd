import { decideRecovery } from "../../lib/recovery/decide-recovery.ts";
import { type RecoveryVerdict, recoveryFactsSchema } from "../../lib/recovery/model.ts";

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

/** How an error comes, and what is known of it. Times are hours; the deployment with the repair is at 0. */
export interface World {
  /** Events an hour before the repair, on average. */
  rate: number;
  /** What part of the rate the repaired release still has. */
  ratio: number;
  baselineHours: number;
  /** Traffic over the day, 1 on average: a sine between 20 % and 180 %, or a night of ten hours at 10 %. */
  rhythm?: "sine" | "night";
  /** The deployment comes as the night begins; otherwise at any hour. */
  isDeployedAtNight?: boolean;
  /** Events come in clumps of `mean`, each spread over `hours`; all of one size, geometric, or now and then very large. */
  clump?: { mean: number; hours: number; sizes: "even" | "geometric" | "heavy" };
  /** The part of the traffic that stays after the deployment. */
  trafficSince?: number;
  stragglersPerHour?: number;
  /** The window before begins at the first event, as it does for a young incident. */
  beginsAtFirstEvent?: boolean;
  hasHourly?: boolean;
  sessions?: "none" | "total" | "hourly";
  /** Looks at these steps, whatever the verdict asks for. */
  lookEveryMinutes?: number;
  policy?: Record<string, unknown>;
}

const SESSIONS_PER_EVENT = 50;
const START = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;
const MOST_LOOKS = 20_000;

export interface Outcome {
  verdict: RecoveryVerdict;
  /** When the verdict came. */
  hours: number;
  looks: number;
  eventsBefore: number;
  /** When Wald's test of 0.5 against 0.05 ends that knows the true rate and exposure, and how. */
  optimum: { hours: number; action: "close" | "retry" };
  /** What is said ten minutes after the deployment, when all that counts is whether there was an error since. */
  tenMinuteRule: "close" | "retry";
}

/** E[n²] / E[n] of the sizes of clumps: how many times wider counts spread than those of single events. */
export function dispersionOf({ clump }: Pick<World, "clump">): number {
  if (clump === undefined || clump.mean <= 1) return 1;
  if (clump.sizes === "even") return clump.mean;
  if (clump.sizes === "geometric") return 2 * clump.mean - 1;
  // Nine of ten are half as large, the tenth five and a half times.
  return clump.mean * (0.9 * 0.25 + 0.1 * 5.5 ** 2);
}

function drawSize({ clump }: World, random: () => number): number {
  if (clump === undefined || clump.mean <= 1) return 1;
  if (clump.sizes === "even") return clump.mean;
  if (clump.sizes === "heavy") return Math.max(1, Math.round(clump.mean * (random() < 0.1 ? 5.5 : 0.5)));
  return 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / clump.mean));
}

/** Traffic at an hour, 1 on average. */
function createTraffic({ rhythm, isDeployedAtNight, trafficSince }: World, random: () => number) {
  const phase = isDeployedAtNight ? 0 : random() * 24;
  const after = trafficSince ?? 1;
  return (hour: number): number => {
    const scale = hour >= 0 ? after : 1;
    const time = (((hour + phase) % 24) + 24) % 24;
    if (rhythm === "sine") return scale * (1 - 0.8 * Math.sin((2 * Math.PI * time) / 24));
    if (rhythm === "night") return scale * (time < 10 ? 0.1 : 23 / 14);
    return scale;
  };
}
type Traffic = ReturnType<typeof createTraffic>;

/** The times of events that clumps beginning in [from, to) have, in no order; some may come after `to`. */
function drawEvents(
  world: World,
  traffic: Traffic,
  random: () => number,
  span: { from: number; to: number; ratio: number },
) {
  const top = world.rhythm ? 1.9 : 1;
  const perHour =
    (world.rate * span.ratio * top * (span.from >= 0 ? (world.trafficSince ?? 1) : 1)) / (world.clump?.mean ?? 1);
  const times: number[] = [];
  if (perHour <= 0) return times;
  const step = () => -Math.log(1 - random()) / perHour;
  const ceiling = top * (span.from >= 0 ? (world.trafficSince ?? 1) : 1);
  for (let hour = span.from + step(); hour < span.to; hour += step()) {
    if (random() * ceiling > traffic(hour)) continue;
    times.push(hour);
    for (let event = drawSize(world, random); event > 1; event--)
      times.push(hour + random() * (world.clump?.hours ?? 0));
  }
  return times;
}

/** Sessions of an hour or a part of one: of all of it, as a night may begin within. */
function drawSessions(world: World, traffic: Traffic, random: () => number, from: number, to: number): number {
  const steps = 20;
  let level = 0;
  for (let step = 0; step < steps; step++) level += traffic(from + ((step + 0.5) / steps) * (to - from)) / steps;
  const mean = world.rate * SESSIONS_PER_EVENT * level * (to - from);
  const normal = (random() + random() + random() + random() - 2) * Math.sqrt(3);
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
}

function toHourly(times: readonly number[], from: number, to: number): number[] {
  const counts = new Array<number>(Math.ceil(to - from)).fill(0);
  for (const time of times) {
    const index = Math.floor(time - from);
    if (time < to && index >= 0) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The failing period, as the contract's `baseline`. */
function drawBaseline(world: World, traffic: Traffic, random: () => number) {
  let begin = -world.baselineHours;
  const spread = world.clump?.hours ?? 0;
  const events = drawEvents(world, traffic, random, { from: begin - spread, to: 0, ratio: 1 });
  const ongoing = events.filter((time) => time >= 0);
  const before = events.filter((time) => time >= begin && time < 0);
  if (world.beginsAtFirstEvent && before.length > 0) begin = Math.min(...before);
  const hourlySessions = Array.from({ length: Math.ceil(-begin) }, (_, index) =>
    drawSessions(world, traffic, random, begin + index, Math.min(0, begin + index + 1)),
  );
  const sessions = world.sessions ?? "none";
  return {
    begin,
    lastSeen: before.reduce((last, time) => Math.max(last, time), begin),
    /** Clumps that go on over the deployment do so as often as the repaired release still fails. */
    ongoing: ongoing.filter(() => random() < world.ratio),
    period: {
      events: before.length,
      hours: -begin,
      sessions: sessions === "none" ? null : sum(hourlySessions),
      hourly: world.hasHourly === false ? null : toHourly(before, begin, 0),
      hourlySessions: sessions === "hourly" ? hourlySessions : null,
    },
  };
}

/** The time since, drawn as far as it is looked at. */
function createSince(world: World, traffic: Traffic, random: () => number, ongoing: readonly number[]) {
  let known = 0;
  let pending = [...ongoing].sort((a, b) => a - b);
  const seen: number[] = [];
  const wholeHours: number[] = [];
  const extend = (to: number) => {
    if (to <= known) return;
    pending = [...pending, ...drawEvents(world, traffic, random, { from: known, to, ratio: world.ratio })].sort(
      (a, b) => a - b,
    );
    while ((pending[0] ?? Number.POSITIVE_INFINITY) <= to) seen.push(pending.shift() ?? 0);
    known = to;
  };
  const sessions = (to: number): number[] => {
    for (let hour = wholeHours.length; hour + 1 <= to; hour++)
      wholeHours.push(drawSessions(world, traffic, random, hour, hour + 1));
    const whole = Math.floor(to);
    return to > whole ? [...wholeHours.slice(0, whole), drawSessions(world, traffic, random, whole, to)] : wholeHours;
  };
  return { extend, seen, sessions };
}

/** Wald's test of 0.5 against 0.05 on single events at a known rate, under the true exposure. */
export function liveOptimum(world: World, random: () => number): { hours: number; action: "close" | "retry" } {
  const single: World = { ...world };
  delete single.clump;
  const traffic = createTraffic(world, random);
  const bound = Math.log(99);
  let ratio = 0;
  let hour = 0;
  while (Math.abs(ratio) < bound && hour < 1e5) {
    const rate = world.rate * traffic(hour);
    const step = Math.min(0.02 / Math.max(rate, 1e-6), 0.25 + 0.02 / world.rate);
    const gain = rate * step;
    const isEvent = random() < gain * world.ratio;
    ratio += 0.45 * gain - (isEvent ? Math.LN10 : 0);
    hour += step;
  }
  return { hours: hour, action: ratio > 0 ? "close" : "retry" };
}

/** Lives one incident through until the verdict is no longer "wait". */
export function liveThrough(world: World, random: () => number): Outcome {
  const traffic = createTraffic(world, random);
  const { begin, lastSeen, ongoing, period } = drawBaseline(world, traffic, random);
  const { extend, seen, sessions } = createSince(world, traffic, random, ongoing);
  const base = {
    incident: { firstSeenAt: START + begin * HOUR_MS, lastSeenAt: START + lastSeen * HOUR_MS },
    baseline: period,
    repair: { mergedAt: START - 600_000, sha: "a".repeat(40) },
    deployment: { state: "READY", readyAt: START, containsRepair: true },
    health: "pass",
    sentryStatus: "unresolved",
    policy: world.policy ?? null,
  };
  extend(1 / 6);
  const stragglers = (now: number) => Math.round(now * (world.stragglersPerHour ?? 0));
  const tenMinuteRule = seen.length + stragglers(1 / 6) === 0 ? "close" : "retry";
  const optimum = liveOptimum(world, random);
  let now = 0;
  let partialStreak = 0;
  for (let looks = 1; ; looks++) {
    extend(now);
    const events = seen.filter((time) => time <= now);
    const hourlySessions = sessions(now);
    const verdict = decideRecovery(
      recoveryFactsSchema.parse({
        ...base,
        now: START + now * HOUR_MS,
        since: {
          events: events.length,
          eventsOnOldReleases: stragglers(now),
          hours: now,
          sessions: period.sessions === null ? null : sum(hourlySessions),
          hourly: period.hourly === null ? null : toHourly(events, 0, now),
          hourlySessions: period.hourlySessions === null ? null : hourlySessions,
        },
        history: { attempts: 1, partialStreak },
      }),
    );
    if (verdict.action !== "wait" || looks >= MOST_LOOKS)
      return { verdict, hours: now, looks, eventsBefore: period.events, optimum, tenMinuteRule };
    partialStreak = verdict.partialStreak;
    now = world.lookEveryMinutes
      ? now + world.lookEveryMinutes / 60
      : (Date.parse(verdict.recheckAt ?? "") - START) / HOUR_MS;
  }
}
