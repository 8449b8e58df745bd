import { describe, expect, it } from "vitest";
import { decideRates } from "../../lib/triage/decide-rates.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.parse("2026-09-17T12:30:00Z");
const now = new Date(NOW).toISOString();
const ago = (hours: number) => new Date(NOW - hours * HOUR_MS).toISOString();

/** Buckets as Sentry makes them, oldest first, the last one open. */
const hoursOf = (counts: number[]) =>
  counts.map((events, at) => ({
    startMs: Date.parse("2026-09-17T12:00:00Z") - (counts.length - 1 - at) * HOUR_MS,
    events,
  }));
const daysOf = (counts: number[]) =>
  counts.map((events, at) => ({
    startMs: Date.parse("2026-09-17T00:00:00Z") - (counts.length - 1 - at) * 24 * HOUR_MS,
    events,
  }));

describe("an issue's rates", () => {
  const stats = { hours: hoursOf([0, 0, 30, 15]), days: daysOf([48, 24, 24, 24, 24, 200, 45]) };

  it("are this hour's and the last one's events over the time they have lasted", () => {
    expect(decideRates(stats, { firstSeenAt: ago(900), now }).recentEventsPerHour).toBe(30);
  });

  it("are usual on whole days, without the burst's own", () => {
    const { baselineEventsPerHour } = decideRates(stats, { firstSeenAt: ago(900), now });
    expect(baselineEventsPerHour).toBeCloseTo((48 + 24 * 4) / (5 * 24));
  });

  it("count no day before the error existed", () => {
    const { baselineEventsPerHour } = decideRates(stats, { firstSeenAt: "2026-09-11T23:00:00Z", now });
    expect(baselineEventsPerHour).toBe(1);
  });

  it("have no usual one in an issue's first days", () => {
    expect(decideRates(stats, { firstSeenAt: ago(80), now }).baselineEventsPerHour).toBeNull();
  });

  it("are unknown where the source counts nothing", () => {
    const unknown = { recentEventsPerHour: null, baselineEventsPerHour: null };
    expect(decideRates(undefined, { firstSeenAt: ago(900), now })).toEqual(unknown);
    expect(decideRates({ hours: [], days: [] }, { firstSeenAt: ago(900), now })).toEqual(unknown);
  });
});
