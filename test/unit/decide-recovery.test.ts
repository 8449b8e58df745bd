import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideRecovery } from "../../lib/recovery/decide-recovery.ts";
import { type RecoveryVerdict, recoveryFactsSchema } from "../../lib/recovery/model.ts";

const READY = "2026-03-02T12:00:00.000Z";
const HOUR = 3_600_000;

const TWO_DAYS = Array.from({ length: 48 }, (_, hour) => 9 + (hour % 3));

type Change = Record<string, unknown>;

/** 480 events in 48 hours before; `hours` after a deployment with the repair, silent. A case changes parts of it. */
function facts(hours: number, change: { baseline?: Change; since?: Change; deployment?: Change | null } & Change = {}) {
  const { baseline, since, deployment, ...rest } = change;
  return recoveryFactsSchema.parse({
    now: Date.parse(READY) + hours * HOUR,
    incident: { firstSeenAt: "2026-02-28T09:00:00Z", lastSeenAt: "2026-03-02T11:58:00Z" },
    baseline: { events: 480, hours: 48, sessions: null, hourly: TWO_DAYS, hourlySessions: null, ...baseline },
    repair: { mergedAt: "2026-03-02T11:50:00Z", sha: "a".repeat(40) },
    deployment: deployment === null ? null : { state: "READY", readyAt: READY, containsRepair: true, ...deployment },
    health: "pass",
    since: { events: 0, eventsOnOldReleases: 0, hours, sessions: null, hourly: null, hourlySessions: null, ...since },
    sentryStatus: "unresolved",
    history: { attempts: 1, partialStreak: 0 },
    ...rest,
  });
}

/** The first fault that the schema names once parts of good facts are changed. */
function faultIn(good: ReturnType<typeof facts>, change: Partial<Record<"baseline" | "since", Change>>) {
  const { baseline, since } = good;
  const changed = { ...good, baseline: { ...baseline, ...change.baseline }, since: { ...since, ...change.since } };
  const issue = recoveryFactsSchema.safeParse(changed).error?.issues[0];
  return `${issue?.path.join(".")}: ${issue?.message}`;
}

function told(verdict: RecoveryVerdict): string {
  return `${verdict.action}: ${verdict.reason}`;
}

