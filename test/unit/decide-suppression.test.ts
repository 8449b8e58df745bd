import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideSuppression,
  matches,
  type SuppressionFacts,
  type SuppressionPolicy,
} from "../../lib/incidents/decide-suppression.ts";

const FACTS: SuppressionFacts = {
  titles: ["TypeError: cannot read percent"],
  environment: "production",
  release: "shop@1.4.0",
  paths: ["/var/task/src/checkout/pricing.mjs"],
  events: 10,
  users: 3,
  snoozedUntil: null,
  reopenedCount: 0,
  now: "2026-11-20T12:00:00.000Z",
};
const POLICY: SuppressionPolicy = { ignore: [], minEvents: 0, minUsers: 0, maintenance: [], flappingReturns: 3 };
const window = (from: string, to: string) => ({ maintenance: [{ from, to, reason: "database move" }] });

describe("decideSuppression", () => {
  it("lets a problem pass that nothing speaks against", () => {
    expect(decideSuppression(FACTS, POLICY)).toBeNull();
  });

  it.each<[string, Partial<SuppressionFacts>, Partial<SuppressionPolicy>, string | null]>([
    [
      "a rule whose title fits",
      {},
      { ignore: [{ name: "known", title: "typeerror: * percent" }] },
      'rule "known" ignores it',
    ],
    [
      "a rule of which one part does not fit",
      {},
      { ignore: [{ name: "known", title: "*percent", release: "shop@2*" }] },
      null,
    ],
    ["a rule by path", {}, { ignore: [{ name: "legacy", path: "*/checkout/*" }] }, 'rule "legacy" ignores it'],
    ["a rule that names nothing", {}, { ignore: [{ name: "empty" }] }, null],
    ["one event too few", { events: 4 }, { minEvents: 5 }, "4 of 5 events that the policy asks for"],
    ["just enough events", { events: 5 }, { minEvents: 5 }, null],
    ["one user too few", { users: 1 }, { minUsers: 2 }, "1 of 2 users that the policy asks for"],
    ["snoozed", { snoozedUntil: "2026-11-20T12:00:01.000Z" }, {}, "snoozed until 2026-11-20T12:00:01.000Z"],
    ["a snooze that is over", { snoozedUntil: "2026-11-20T12:00:00.000Z" }, {}, null],
    [
      "in maintenance",
      {},
      window("2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z"),
      "maintenance until 2026-11-20T13:00:00Z: database move",
    ],
    ["at its end", {}, window("2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z"), null],
    ["flapping", { reopenedCount: 3 }, {}, "flapping: it came back 3 times"],
    ["not flapping yet", { reopenedCount: 2 }, {}, null],
  ])("%s", (_name, facts, policy, expected) => {
    expect(decideSuppression({ ...FACTS, ...facts }, { ...POLICY, ...policy })).toBe(expected);
  });
});

describe("matches", () => {
  it("agrees with the regular expression that a pattern means", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    fc.assert(
      fc.property(letters, text, (pattern, subject) => {
        const meant = new RegExp(`^${pattern.split("*").join(".*")}$`);
        expect(matches(pattern, subject)).toBe(meant.test(subject));
      }),
    );
  });
});
