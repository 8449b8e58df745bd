import { describe, expect, test } from "vitest";
import { listBaseline } from "../../lib/recovery/list-baseline.ts";
import type { ErrorHistory } from "../../lib/recovery/ports.ts";

const HOUR = 3_600_000;
const UNTIL = new Date("2026-03-20T12:00:00Z");
const hoursBefore = (hours: number) => new Date(UNTIL.getTime() - hours * HOUR);

/** An error with an event at each of these hours before the deployment, of which a question brings the newest `most`. */
function createSource(hours: readonly number[], most = 2_000) {
  const questions: number[] = [];
  const events = hours.map((hour) => hoursBefore(hour).toISOString()).sort((a, b) => b.localeCompare(a));
  const listEvents: ErrorHistory["listEvents"] = async ({ from, to }) => {
    questions.push((Date.parse(to) - Date.parse(from)) / HOUR);
    const inside = events.filter((at) => at >= from && at < to).map((at) => ({ at, release: null }));
    return { events: inside.slice(0, most), truncated: inside.length > most };
  };
  const errors: ErrorHistory = { listEvents, findStatus: async () => null, ensureResolved: async () => {} };
  return { listed: { errors, issueId: "1", environment: null }, questions };
}

async function hoursOf(hours: readonly number[], began: number, most?: number) {
  const { listed, questions } = createSource(hours, most);
  const failing = { beganAt: hoursBefore(began), until: UNTIL, baselineHours: 24 };
  const { from, events } = await listBaseline(listed, failing);
  return { hours: (UNTIL.getTime() - from.getTime()) / HOUR, events: events.length, questions };
}

const every = (step: number, until: number) =>
  Array.from({ length: Math.floor(until / step) }, (_, n) => (n + 0.5) * step);

describe("the failing time before", () => {
  test("is the last hours of it, by one question", async () => {
    expect(await hoursOf(every(1, 400), 400)).toEqual({ hours: 24, events: 24, questions: [24] });
  });
  test("begins when the error did", async () => {
    expect(await hoursOf([1, 3, 4], 5)).toEqual({ hours: 5, events: 3, questions: [5] });
  });
  test("of a rare error is as long as has enough events, and two weeks at most", async () => {
    expect(await hoursOf(every(8, 2_000), 2_000)).toEqual({ hours: 192, events: 24, questions: [24, 336] });
    expect(await hoursOf(every(24, 2_000), 2_000)).toEqual({ hours: 336, events: 14, questions: [24, 336] });
    expect(await hoursOf(every(24, 100), 100)).toEqual({ hours: 100, events: 4, questions: [24, 100] });
  });
  test("of an error that became frequent is not made of the time in which it was rare", async () => {
    expect(await hoursOf([...every(0.2, 3), ...every(24, 2_000)], 2_000)).toMatchObject({ hours: 24, events: 16 });
  });
  test("begins with the oldest event that the source hands out where there are more", async () => {
    const { hours, events } = await hoursOf(every(1 / 300, 24), 400, 2_000);
    expect(events).toBe(2_000);
    expect(hours).toBeCloseTo(2_000 / 300, 1);
  });
  test("has no events where nobody can be asked", async () => {
    const failing = { beganAt: hoursBefore(90), until: UNTIL, baselineHours: 24 };
    expect(await listBaseline(null, failing)).toEqual({ from: hoursBefore(24), events: [] });
  });
});