describe("silence", () => {
  test("of ten minutes closes nothing that came ten times an hour", () => {
    expect(decideRecovery(facts(1 / 6))).toMatchObject({ action: "wait", reason: "not_enough_evidence" });
  });
  test("closes once the events that should have come are enough, with its numbers in words", () => {
    const verdict = decideRecovery(facts(1.4));
    expect(told(verdict)).toBe("close: recovered");
    expect(verdict.explanation).toMatch(
      /^0 events since the repair, where 14\.0 were expected at the rate before \(480 events in 2 days\)\./,
    );
    expect(verdict.explanation).toContain("ruled out at a risk of 1 %");
    expect(verdict).toMatchObject({ recheckAt: null, attempts: 1, partialStreak: 0 });
    expect(verdict.confidence).toBeGreaterThan(0.99);
  });
  test("is looked at again at the very moment at which it would be enough, and then is", () => {
    for (const change of [{}, { baseline: { events: 7, hours: 3 } }, { baseline: { events: 30, hours: 720 } }]) {
      const first = decideRecovery(facts(0.01, change));
      expect(first.action).toBe("wait");
      const hours = (Date.parse(first.recheckAt ?? "") - Date.parse(READY)) / HOUR;
      expect(decideRecovery(facts(hours, change)).action).toBe("close");
      expect(decideRecovery(facts(hours * 0.98, change)).action).toBe("wait");
    }
  });
  test("is asked for longer when few events were seen before", () => {
    const needed = (events: number) => {
      const hourly = Array.from(
        { length: 48 },
        (_, hour) => Math.round(((hour + 1) * events) / 48) - Math.round((hour * events) / 48),
      );
      const { recheckAt } = decideRecovery(facts(0.01, { baseline: { events, hourly } }));
      return (Date.parse(recheckAt ?? "") - Date.parse(READY)) * events;
    };
    expect(needed(12)).toBeGreaterThan(needed(48));
    expect(needed(48)).toBeGreaterThan(needed(480));
  });
  test("is asked for longer when less than a day was seen before, where a night may begin until it is proof", () => {
    const needed = (rate: number, hours: number) => {
      const baseline = { events: rate * hours, hours, hourly: new Array(hours).fill(rate) };
      const { recheckAt } = decideRecovery(facts(0.01, { baseline }));
      return ((Date.parse(recheckAt ?? "") - Date.parse(READY)) / HOUR) * rate;
    };
    expect(needed(10, 6)).toBeGreaterThan(2 * needed(10, 24));
    expect(needed(10, 6)).toBeLessThan(100);
    expect(needed(300, 6)).toBeLessThan(1.5 * needed(300, 24));
  });
  describe("of an error that follows the day, known for one", () => {
    const rate = (hour: number) => 60 * (1 + 0.8 * Math.sin((2 * Math.PI * hour) / 24));
    const hourly = Array.from({ length: 24 }, (_, hour) => Math.round(rate(hour - 24)));
    const baseline = { events: hourly.reduce((sum, one) => sum + one, 0), hours: 24, hourly };
    const since = (part: number, hours: number) => {
      const counts = Array.from({ length: hours }, (_, hour) => Math.round(part * rate(hour + 0.5)));
      return { events: counts.reduce((sum, one) => sum + one, 0), hours, hourly: counts };
    };
    test("is proof within an hour: its ups and downs are no clumps", () => {
      expect(decideRecovery(facts(1, { baseline, since: since(0, 1) })).action).toBe("close");
    });
    test("is not what still fails, nor what is left at night", () => {
      expect(told(decideRecovery(facts(1, { baseline, since: since(1, 1) })))).toBe("retry: still_failing");
      expect(decideRecovery(facts(18, { baseline, since: since(0.5, 18) })).action).toBe("retry");
    });
  });
  test("is not what the morning brings after a night that was all that was seen", () => {
    const baseline = { events: 36, hours: 6, hourly: new Array(6).fill(6) };
    // Two more hours of night, then twenty times its use, of which 5 % fail.
    const hourly = [0, 1, 6, 5, 7, 6];
    expect(decideRecovery(facts(6, { baseline, since: { events: 25, hours: 6, hourly } })).action).toBe("wait");
    const failing = [6, 7, 120, 118, 123, 119];
    expect(decideRecovery(facts(6, { baseline, since: { events: 493, hours: 6, hourly: failing } })).action).toBe(
      "retry",
    );
  });
  test("is proof the sooner the more clearly clumps can be counted, however large they are", () => {
    const needed = (hourly: number[]) => {
      const baseline = { events: hourly.reduce((sum, one) => sum + one, 0), hours: hourly.length, hourly };
      return Date.parse(decideRecovery(facts(0.01, { baseline })).recheckAt ?? "") - Date.parse(READY);
    };
    const clumps = (most: number) =>
      Array.from({ length: 240 }, (_, hour) => (hour % 5 !== 3 ? 0 : hour % 4 === 0 ? most : 3));
    expect(needed(clumps(80))).toBe(needed(clumps(40)));
    expect(needed(clumps(80))).toBeLessThan(72 * HOUR);
    const { explanation } = decideRecovery(facts(50, { baseline: { events: 1068, hours: 240, hourly: clumps(80) } }));
    expect(explanation).toMatch(
      /episodes, hours with events in a row: 0 since the repair, where 1[\d.]+ were expected/,
    );
  });
  test("is asked for longer when the error came in clumps", () => {
    const even = { events: 240, hours: 24, hourly: new Array(24).fill(10) };
    const clumped = {
      events: 240,
      hours: 24,
      hourly: Array.from({ length: 24 }, (_, hour) => (hour % 3 === 0 ? 30 : 0)),
    };
    expect(decideRecovery(facts(1.5, { baseline: even })).action).toBe("close");
    const verdict = decideRecovery(facts(1.5, { baseline: clumped }));
    expect(verdict.action).toBe("wait");
    expect(verdict.explanation).toContain("clumps");
  });
  test("of a night is no evidence where sessions tell that it is night", () => {
    const baseline = { events: 400, hours: 40, sessions: 40_000 };
    expect(decideRecovery(facts(3, { baseline, since: { sessions: 3000 } })).action).toBe("close");
    expect(told(decideRecovery(facts(3, { baseline, since: { sessions: 30 } })))).toBe("wait: not_enough_evidence");
  });
  test("of a site nobody uses ends with a person, by that name", () => {
    const baseline = { events: 400, hours: 40, sessions: 40_000 };
    expect(told(decideRecovery(facts(721, { baseline, since: { sessions: 3 } })))).toBe("escalate: no_traffic");
  });
  test("foresees the morning from the rhythm of the sessions before", () => {
    const day = Array.from({ length: 24 }, (_, hour) => (hour < 12 ? 0 : 1000));
    const baseline = { events: 480, hours: 48, sessions: 24_000, hourly: null, hourlySessions: [...day, ...day] };
    const verdict = decideRecovery(facts(0.5, { baseline, since: { sessions: 0 } }));
    expect(verdict.action).toBe("wait");
    const hours = (Date.parse(verdict.recheckAt ?? "") - Date.parse(READY)) / HOUR;
    expect(hours).toBeGreaterThan(12);
    expect(hours).toBeLessThan(13);
  });
});

