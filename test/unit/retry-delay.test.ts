import { expect, it } from "vitest";
import { retryDelayMs } from "../../lib/jobs/retry-delay.ts";

it.each([
  [1, "12 s"],
  [2, "2 m 28 s"],
  [3, "30 m 8 s"],
  [4, "6 h 7 m"],
  [5, "24 h"],
  [12, "24 h"],
])("after attempt %i the wait is QStash's own: %s", (attempt, stated) => {
  const units: Record<string, number> = { h: 3_600, m: 60, s: 1 };
  const seconds = [...stated.matchAll(/(\d+) ([hms])/g)].reduce(
    (sum, [, n, unit = ""]) => sum + Number(n) * (units[unit] ?? 0),
    0,
  );
  // The documentation gives whole seconds, or minutes where hours are given.
  const roundedBy = stated.includes("h") ? 60 : 1;
  expect(Math.abs(retryDelayMs(attempt) / 1_000 - seconds)).toBeLessThan(roundedBy);
});

it("never shrinks, and never exceeds a day", () => {
  const delays = Array.from({ length: 40 }, (_, index) => retryDelayMs(index + 1));
  expect(delays).toEqual([...delays].sort((a, b) => a - b));
  expect(delays.at(-1)).toBe(86_400_000);
});

it("before the first attempt counts as the first, and the scale shortens every wait alike", () => {
  expect(retryDelayMs(0)).toBe(retryDelayMs(1));
  for (const attempt of [1, 3, 9]) expect(retryDelayMs(attempt, 0.01)).toBeCloseTo(retryDelayMs(attempt) / 100, 6);
});
