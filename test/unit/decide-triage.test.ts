import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideTriage, isProduction, TRIAGE_POLICY } from "../../lib/triage/decide-triage.ts";
import { type TriageFacts, triageFactsSchema } from "../../lib/triage/model.ts";

/** An unhandled production error that ten users met within the last day. */
const BASELINE = triageFactsSchema.parse({
  title: "TypeError: Cannot read properties of undefined (reading 'total')",
  level: "error",
  environment: "production",
  events: 40,
  users: 10,
  firstSeenAt: "2026-09-16T12:00:00Z",
  lastSeenAt: "2026-09-17T11:59:00Z",
  now: "2026-09-17T12:00:00Z",
  unhandled: true,
  regression: false,
  baselineEventsPerHour: null,
  impact: null,
});
const given = (change: Partial<TriageFacts>) => decideTriage({ ...BASELINE, ...change });
const ONE_EVENT: Partial<TriageFacts> = { events: 1, users: 0, firstSeenAt: BASELINE.now, lastSeenAt: BASELINE.now };

describe("what people would decide", () => {
  const table: [
    name: string,
    change: Partial<TriageFacts>,
    priority: string,
    severity: string,
    worthRepair: boolean,
  ][] = [
    ["the baseline", {}, "P2", "medium", true],
    ["a fatal error of 50,000 users", { level: "fatal", events: 1_000_000, users: 50_000 }, "P0", "critical", true],
    [
      "the same where nobody said whether it was handled",
      { level: "fatal", events: 1_000_000, users: 50_000, unhandled: null },
      "P0",
      "critical",
      true,
    ],
    ["a one-off info message", { ...ONE_EVENT, level: "info", unhandled: false }, "P3", "low", false],
    ["a fatal first event with no user", { ...ONE_EVENT, level: "fatal" }, "P2", "medium", true],
    ["a handled fatal first event", { ...ONE_EVENT, level: "fatal", unhandled: false }, "P2", "medium", true],
    ["an unhandled first event", { ...ONE_EVENT }, "P2", "medium", true],
    ["a handled first event", { ...ONE_EVENT, unhandled: false }, "P3", "low", false],
    ["the same as a regression", { ...ONE_EVENT, unhandled: false, regression: true }, "P2", "medium", true],
    ["a handled warning of one user", { level: "warning", events: 3, users: 1, unhandled: false }, "P3", "low", false],
    ["a thousand users", { users: 1_000, events: 4_000 }, "P1", "high", true],
    [
      "a thousand users within an hour",
      { users: 1_000, events: 4_000, firstSeenAt: "2026-09-17T11:30:00Z" },
      "P0",
      "critical",
      true,
    ],
    ["noise in staging", { environment: "staging", events: 5_000, users: 40 }, "P2", "medium", false],
    [
      "a fatal storm in a preview",
      { environment: "preview", level: "fatal", events: 1_000_000, users: 50_000 },
      "P2",
      "medium",
      false,
    ],
    ["a storm of info messages", { level: "info", events: 1_000_000, users: 50_000 }, "P2", "medium", false],
    ["no environment given", { environment: null }, "P2", "medium", true],
    [
      "silent for four days",
      { lastSeenAt: "2026-09-13T11:00:00Z", firstSeenAt: "2026-09-13T10:00:00Z", unhandled: false },
      "P3",
      "low",
      false,
    ],
    ["a critical impact on the product", { impact: { level: "critical", affectedShare: 0.3 } }, "P0", "critical", true],
    ["a deployment half an hour before", { deployedAt: "2026-09-16T11:30:00Z", users: 25 }, "P1", "high", true],
    ["the same without one", { users: 25 }, "P2", "medium", true],
    ["a tenth of all requests", { requestsPerHour: 17 }, "P1", "high", true],
    ["one request in a million", { requestsPerHour: 1_700_000 }, "P2", "medium", true],
    ["a hundred times the usual rate", { baselineEventsPerHour: 0.1, events: 240 }, "P1", "high", true],
    [
      "an old, rare error that bursts now",
      { firstSeenAt: "2026-08-17T12:00:00Z", baselineEventsPerHour: 0.2, recentEventsPerHour: 400, events: 600 },
      "P1",
      "high",
      true,
    ],
    [
      "an old error at its usual rate",
      { firstSeenAt: "2026-08-17T12:00:00Z", baselineEventsPerHour: 0.2, recentEventsPerHour: 0.2, events: 600 },
      "P2",
      "medium",
      true,
    ],
  ];
  test.each(table)("%s", (_name, change, priority, severity, worthRepair) => {
    expect(given(change)).toMatchObject({ priority, severity, worthRepair });
  });
});