describe("events on the repaired release", () => {
  test("at the old rate send the repair back, and count the attempt", () => {
    const verdict = decideRecovery(facts(0.5, { since: { events: 5 } }));
    expect(verdict).toMatchObject({ action: "retry", reason: "still_failing", attempts: 2, recheckAt: null });
  });
  test("go to a person once the attempts are spent", () => {
    const change = { since: { events: 5 }, history: { attempts: 3, partialStreak: 0 } };
    expect(decideRecovery(facts(0.5, change))).toMatchObject({
      action: "escalate",
      reason: "attempts_spent",
      attempts: 3,
    });
  });
  test("after few before are watched for more of them, before a person is asked", () => {
    const few = { baseline: { events: 2, hours: 0.2 } };
    expect(told(decideRecovery(facts(0.1, { ...few, since: { events: 1 } })))).toBe("wait: not_enough_evidence");
    expect(told(decideRecovery(facts(0.3, { ...few, since: { events: 5 } })))).toBe("retry: still_failing");
    expect(told(decideRecovery(facts(20, { ...few, since: { events: 1 } })))).toBe("escalate: evidence_cannot_come");
  });
  test("that are few prolong the watch and do not end it", () => {
    const baseline = { events: 240, hours: 24, hourly: Array.from({ length: 24 }, (_, hour) => 9 + (hour % 3)) };
    expect(decideRecovery(facts(1.3, { baseline })).action).toBe("close");
    expect(decideRecovery(facts(1.3, { baseline, since: { events: 1 } })).action).toBe("wait");
    expect(decideRecovery(facts(2.2, { baseline, since: { events: 1 } })).action).toBe("close");
  });
  test("are awaited not only for silence: a few more of them would show that it still fails", () => {
    const { recheckAt } = decideRecovery(facts(0.2, { since: { events: 1 } }));
    expect((Date.parse(recheckAt ?? "") - Date.parse(READY)) / HOUR).toBeLessThan(0.7);
  });
  test("from older releases never count, and are told", () => {
    const verdict = decideRecovery(facts(1.4, { since: { eventsOnOldReleases: 500 } }));
    expect(verdict.action).toBe("close");
    expect(verdict.explanation).toContain("500 events came from older releases");
  });
  test("that stay between the two rates are a recovery in part, handed over after two full watches", () => {
    const first = decideRecovery(facts(5, { since: { events: 10 } }));
    expect(first).toMatchObject({ action: "wait", partialStreak: 1 });
    const change = { since: { events: 18 }, history: { attempts: 1, partialStreak: 1 } };
    expect(decideRecovery(facts(9, change))).toMatchObject({
      action: "escalate",
      reason: "partial_recovery",
      partialStreak: 2,
    });
  });
  test("looked at every minute are no longer partial than looked at once", () => {
    const looks = Array.from({ length: 30 }, (_, minute) => 1.3 + minute / 60);
    const streak = looks.reduce(
      (partialStreak, hours) =>
        decideRecovery(facts(hours, { since: { events: 4 }, history: { attempts: 1, partialStreak } })).partialStreak,
      0,
    );
    expect(streak).toBeLessThanOrEqual(1);
  });
});

