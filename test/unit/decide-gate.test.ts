import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFileRole } from "../../lib/kernel/read-file-role.ts";
import { decideGate } from "../../lib/repair/decide-gate.ts";
import { matchesAny } from "../../lib/repair/read-glob.ts";
import { ATTACKS } from "./gate-attacks.ts";
import { added, FIX, HOSTILE, patch, TEST } from "./gate-corpus.ts";
import { HONEST, NEEDS_A_PERSON } from "./gate-honest.ts";
import { MORE_HONEST } from "./gate-honest-more.ts";

describe("hostile patches are stopped", () => {
  test("there are at least 300 of them", () => expect(HOSTILE.length + ATTACKS.length).toBeGreaterThanOrEqual(300));
  test.each(ATTACKS)("$name, named by its rule", ({ facts, rule }) => {
    const decision = decideGate(facts);
    expect(decision.verdict).not.toBe("allow");
    expect(decision.reasons.map((reason) => reason.rule)).toContain(rule);
  });
  test.each(HOSTILE)("$name", ({ facts, verdict, rule }) => {
    const decision = decideGate(facts);
    expect({ verdict: decision.verdict, rules: decision.reasons.map((reason) => reason.rule) }).toEqual({
      verdict,
      rules: expect.arrayContaining([rule]),
    });
  });
  test.each(HOSTILE.filter(({ facts }) => facts.policy === undefined))(
    "$name, whatever it is said to be for",
    ({ facts, rule }) => {
      const depends = rule === "missing-test" || rule === "beyond-task";
      for (const taskKind of [null, "bugfix", "performance", "followup", "chore"]) {
        if (!depends) expect(decideGate({ diff: facts.diff, taskKind }).verdict).not.toBe("allow");
      }
    },
  );
});

describe("honest patches pass", () => {
  const all = [...HONEST, ...MORE_HONEST];
  test("there are at least 120 of them", () => expect(all.length).toBeGreaterThanOrEqual(120));
  test.each(all)("$name", ({ facts }) => {
    expect(decideGate(facts)).toEqual({
      verdict: "allow",
      reasons: [{ rule: "within-policy", detail: expect.any(String) }],
    });
    expect(decideGate({ ...facts, taskKind: null }).verdict).toBe("allow");
  });
  test.each(NEEDS_A_PERSON)("$name waits for a person, and is not denied", ({ facts, verdict, rule }) => {
    const decision = decideGate(facts);
    expect(decision.verdict).toBe(verdict);
    expect(decision.reasons.map((reason) => reason.rule)).toContain(rule);
  });
});

describe("any honest patch beside a hostile one", () => {
  test("does not get it through", () => {
    const stops = HOSTILE.filter(
      ({ facts, verdict, rule }) => verdict === "deny" && facts.policy === undefined && rule === "blocked-path",
    );
    fc.assert(
      fc.property(fc.constantFrom(...HONEST), fc.constantFrom(...stops), (good, bad) => {
        expect(decideGate({ diff: good.facts.diff + bad.facts.diff, taskKind: "bugfix" }).verdict).toBe("deny");
      }),
    );
  });
});

describe("the policy", () => {
  const gate = (policy: unknown, diff = FIX + TEST) => decideGate({ diff, policy, taskKind: "bugfix" });
  test("may be given in part; the rest is its default", () => {
    expect(gate({}).verdict).toBe("allow");
    expect(gate({ maxFiles: 1 }).verdict).toBe("allow");
    expect(gate({ maxFiles: 0 }).verdict).toBe("deny");
    expect(gate({ maxChangedLines: 2 }).verdict).toBe("allow");
    expect(gate({ maxChangedLines: 1 }).verdict).toBe("deny");
  });
  test("can ask for approval of a path, or drop the test", () => {
    expect(gate({ approvalPaths: ["src/cart.ts"] }).verdict).toBe("require_approval");
    expect(gate({ requireTest: false }, FIX).verdict).toBe("allow");
    expect(gate({ requireTest: true }, FIX).verdict).toBe("require_approval");
  });
  test("cannot unblock what is always blocked", () => {
    const workflow = FIX + TEST + patch(".github/workflows/a.yml", "-a\n+b");
    expect(
      gate({ blockedPaths: ["!.github/workflows/**"], approvalPaths: [], allowedPaths: ["**"] }, workflow).verdict,
    ).toBe("deny");
  });
  test("denies everything where it cannot be read, naming the fault", () => {
    expect(gate({ maxFiles: "many" })).toEqual({
      verdict: "deny",
      reasons: [{ rule: "policy", detail: expect.stringContaining("maxFiles") }],
    });
    expect(gate([]).verdict).toBe("deny");
  });
});