test.each([
  "staging",
  "dev",
  "development",
  "preview",
  "test",
  "testing",
  "local",
  "qa",
  "pre-production",
  "non-prod",
  "staging-live",
  "ci",
  "Vercel-Preview",
  "blue",
])("an incident in %s is never P0 or P1 and never worth a repair", (environment) => {
  const verdict = given({
    environment,
    level: "fatal",
    events: 1e7,
    users: 1e6,
    regression: true,
    impact: { level: "critical", affectedShare: 1 },
  });
  expect(verdict).toMatchObject({ priority: "P2", worthRepair: false });
  expect(verdict.reasons[0]).toContain(environment);
});

test.each(["production", "Production", "prod", "live", "eu-production", "prod-us", "vercel-production"])(
  "%s is production",
  (name) => {
    expect(isProduction(name)).toBe(true);
  },
);

test("an operator's own name for production counts as production", () => {
  const policy = { ...TRIAGE_POLICY, productionEnvironments: ["blue"] };
  expect(isProduction("blue", policy)).toBe(true);
  expect(decideTriage({ ...BASELINE, environment: "blue" }, policy).worthRepair).toBe(true);
});

test("thresholds belong to the higher priority", () => {
  const at = (score: number) =>
    decideTriage(
      { ...BASELINE, ...ONE_EVENT, events: 0, unhandled: false, level: "error" },
      { ...TRIAGE_POLICY, levelPoints: { ...TRIAGE_POLICY.levelPoints, error: score } },
    );
  expect([24.9, 25, 44.9, 45, 65.9, 66].map((score) => at(score).priority)).toEqual([
    "P3",
    "P2",
    "P2",
    "P1",
    "P1",
    "P0",
  ]);
  expect([24.9, 25].map((score) => at(score).worthRepair)).toEqual([false, true]);
});

test("quiet begins after the stated hours, not at them", () => {
  const lastSeen = (hours: number) => new Date(Date.parse(BASELINE.now) - hours * 3_600_000).toISOString();
  const first = { firstSeenAt: lastSeen(100) };
  expect(given({ ...first, lastSeenAt: lastSeen(72) }).score).toBe(given(first).score);
  expect(given({ ...first, lastSeenAt: lastSeen(72.1) }).score).toBeLessThan(given(first).score);
});

test("reasons are sentences with the figures they rest on, the weightiest first", () => {
  const verdict = given({ users: 50_000, events: 1_000_000, regression: true, baselineEventsPerHour: 100 });
  expect(verdict.reasons).toEqual([
    "50,000 users affected",
    "level is error",
    "1,000,000 events, 41,667 an hour since the first",
    "nothing handled the error",
    "417 times the usual 100 events an hour",
    "it came back after it was resolved",
  ]);
});

describe("facts", () => {
  test("only now must be there", () => {
    const facts = triageFactsSchema.parse({ now: BASELINE.now });
    expect(facts).toEqual({
      title: "",
      level: "error",
      environment: null,
      events: 0,
      users: 0,
      firstSeenAt: BASELINE.now,
      lastSeenAt: BASELINE.now,
      now: BASELINE.now,
      unhandled: null,
      regression: false,
      baselineEventsPerHour: null,
      recentEventsPerHour: null,
      requestsPerHour: null,
      deployedAt: null,
      impact: null,
    });
    expect(decideTriage(facts)).toMatchObject({ priority: "P2", worthRepair: true });
  });
  test.each([
    ["no now", {}],
    ["a now that is no date", { now: "yesterday" }],
    ["negative users", { now: BASELINE.now, users: -1 }],
    ["a share over one", { now: BASELINE.now, impact: { affectedShare: 1.5 } }],
  ])("%s is refused", (_name, facts) => {
    expect(triageFactsSchema.safeParse(facts).success).toBe(false);
  });
  test("words for levels of other tools are understood, unknown ones count as errors", () => {
    const score = (level: string) => given({ level }).score;
    expect(score("critical")).toBe(score("fatal"));
    expect(score("WARN")).toBe(score("warning"));
    expect(score("log")).toBe(score("info"));
    expect(score("weird")).toBe(score("error"));
  });
  test("a clock that is behind the first event makes no storm of it", () => {
    expect(given({ now: "2026-09-16T11:00:00Z" }).score).toBeLessThan(given({ events: 4_000 }).score);
  });
});

