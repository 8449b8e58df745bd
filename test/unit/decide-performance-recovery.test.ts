import { describe, expect, test } from "vitest";
import {
  type DurationPeriod,
  decidePerformanceRecovery,
  type PerformanceRecoveryFacts,
} from "../../lib/recovery/decide-performance-recovery.ts";
import { seeded } from "../support/recovery-world.ts";

const READY = Date.parse("2026-03-02T12:00:00Z");
const HOUR = 3_600_000;
const SLOW: DurationPeriod = { hours: 6, samples: 600, slow: 480, p95Ms: 4_200, p99Ms: 5_100 };

function facts(since: Partial<DurationPeriod>, change: Partial<PerformanceRecoveryFacts> = {}) {
  const whole: DurationPeriod = { hours: 1, samples: 100, slow: 0, p95Ms: 120, p99Ms: 180, ...since };
  return {
    now: new Date(READY + whole.hours * HOUR).toISOString(),
    incident: { firstSeenAt: "2026-03-01T00:00:00Z", lastSeenAt: "2026-03-02T11:59:00Z" },
    repair: { mergedAt: "2026-03-02T11:50:00Z", sha: "a".repeat(40) },
    deployment: { state: "READY", readyAt: new Date(READY).toISOString(), containsRepair: true },
    health: "pass",
    sentryStatus: null,
    history: { attempts: 1, partialStreak: 0 },
    policy: null,
    thresholdMs: 1_000,
    before: SLOW,
    since: whole,
    ...change,
  } satisfies PerformanceRecoveryFacts;
}

describe("slow work", () => {
  test("that is fast again closes, with p95 and p99 of both sides in its words", () => {
    const verdict = decidePerformanceRecovery(facts({ slow: 1 }));
    expect(verdict).toMatchObject({ action: "close", reason: "recovered" });
    expect(verdict.explanation).toBe(
      "1 of 100 calls took over 1 s since the repair, where 80 were expected (before: 80 %); p95 4.2 s before, 120 ms since; p99 5.1 s before, 180 ms since. It is as fast again.",
    );
  });
  test("is closed by durations alone, and what the failing route answered is said", () => {
    const probe = { status: "pass", detail: "GET /cart answered 200" } as const;
    expect(decidePerformanceRecovery(facts({ slow: 1 }, { probe })).explanation).toContain("(GET /cart answered 200)");
    const failing = decidePerformanceRecovery(facts({ slow: 1 }, { probe: { status: "fail", detail: "" } }));
    expect(failing).toMatchObject({ action: "escalate", reason: "health_down" });
    expect(failing.explanation).toContain("The failing route was asked and fails.");
  });
  test("that is rare again with a p95 that stays over the threshold ends with a person", () => {
    const since = { hours: 800, samples: 40_000, slow: 1_000, p95Ms: 1_200 };
    expect(decidePerformanceRecovery(facts(since))).toMatchObject({
      action: "escalate",
      reason: "evidence_cannot_come",
      recheckAt: null,
    });
  });
  test("that nobody asks for any more proves nothing, however long", () => {
    const verdict = decidePerformanceRecovery(facts({ hours: 48, samples: 0 }));
    expect(verdict).toMatchObject({ action: "wait", reason: "not_enough_evidence" });
  });
  test("needs enough samples on both sides", () => {
    expect(decidePerformanceRecovery(facts({ samples: 30 }))).toMatchObject({ action: "wait" });
    const few = { ...SLOW, samples: 30, slow: 25 };
    expect(decidePerformanceRecovery(facts({}, { before: few }))).toMatchObject({ reason: "no_baseline" });
  });
  test("that is still slow is sent back", () => {
    const verdict = decidePerformanceRecovery(facts({ slow: 75, p95Ms: 4_000, p99Ms: 5_000 }));
    expect(verdict).toMatchObject({ action: "retry", reason: "still_failing", attempts: 2 });
  });
  test("whose p95 is still over the threshold is not closed, even where slow calls became rare", () => {
    expect(decidePerformanceRecovery(facts({ samples: 1000, slow: 40, p95Ms: 1_200 })).action).toBe("wait");
  });
  test("without a deployment that contains the repair has no verdict", () => {
    expect(decidePerformanceRecovery(facts({}, { deployment: null })).reason).toBe("waiting_for_deployment");
    expect(decidePerformanceRecovery(facts({}, { repair: null })).action).not.toBe("close");
  });
  test("that is half as often slow is closed in at most 1 % of many tries, looked at after every tenth call", () => {
    const random = seeded(5);
    let closed = 0;
    for (let incident = 0; incident < 300; incident++) {
      let slow = 0;
      for (let samples = 10; samples <= 200; samples += 10) {
        for (let call = 0; call < 10; call++) slow += random() < 0.4 ? 1 : 0;
        const { action } = decidePerformanceRecovery(facts({ samples, slow, hours: samples / 100, p95Ms: 900 }));
        if (action === "close") closed += 1;
        if (action !== "wait") break;
      }
    }
    expect(closed).toBeLessThanOrEqual(3);
  });
});
