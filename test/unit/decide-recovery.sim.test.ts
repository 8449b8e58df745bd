import { describe, expect, test } from "vitest";
import { liveThrough, seeded, type World } from "../support/recovery-world.ts";

/** Exposure, in events expected at the old rate, after which silence ends the sequential test of 0.5 against 0.05 with a known rate: ln 99 / 0.45. */
const OPTIMUM = Math.log(99) / 0.45;

function tally(world: World, incidents: number, seed: number) {
  const random = seeded(seed);
  const outcomes = Array.from({ length: incidents }, () => liveThrough(world, random));
  const part = (action: string) => outcomes.filter((outcome) => outcome.verdict.action === action).length / incidents;
  const times = outcomes
    .filter((outcome) => outcome.verdict.action === "close" && outcome.eventsBefore >= 20)
    .map((outcome) => outcome.hours);
  const median = times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
  return {
    close: part("close"),
    retry: part("retry"),
    closed: Math.round(part("close") * incidents),
    medianOfOptimum: (median * world.rate) / OPTIMUM,
  };
}

const WORLDS: [name: string, world: Omit<World, "ratio">, slowest: number][] = [
  ["300 an hour, known for a day", { rate: 300, baselineHours: 24 }, 1.3],
  // Two hours contradict neither clumps nor a night, which has its price: five minutes instead of two.
  ["300 an hour, known for 2 hours", { rate: 300, baselineHours: 2 }, 3],
  ["60 an hour by day and night, known for a day", { rate: 60, baselineHours: 24, rhythm: "sine" }, 10],
  ["2 an hour, known for 2 days", { rate: 2, baselineHours: 48 }, 1.3],
  ["1 a day, known for 3 weeks", { rate: 1 / 24, baselineHours: 24 * 21 }, 1.3],
  ["a daily rhythm whose sessions are known", { rate: 5, baselineHours: 72, rhythm: "sine", sessions: "hourly" }, 1.6],
  ["a daily rhythm, known by the errors alone", { rate: 5, baselineHours: 72, rhythm: "sine" }, 1.6],
  // Clumps of mean m with geometric sizes have a dispersion of 2 m - 1.
  ["clumps of ten", { rate: 20, baselineHours: 72, clump: { mean: 10, hours: 1 / 3, sizes: "geometric" } }, 2 * 19],
];

/**
 * The fewest of `incidents` that contradict a risk of 1 %: so many or more would come by chance once in `once` such tests (binomial). The benchmark
 * `recovery` counts on far more incidents.
 */
function contradicting(incidents: number, once: number): number {
  const risk = 0.01;
  let probability = (1 - risk) ** incidents;
  let tail = 1;
  for (let count = 0; ; count++) {
    if (tail < 1 / once) return count;
    tail -= probability;
    probability *= ((incidents - count) / (count + 1)) * (risk / (1 - risk));
  }
}

const HALF_FIXED = 150;

describe("hundreds of incidents lived through, looked at when the verdict says", () => {
  describe.each(WORLDS)("%s", (_name, world, slowest) => {
    test("not repaired: at most 1 % closed", () =>
      expect(tally({ ...world, ratio: 1 }, 100, 11).close).toBeLessThanOrEqual(0.01));
    test("half repaired: no more closed than a risk of 1 % gives by chance", () => {
      const { closed } = tally({ ...world, ratio: 0.5 }, HALF_FIXED, 22);
      expect(closed).toBeLessThan(contradicting(HALF_FIXED, 100));
    });
    test("repaired but for 5 %: at most 1 % sent back", () =>
      expect(tally({ ...world, ratio: 0.05 }, 100, 33).retry).toBeLessThanOrEqual(0.01));
    test(`repaired: none sent back, closed within ${slowest} times the best possible`, () => {
      const { retry, close, medianOfOptimum } = tally({ ...world, ratio: 0, stragglersPerHour: 3 }, 100, 44);
      expect(retry).toBe(0);
      expect(close).toBeGreaterThan(0.9);
      expect(medianOfOptimum).toBeLessThan(slowest);
    });
  });
  test("half repaired in any of these worlds: no more closed than a risk of 1 % gives by chance", () => {
    const closed = WORLDS.map(([, world]) => tally({ ...world, ratio: 0.5 }, HALF_FIXED, 66).closed);
    expect(closed.reduce((sum, one) => sum + one, 0)).toBeLessThan(contradicting(HALF_FIXED * WORLDS.length, 100));
  });
  test("traffic gone: never closed", () => {
    expect(
      tally({ rate: 10, ratio: 1, baselineHours: 48, sessions: "hourly", trafficSince: 0.0001 }, 60, 55).close,
    ).toBe(0);
  });
});
