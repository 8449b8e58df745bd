import type { Clock } from "../kernel/clock.ts";

/** The machine's own clock: the one place that asks for the time. */
export const systemClock: Clock = { now: () => new Date() };

/** Milliseconds of a monotonic clock, for durations only. */
export function monotonicMs(): number {
  return performance.now();
}