const LEVELS = ["debug", "info", "warning", "error", "fatal"];
const IMPACTS = [null, "none", "low", "medium", "high", "critical"] as const;
const facts = fc.record({
  title: fc.constant("x"),
  level: fc.constantFrom(...LEVELS),
  environment: fc.constantFrom(null, "production", "staging", "odd"),
  events: fc.nat({ max: 5_000_000 }),
  users: fc.nat({ max: 1_000_000 }),
  firstSeenAt: fc
    .integer({ min: 0, max: 2_000 })
    .map((hours) => new Date(Date.parse(BASELINE.now) - hours * 3_600_000).toISOString()),
  lastSeenAt: fc
    .integer({ min: 0, max: 200 })
    .map((hours) => new Date(Date.parse(BASELINE.now) - hours * 3_600_000).toISOString()),
  now: fc.constant(BASELINE.now),
  unhandled: fc.constantFrom(false, null, true),
  regression: fc.boolean(),
  baselineEventsPerHour: fc.option(fc.integer({ min: 0, max: 10_000 })),
  recentEventsPerHour: fc.option(fc.integer({ min: 0, max: 100_000 })),
  requestsPerHour: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
  deployedAt: fc.option(
    fc
      .integer({ min: 0, max: 2_000 })
      .map((hours) => new Date(Date.parse(BASELINE.now) - hours * 3_600_000).toISOString()),
  ),
  impact: fc.constantFrom(...IMPACTS).map((level) => (level === null ? null : { level, affectedShare: null })),
});
const worse: Record<string, fc.Arbitrary<(facts: TriageFacts) => TriageFacts>> = {
  "more users": fc.nat({ max: 1_000_000 }).map((more) => (one) => ({ ...one, users: one.users + more })),
  "more events": fc.nat({ max: 1_000_000 }).map((more) => (one) => ({ ...one, events: one.events + more })),
  "more events now": fc.nat({ max: 1_000_000 }).map((more) => (one) => ({
    ...one,
    recentEventsPerHour: one.recentEventsPerHour === null ? null : one.recentEventsPerHour + more,
  })),
  "a higher level": fc
    .nat({ max: 4 })
    .map((up) => (one) => ({ ...one, level: LEVELS[Math.min(4, LEVELS.indexOf(one.level) + up)] ?? "fatal" })),
  "an unhandled error": fc.constant((one) => ({ ...one, unhandled: true })),
  "a regression": fc.constant((one) => ({ ...one, regression: true })),
  "a lower usual rate": fc.nat({ max: 1_000 }).map((less) => (one) => ({
    ...one,
    baselineEventsPerHour: one.baselineEventsPerHour === null ? null : Math.max(0, one.baselineEventsPerHour - less),
  })),
  "less traffic for as many errors": fc.nat({ max: 100_000 }).map((less) => (one) => ({
    ...one,
    requestsPerHour: one.requestsPerHour === null ? null : Math.max(1, one.requestsPerHour - less),
  })),
  "a deployment just before": fc.constant((one) => ({ ...one, deployedAt: one.firstSeenAt })),
  "a larger impact": fc.constantFrom("low", "medium", "high", "critical").map((level) => (one) => {
    const known = one.impact?.level ?? "none";
    return IMPACTS.indexOf(level) >= IMPACTS.indexOf(known) ? { ...one, impact: { level, affectedShare: null } } : one;
  }),
};

test.each(Object.entries(worse))("%s never lowers score, priority or worth", (_name, change) => {
  fc.assert(
    fc.property(facts, change, (one, worsen) => {
      const before = decideTriage(one);
      const after = decideTriage(worsen(one));
      expect(after.score).toBeGreaterThanOrEqual(before.score);
      expect(after.priority <= before.priority).toBe(true);
      expect(Number(after.worthRepair)).toBeGreaterThanOrEqual(Number(before.worthRepair));
    }),
    { numRuns: 500 },
  );
});