describe("without the repair in production there is no verdict", () => {
  test.each([
    ["no deployment yet", null, "wait: waiting_for_deployment"],
    ["queued", { state: "QUEUED", readyAt: null }, "wait: waiting_for_deployment"],
    ["building", { state: "building", readyAt: null, containsRepair: null }, "wait: waiting_for_deployment"],
    ["ready, but without the repair", { containsRepair: false }, "wait: deployment_without_repair"],
    ["ready, unknown whether with the repair", { containsRepair: null }, "wait: waiting_for_deployment"],
    ["another deployment failed", { state: "ERROR", containsRepair: false }, "wait: deployment_without_repair"],
    ["failed", { state: "ERROR" }, "escalate: deployment_failed"],
    ["cancelled", { state: "CANCELED" }, "escalate: deployment_failed"],
    ["blocked", { state: "BLOCKED" }, "escalate: deployment_blocked"],
  ])("%s", (_name, deployment, expected) => {
    expect(told(decideRecovery(facts(5, { deployment })))).toBe(expected);
  });
  test("a blocked deployment is explained by seats and verified commits", () => {
    expect(decideRecovery(facts(5, { deployment: { state: "BLOCKED" } })).explanation).toMatch(
      /seat.*verified commits/,
    );
  });
  test("a deployment that does not come within a day goes to a person", () => {
    expect(told(decideRecovery(facts(24, { deployment: null })))).toBe("escalate: deployment_never_came");
    expect(told(decideRecovery(facts(23, { deployment: null })))).toBe("wait: waiting_for_deployment");
  });
  test("quiet without a repair is watched and then handed over as that", () => {
    expect(told(decideRecovery(facts(0.5, { repair: null })))).toBe("wait: no_repair");
    expect(told(decideRecovery(facts(2, { repair: null })))).toBe("escalate: went_quiet");
    expect(decideRecovery(facts(2, { repair: null })).explanation).toContain("went quiet");
  });
});

describe("what cannot be known", () => {
  test("a failing probe never closes, and a person is told what it answered", () => {
    const fail = { probe: { status: "fail", detail: "GET /cart answered 500, expected 200" } };
    const verdict = decideRecovery(facts(50, fail));
    expect(told(verdict)).toBe("escalate: health_down");
    expect(verdict.explanation).toContain(
      "The failing route was asked and fails (GET /cart answered 500, expected 200).",
    );
    expect(told(decideRecovery(facts(0.5, { ...fail, since: { events: 5 } })))).toBe("retry: still_failing");
  });
  test("a passing probe is said, and proves nothing by itself", () => {
    const pass = { probe: { status: "pass", detail: "GET /cart answered 200" } };
    const words =
      "The failing route was asked and passes (GET /cart answered 200): it was exercised, which alone is no proof.";
    for (const [hours, rest] of [
      [1 / 6, {}],
      [1.4, {}],
      [0.5, { since: { events: 5 } }],
      [50, { health: "fail" }],
    ] as const) {
      const { explanation, ...verdict } = decideRecovery(facts(hours, { ...pass, ...rest }));
      const { explanation: _without, ...same } = decideRecovery(facts(hours, rest));
      expect(verdict).toEqual(same);
      expect(explanation).toContain(words);
    }
  });
  test("where nobody came the path was exercised all the same if the probe passed", () => {
    const empty = { baseline: { sessions: 4_000 }, since: { sessions: 0 }, policy: { longestWatchHours: 48 } };
    expect(told(decideRecovery(facts(50, empty)))).toBe("escalate: no_traffic");
    const probe = { status: "pass", detail: "GET /cart answered 200" };
    const verdict = decideRecovery(facts(50, { ...empty, probe }));
    expect(told(verdict)).toBe("escalate: evidence_cannot_come");
    expect(verdict.explanation).toContain("Hardly anybody but the check used production");
  });
  test("a failing health check never closes", () => {
    expect(told(decideRecovery(facts(50, { health: "fail" })))).toBe("escalate: health_down");
    expect(told(decideRecovery(facts(0.5, { health: "fail", since: { events: 5 } })))).toBe("retry: still_failing");
    expect(told(decideRecovery(facts(0.01, { health: "fail" })))).toBe("wait: not_enough_evidence");
  });
  test("no events before leave nothing to compare with", () => {
    expect(told(decideRecovery(facts(50, { baseline: { events: 0 } })))).toBe("escalate: no_baseline");
  });
  test("evidence that cannot come within the longest watch is said at once", () => {
    const verdict = decideRecovery(facts(1, { baseline: { events: 2, hours: 500 } }));
    expect(told(verdict)).toBe("escalate: evidence_cannot_come");
    expect(verdict.explanation).toContain("30 days");
  });
  test("Sentry's own status is said and never counted", () => {
    expect(decideRecovery(facts(1.4, { sentryStatus: "ignored" })).explanation).toContain("ignored or archived");
    expect(decideRecovery(facts(0.1, { sentryStatus: "resolved" })).action).toBe("wait");
  });
  test("the policy may be given in part, and wrong facts are named", () => {
    expect(decideRecovery(facts(1.4), { riskFalseClose: 1e-4 }).action).toBe("wait");
    expect(decideRecovery(facts(1.4, { policy: { riskFalseClose: 1e-4 } })).action).toBe("wait");
    expect(decideRecovery(facts(0.5, { since: { events: 5 } }), { maxAttempts: 1 }).reason).toBe("attempts_spent");
    expect(() => facts(1, { since: { events: -1 } })).toThrow(/since/);
    expect(faultIn(facts(1, { baseline: { events: 0, hours: 0 } }), { baseline: { events: 40 } })).toBe(
      "baseline.hours: must be more than 0, as there were events",
    );
    expect(faultIn(facts(0), { since: { events: 3 } })).toBe("since.hours: must be more than 0, as there were events");
    expect(recoveryFactsSchema.safeParse({ ...facts(1), now: "yesterday" }).error?.issues[0]?.path).toEqual(["now"]);
  });
});

