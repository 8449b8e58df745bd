import { expect, it } from "vitest";
import { countSessions, countSessionsSince } from "../../lib/recovery/read-sessions.ts";

const HOUR_MS = 3_600_000;
const hour = (index: number, count: number) => ({ startMs: index * HOUR_MS, endMs: (index + 1) * HOUR_MS, count });

it("counts whole buckets, and of those that an edge cuts the part inside", () => {
  const { total, hourly } = countSessions([hour(0, 100), hour(1, 60), hour(2, 40)], 0.5 * HOUR_MS, 2.25 * HOUR_MS);
  expect(total).toBeCloseTo(50 + 60 + 10);
  expect(hourly).toHaveLength(2);
  expect(hourly[0]).toBeCloseTo(50 + 30);
  expect(hourly[1]).toBeCloseTo(30 + 10);
});

it("knows no sessions where there is no bucket", () => {
  expect(countSessions([], 0, HOUR_MS)).toEqual({ total: 0, hourly: [0] });
});

it("since a move counts of its own bucket no more than what follows bears out", () => {
  const since = (next: number) =>
    countSessionsSince([hour(0, 100), hour(1, next)], 0.5 * HOUR_MS, 2 * HOUR_MS, 2 * HOUR_MS);
  expect(since(100).total).toBeCloseTo(150);
  expect(since(20).total).toBeCloseTo(30);
  expect(since(0).total).toBe(0);
  expect(countSessionsSince([hour(0, 100)], 0.5 * HOUR_MS, HOUR_MS, HOUR_MS).total).toBe(0);
});

it("counts the newest bucket as far as it was counted", () => {
  const { total } = countSessionsSince([hour(0, 10), hour(1, 30)], HOUR_MS, 1.5 * HOUR_MS, 1.5 * HOUR_MS);
  expect(total).toBeCloseTo(30);
});
