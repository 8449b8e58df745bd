import { describe, expect, it } from "vitest";
import { decideBudget, type SpentRun } from "../../lib/repair/decide-budget.ts";

const NOW = "2026-03-02T12:00:00.000Z";
const ago = (hours: number) => new Date(Date.parse(NOW) - hours * 3_600_000).toISOString();
const run = (hours: number, changes: Partial<SpentRun> = {}): SpentRun => ({
  createdAt: ago(hours),
  costUsd: 1,
  budgetUsd: 5,
  isOver: true,
  ...changes,
});
const decide = (runs: SpentRun[], limits: Partial<Parameters<typeof decideBudget>[1]> = {}) =>
  decideBudget(runs, { now: NOW, maxRunsPerDay: null, dailyUsd: null, nextUsd: null, ...limits });

describe("the daily number of runs", () => {
  it.each([
    [[run(1), run(2)], 3, "go"],
    [[run(1), run(2), run(3)], 3, "wait"],
    [[run(1), run(2), run(24)], 3, "go"],
    [[run(1), run(2), run(23.99)], 3, "wait"],
    [[], 0, "wait"],
    [[run(1, { isOver: false })], 1, "wait"],
  ] as const)("%#: %s of at most %s", (runs, maxRunsPerDay, type) => {
    expect(decide([...runs], { maxRunsPerDay }).type).toBe(type);
  });

  it("says why, and when a run is a day old", () => {
    expect(decide([run(1), run(20), run(2)], { maxRunsPerDay: 3 })).toEqual({
      type: "wait",
      reason: "3 runs began in the last 24 hours, and policy.repair.maxRunsPerDay is 3",
      until: ago(-4),
    });
  });
});

describe("the daily money", () => {
  it.each([
    ["what ended counts with what it took", [run(1), run(2)], { dailyUsd: 7, nextUsd: 5 }, "go"],
    ["the next one counts with all that it may take", [run(1), run(2), run(3)], { dailyUsd: 7, nextUsd: 5 }, "wait"],
    [
      "one at work counts with all that it may take",
      [run(1, { isOver: false })],
      { dailyUsd: 6, nextUsd: 1.5 },
      "wait",
    ],
    ["one that did not tell counts with all that it might", [run(1, { costUsd: null })], { dailyUsd: 5 }, "wait"],
    ["one that nobody can price counts nothing", [run(1, { costUsd: null, budgetUsd: null })], { dailyUsd: 5 }, "go"],
    ["one that took more than it might counts with that", [run(1, { costUsd: 9 })], { dailyUsd: 9 }, "wait"],
    ["yesterday's does not count", [run(25, { costUsd: 9 })], { dailyUsd: 5 }, "go"],
  ] as const)("%s", (_what, runs, limits, type) => {
    expect(decide([...runs], limits).type).toBe(type);
  });

  it("goes on when enough of it is a day old", () => {
    const runs = [run(20, { costUsd: 1 }), run(10, { costUsd: 4 }), run(1, { costUsd: 2 })];
    expect(decide(runs, { dailyUsd: 7, nextUsd: 3 })).toMatchObject({ type: "wait", until: ago(-14) });
  });

  it("that is larger for one run than for the day never goes on by itself, and says so", () => {
    const decision = decide([], { dailyUsd: 1, nextUsd: 5 });
    expect(decision).toMatchObject({ type: "wait", reason: expect.stringContaining("the next run may take $5.00") });
  });
});
