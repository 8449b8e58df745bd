import { describe, expect, it } from "vitest";
import { decideSlow } from "../../lib/performance/decide-slow.ts";
import { decideEasedAction, decideSlowAction, type KnownIncident } from "../../lib/performance/decide-span-action.ts";
import { type BaselineFacts, type SpanStats, slowPolicySchema } from "../../lib/performance/model.ts";
import { renderMs } from "../../lib/performance/render-slow.ts";

const policy = slowPolicySchema.parse({});
const span: SpanStats = {
  transaction: "GET /products",
  op: "http.server",
  description: "GET /products",
  count: 200,
  p50Ms: 900,
  p75Ms: 1_200,
  p95Ms: 1_600,
  p99Ms: 2_000,
  totalMs: 180_000,
  isConfident: true,
};
const week = (weeksAgo: number, p95Ms: number, count = 200) => ({ weeksAgo, p95Ms, count });
const known = (...p95s: number[]): BaselineFacts => ({
  type: "known",
  weeks: p95s.map((p95Ms, index) => week(index + 1, p95Ms)),
});
const usual = known(400, 420, 380, 410);

describe("a slow span", () => {
  it("is over the threshold and regressed against the median of earlier weeks", () => {
    expect(decideSlow(span, usual, policy)).toMatchObject({
      type: "slow",
      reason: "regressed",
      ratio: 1_600 / 405,
      baseline: { p95Ms: 405, slowestP95Ms: 420, weeks: 4, samples: 800 },
      worthRepair: true,
    });
  });

  it.each<[string, Partial<SpanStats>, BaselineFacts, string]>([
    ["just over the threshold", { p95Ms: 1_000 }, usual, "slow"],
    ["just under the threshold", { p95Ms: 999.9 }, usual, "under_threshold"],
    ["just enough samples", { count: 20 }, usual, "slow"],
    ["one sample short", { count: 19 }, usual, "few_samples"],
    ["extrapolated from too few", { isConfident: false }, usual, "unsure_samples"],
    ["just regressed", {}, known(1_066), "slow"],
    ["just not regressed", {}, known(1_067), "not_regressed"],
    ["as slow as ever", {}, known(1_600, 1_580, 1_620), "not_regressed"],
    ["faster than the worst of earlier weeks", {}, known(400, 1_700, 380, 410), "not_regressed"],
    ["slower than the worst of earlier weeks", {}, known(400, 1_500, 380, 410), "slow"],
    ["one bad week does not move the usual", { p95Ms: 2_600 }, known(400, 2_500, 380, 410), "slow"],
    ["earlier weeks could not be read", {}, { type: "unknown", reason: "cut off" }, "baseline_unknown"],
    ["new, and not slow enough for that", { p95Ms: 1_999 }, { type: "none", reason: "new" }, "no_baseline"],
    ["new, and over the stricter threshold", { p95Ms: 2_000 }, { type: "none", reason: "new" }, "slow"],
    [
      "earlier weeks with too few samples count as none",
      { p95Ms: 1_999 },
      { type: "known", weeks: [week(1, 10, 19)] },
      "no_baseline",
    ],
  ])("%s", (_name, change, baseline, expected) => {
    const decision = decideSlow({ ...span, ...change }, baseline, policy);
    expect(decision.type === "slow" ? "slow" : decision.reason).toBe(expected);
  });

  it("without a baseline says so, and is no reason for a repair", () => {
    const decision = decideSlow({ ...span, p95Ms: 2_500 }, { type: "none", reason: "it is new" }, policy);
    expect(decision).toMatchObject({
      reason: "slow_without_baseline",
      baseline: null,
      ratio: null,
      worthRepair: false,
    });
    expect(decision.type === "slow" ? decision.reasons[1] : "").toContain("no baseline: it is new");
  });

  it("is P2, P1 when it is far over both edges, and never P0: production still answers", () => {
    const priorityAt = (p95Ms: number) => {
      const decision = decideSlow({ ...span, p95Ms }, usual, policy);
      return decision.type === "slow" ? decision.priority : null;
    };
    expect([1_000, 1_500, 4_000, 60_000].map(priorityAt)).toEqual(["P2", "P2", "P1", "P1"]);
  });

  it("has the higher score the slower it is and the more samples show it", () => {
    const scoreOf = (change: Partial<SpanStats>) => {
      const decision = decideSlow({ ...span, ...change }, usual, policy);
      return decision.type === "slow" ? decision.score : Number.NaN;
    };
    const slower = [1_000, 1_300, 1_600, 2_400].map((p95Ms) => scoreOf({ p95Ms }));
    const more = [20, 50, 200, 5_000].map((count) => scoreOf({ count }));
    for (const scores of [slower, more]) expect([...scores].sort((a, b) => a - b)).toEqual(scores);
    expect(new Set([...slower, ...more]).size).toBeGreaterThan(6);
  });
});

