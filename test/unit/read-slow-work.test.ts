import { expect, it } from "vitest";
import { readSlowWork } from "../../lib/recovery/read-slow-work.ts";

const KEY = { transaction: "GET /orders/77", op: "http.server", description: "GET /orders/77" };
const NAME = { transaction: "GET /orders/?", op: "http.server", description: "GET /orders/?" };
const weeks = (slowestP95Ms: number) => ({ p95Ms: slowestP95Ms, slowestP95Ms, weeks: 4, samples: 400 });

it.each([
  ["with no week before: what matters at all", { p95Ms: 4_000, baseline: null }, 1_000],
  ["far above the weeks before: what matters at all", { p95Ms: 4_000, baseline: weeks(90) }, 1_000],
  ["slow ever since: half-way by ratio", { p95Ms: 9_000, baseline: weeks(4_000) }, 6_000],
  ["only just slow: never over what was measured", { p95Ms: 1_200, baseline: weeks(2_000) }, 1_200],
])("the threshold of what is %s", (_case, measure, thresholdMs) => {
  expect(readSlowWork({ ...NAME, key: KEY, ...measure }, 1_000)).toEqual({ key: KEY, thresholdMs });
});

it("work is asked for as the source knows it, else by its name, and not at all without a measure", () => {
  expect(readSlowWork({ ...NAME, p95Ms: 4_000, baseline: null }, 1_000)?.key).toEqual(NAME);
  expect(readSlowWork(null, 1_000)).toBeNull();
  expect(readSlowWork({ transaction: "GET /" }, 1_000)).toBeNull();
});