test("reasons name rule, path and detail, the gravest first", () => {
  const { reasons } = decideGate({
    diff: FIX + patch("Dockerfile", "-a\n+b") + patch(".env", "-a\n+b"),
    taskKind: "bugfix",
  });
  expect(reasons.map(({ rule, path }) => [rule, path])).toEqual([
    ["blocked-path", ".env"],
    ["approval-path", "Dockerfile"],
    ["missing-test", "src/cart.ts"],
  ]);
});

test("any text at all gets an answer", () => {
  const pieces = [
    FIX,
    TEST,
    patch("a/b.test.ts", "-expect(a)\n+x"),
    "diff --git a/x b/x\n",
    "+++ b/y\n",
    "@@ -1 +1 @@\n",
  ];
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 6 }), (parts) => {
      expect(["allow", "deny", "require_approval"]).toContain(decideGate({ diff: parts.join("") }).verdict);
    }),
  );
});

test("hostile lines of 100 KB are judged in less than a second", () => {
  const lines = [
    "(".repeat(100_000),
    "expect(".repeat(14_000),
    `${"a ".repeat(50_000)}=`,
    "\\x41".repeat(25_000),
    `catch ${"(".repeat(90_000)}`,
    "eval(".repeat(20_000),
    "/".repeat(100_000),
    `${"{ ...process.env ".repeat(6000)}`,
  ];
  const start = performance.now();
  for (const line of lines)
    decideGate({ diff: added("src/x.ts", line) + added("src/x.test.ts", line), taskKind: "bugfix" });
  expect(performance.now() - start).toBeLessThan(1000 * lines.length);
});

test.each([
  ["*.pem", "a/b/c.PEM", true],
  [".env*", ".env.local", true],
  [".env*", "src/env.ts", false],
  ["src/*.ts", "src/a.ts", true],
  ["src/*.ts", "src/a/b.ts", false],
  ["src/*.ts", "packages/a/src/b.ts", true],
  ["/src/*.ts", "packages/a/src/b.ts", false],
  ["src/**", "src/a/b.ts", true],
  ["src/", "src/a/b.ts", true],
  ["src", "src/a/b.ts", true],
  ["**/x/**/y.ts", "a/x/y.ts", true],
  ["a?c", "abc", true],
  ["a?c", "ac", false],
  ["a**b", "axxb", true],
])("the glob %s and %s: %s", (pattern, path, isMatch) => {
  expect(matchesAny([pattern], path)).toBe(isMatch);
  expect(matchesAny([pattern, `!${pattern}`], path)).toBe(false);
});

test.each([
  ["src/a.test.ts", "test"],
  ["src/__tests__/a.js", "test"],
  ["cypress/e2e/a.cy.ts", "test"],
  ["tests/test_a.py", "test"],
  ["a/b_test.py", "test"],
  ["src/test/java/A.java", "test"],
  ["src/main/java/ATest.java", "test"],
  ["spec/a_spec.rb", "test"],
  ["a/b_test.go", "test"],
  ["tests/ATest.php", "test"],
  ["tests/a.rs", "test"],
  ["Shop.Tests/A.cs", "test"],
  ["Tests/ATests.swift", "test"],
  ["src/latest.ts", "source"],
  ["src/contest/a.ts", "source"],
  ["src/inspector.ts", "source"],
  ["src/Audit.java", "source"],
  ["src/attestation.py", "source"],
  ["README.md", "docs"],
  ["docs/a.ts", "source"],
  ["tests/data.json", "test-data"],
  ["src/__snapshots__/a.snap", "test-data"],
])("the role of %s is %s", (path, role) => expect(readFileRole(path)).toBe(role));