describe("what becomes of it", () => {
  const now = { p95Ms: 1_600, release: "r2", from: "2026-03-01T06:00:00.000Z" };
  const told = { toldP95Ms: 1_600, releases: [{ release: "r2", count: 9, p95Ms: 1_600 }], isSlow: true };
  const open: KnownIncident = { state: "observed", closedAt: null, isJudged: true, isFreed: false, measure: told };

  it.each<[string, KnownIncident | null, Partial<typeof now>, string]>([
    ["unknown", null, {}, "open"],
    ["known", open, {}, "keep"],
    ["a little worse", open, { p95Ms: 1_999 }, "keep"],
    ["much worse", open, { p95Ms: 2_000 }, "tell"],
    ["much better", open, { p95Ms: 1_280 }, "tell"],
    ["a little better", open, { p95Ms: 1_281 }, "keep"],
    ["on another release", open, { release: "r3" }, "tell"],
    ["slow again", { ...open, measure: { ...told, isSlow: false } }, {}, "tell"],
    ["ignored", { ...open, state: "ignored" }, { p95Ms: 9_000 }, "leave"],
    ["recovered within the window", { ...open, state: "recovered", closedAt: "2026-03-01T07:00:00.000Z" }, {}, "leave"],
    [
      "recovered before the window",
      { ...open, state: "recovered", closedAt: "2026-03-01T05:00:00.000Z" },
      {},
      "reopen",
    ],
    ["in review", { ...open, state: "in_review" }, {}, "keep"],
    ["left alone until now", { ...open, isJudged: false }, {}, "judge"],
    ["a symptom whose cause ended", { ...open, isFreed: true }, {}, "judge"],
  ])("%s", (_name, incident, change, expected) => {
    expect(decideSlowAction(incident, { ...now, ...change }).type).toBe(expected);
  });

  it.each<[string, KnownIncident | null, string]>([
    ["unknown", null, "open"],
    ["much worse", open, "keep"],
    ["left alone until now", { ...open, isJudged: false }, "keep"],
    ["recovered before", { ...open, state: "recovered", closedAt: "2026-03-01T05:00:00.000Z" }, "leave"],
  ])("in a quiet time: %s", (_name, incident, expected) => {
    const action = decideSlowAction(incident, { ...now, p95Ms: 9_000 }, "maintenance until 14:00: move");
    expect(action).toEqual({ type: expected, reason: "maintenance until 14:00: move" });
  });

  it("is told once that it is over", () => {
    expect(decideEasedAction(open, "p95 80 ms").type).toBe("tell");
    expect(decideEasedAction({ ...open, measure: { ...told, isSlow: false } }, "p95 80 ms").type).toBe("keep");
    expect(decideEasedAction({ ...open, state: "ignored" }, "p95 80 ms").type).toBe("keep");
  });
});

describe("durations", () => {
  it.each([
    [0.25, "0.25 ms"],
    [7.46, "7.5 ms"],
    [85.4, "85 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [1_349, "1.35 s"],
    [125_000, "2 min 5 s"],
  ])("%d ms is %s", (ms, text) => expect(renderMs(ms)).toBe(text));
});