const anyFacts = fc
  .record({
    events: fc.integer({ min: 0, max: 400 }),
    baselineHours: fc.double({ min: 0.05, max: 400, noNaN: true }),
    seen: fc.integer({ min: 0, max: 60 }),
    hours: fc.double({ min: 0.001, max: 800, noNaN: true }),
    hourly: fc.option(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 60 }), { nil: null }),
    sessions: fc.option(fc.tuple(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 0, max: 50_000 })), {
      nil: null,
    }),
    state: fc.constantFrom("READY", "READY", "READY", "BUILDING", "QUEUED", "ERROR", "BLOCKED", "CANCELED", "ODD"),
    containsRepair: fc.constantFrom(true, true, true, false, null),
    health: fc.constantFrom("pass", "fail", "unknown", "skipped"),
    hasRepair: fc.constantFrom(true, true, true, false),
    history: fc.record({ attempts: fc.integer({ min: 0, max: 4 }), partialStreak: fc.integer({ min: 0, max: 3 }) }),
  })
  .map((any) => ({
    any,
    build: (seen: number, hours: number) => {
      const { baselineHours, hourly, sessions, state, containsRepair, health, hasRepair, history } = any;
      const events = hourly?.reduce((sum, one) => sum + one, 0) ?? any.events;
      return facts(hours, {
        baseline: { events, hours: hourly?.length ?? baselineHours, hourly, sessions: sessions?.[0] ?? null },
        since: { events: seen, hours, sessions: sessions === null ? null : (sessions[1] * hours) / 800 },
        deployment: { state, containsRepair },
        health,
        history,
        ...(hasRepair ? {} : { repair: null }),
      });
    },
  }));

describe("whatever the facts", () => {
  const runs = { numRuns: 1500, seed: 7 };
  test("more silence never turns close into retry", () => {
    fc.assert(
      fc.property(anyFacts, fc.double({ min: 0.001, max: 200, noNaN: true }), ({ any, build }, more) => {
        if (decideRecovery(build(any.seen, any.hours)).action === "close")
          expect(decideRecovery(build(any.seen, any.hours + more)).action).not.toBe("retry");
      }),
      runs,
    );
  });
  test("more events never turn retry into close", () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 1, max: 500 }), ({ any, build }, more) => {
        if (decideRecovery(build(any.seen, any.hours)).action === "retry")
          expect(decideRecovery(build(any.seen + more, any.hours)).action).not.toBe("close");
      }),
      runs,
    );
  });
  test("no close and no retry without a ready deployment that contains the repair", () => {
    fc.assert(
      fc.property(anyFacts, ({ any, build }) => {
        const { action } = decideRecovery(build(any.seen, any.hours));
        if (action === "close" || action === "retry")
          expect([any.hasRepair, any.state, any.containsRepair]).toEqual([true, "READY", true]);
        if (action === "close") expect(any.health).not.toBe("fail");
      }),
      runs,
    );
  });
  test("every wait has a next look that lies ahead, and nothing else has one", () => {
    fc.assert(
      fc.property(anyFacts, ({ any, build }) => {
        const given = build(any.seen, any.hours);
        const verdict = decideRecovery(given);
        if (verdict.action === "wait")
          expect(Date.parse(verdict.recheckAt ?? "")).toBeGreaterThan(Date.parse(given.now));
        else expect(verdict.recheckAt).toBeNull();
        expect(verdict.confidence >= 0 && verdict.confidence <= 1).toBe(true);
        expect(verdict.explanation).not.toMatch(/NaN|Infinity|undefined|null/);
      }),
      runs,
    );
  });
});
