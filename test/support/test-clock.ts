import type { Clock } from "../../lib/kernel/clock.ts";

export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** A clock that stands still until it is told to go on. */
export function createTestClock(at = "2026-03-01T12:00:00.000Z"): TestClock {
  let nowMs = Date.parse(at);
  return {
    now: () => new Date(nowMs),
    advance(ms) {
      nowMs += ms;
    },
  };
}
