import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseYaml } from "../../lib/adapters/yaml/index.ts";
import { whyCapped } from "../../lib/repair/decide-caps.ts";
import { decidePatch } from "../../lib/repair/decide-patch.ts";
import { type GatePolicy, policySchema } from "../../lib/repair/gate-model.ts";
import { readDiff } from "../../lib/repair/read-diff.ts";
import {
  composeRepositoryFileSchema,
  type RepositoryFile,
  readRepositoryFile,
} from "../../lib/repair/repository-file-model.ts";
import { readRepoCommands } from "../../lib/runner/read-repo-commands.ts";
import { ATTACKS } from "./gate-attacks.ts";
import { FIX, HOSTILE, patch, TEST } from "./gate-corpus.ts";
import { HONEST } from "./gate-honest.ts";

const changesOf = (diff: string) => {
  const reading = readDiff(diff);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.files;
};

function judge(
  diff: string,
  {
    operator = policySchema.parse({}),
    file = null,
    codeowners = null,
    costUsd = null,
  }: Partial<Parameters<typeof decidePatch>[0]> = {},
) {
  const changes = changesOf(diff);
  return decidePatch({ changes, operator, file, taskKind: "bugfix", codeowners, costUsd });
}

const GRAVITY = { allow: 0, require_approval: 1, deny: 2 };
const READABLE = [...HOSTILE, ...ATTACKS, ...HONEST].filter(
  ({ facts }) =>
    facts.policy === undefined && readDiff(facts.diff).ok && facts.diff.length < 100_000 && facts.diff !== "",
);

const globs = fc.array(
  fc.constantFrom("src/**", "**", "*.ts", "/src/cart.ts", "test/**", ".github/**", "*", "Dockerfile", "*.py"),
  { maxLength: 4 },
);
const limits = fc.integer({ min: 0, max: 5_000 });
const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const files = fc
  .record({
    policy: fc.record({
      maxFiles: optional(limits),
      maxChangedLines: optional(limits),
      maxOtherFiles: optional(limits),
      maxOtherLines: optional(limits),
      maxDeletedFiles: optional(limits),
      maxLineLength: optional(limits),
      requireTest: optional(fc.boolean()),
      deletedTests: optional(fc.constantFrom("deny", "require_approval", "allow")),
      deniedLicenses: optional(globs),
      codeowners: optional(fc.constantFrom("ignore", "require_approval")),
      maxCostUsd: optional(fc.double({ min: 0.1, max: 100, noNaN: true })),
    }),
    paths: fc.record({
      blocked: optional(globs),
      approval: optional(globs),
      allowed: optional(globs),
      tests: optional(globs),
    }),
  })
  .map((value) => {
    const read = readRepositoryFile(JSON.parse(JSON.stringify(value)));
    if (!read.ok) throw new Error(read.reason);
    return read.file;
  });
const operators: fc.Arbitrary<GatePolicy> = fc
  .record(
    {
      blockedPaths: globs,
      approvalPaths: globs,
      allowedPaths: fc.option(globs, { nil: null }),
      testPaths: globs,
      maxFiles: limits,
      maxChangedLines: limits,
      requireTest: fc.boolean(),
      deletedTests: fc.constantFrom("deny" as const, "require_approval" as const, "allow" as const),
      codeowners: fc.constantFrom("ignore" as const, "require_approval" as const),
      maxCostUsd: fc.option(fc.double({ min: 0.1, max: 100, noNaN: true }), { nil: null }),
    },
    { requiredKeys: [] },
  )
  .map((value) => policySchema.parse(value));

describe("the target repository's file", () => {
  test("can tighten and never loosen, whatever the operator and it say", () => {
    fc.assert(
      fc.property(
        operators,
        files,
        fc.constantFrom(...READABLE),
        fc.constantFrom(null, 0.5, 50),
        (operator, file, one, costUsd) => {
          const facts = { operator, codeowners: "*.ts @ann\n", costUsd };
          const alone = judge(one.facts.diff, facts);
          const merged = judge(one.facts.diff, { ...facts, file });
          expect(GRAVITY[merged.verdict]).toBeGreaterThanOrEqual(GRAVITY[alone.verdict]);
          const keys = merged.reasons.map(({ rule, path, detail }) => `${rule} ${path} ${detail}`);
          if (alone.verdict !== "allow")
            for (const { rule, path, detail } of alone.reasons) expect(keys).toContain(`${rule} ${path} ${detail}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  const tightened = (yaml: string): RepositoryFile => {
    const read = readRepositoryFile(parseYaml(yaml));
    if (!read.ok) throw new Error(read.reason);
    return read.file;
  };
  test.each([
    ["paths:\n  blocked: [src/cart.ts]", "deny", "blocked-path"],
    ["paths:\n  approval: [src/**]", "require_approval", "approval-path"],
    ["paths:\n  allowed: [packages/**]", "deny", "path-not-allowed"],
    ["policy:\n  maxChangedLines: 1", "deny", "too-many-lines"],
    ["policy:\n  codeowners: require_approval", "require_approval", "codeowners"],
    ["policy:\n  maxCostUsd: 1", "require_approval", "budget"],
  ])("%j tightens", (yaml, verdict, rule) => {
    const facts = { codeowners: "* @acme/all\n/src/ @acme/shop\n", costUsd: 2 };
    expect(judge(FIX + TEST, facts).verdict).toBe("allow");
    const decision = judge(FIX + TEST, { ...facts, file: tightened(yaml) });
    expect(decision.verdict).toBe(verdict);
    expect(decision.reasons.map((reason) => reason.rule)).toContain(rule);
  });

  test("cannot let tests be deleted, drop the operator's test, or widen its limits", () => {
    const file = tightened("policy: { maxFiles: 100, requireTest: false, deletedTests: allow, deniedLicenses: [] }");
    expect(judge(FIX, { file }).verdict).toBe("require_approval");
    const deletion = patch("src/a.test.ts", "-it('a', () => {\n-  expect(a()).toBe(1);\n-});", { kind: "deleted" });
    expect(judge(FIX + TEST + deletion, { file }).verdict).toBe("deny");
  });

  test.each([
    ["policy:\n  maxFile: 3", "maxFile"],
    ["paths:\n  blocked: ['!src/**']", "begins with !"],
    ["policy:\n  maxFiles: -1", "policy.maxFiles"],
    ["polcy: {}", "polcy"],
    ["- a list", "expected object"],
  ])("%j is a fault that names its key", (yaml, words) => {
    const read = readRepositoryFile(parseYaml(yaml));
    expect(read).toEqual({ ok: false, reason: expect.stringContaining(words) });
  });

  test("may be empty, or hold commands alone", () => {
    expect(readRepositoryFile(parseYaml(""))).toEqual({ ok: true, file: {} });
    expect(readRepositoryFile(parseYaml("commands:\n  test: npm test\n  lint: false")).ok).toBe(true);
  });

  test.each([
    [{ test: "npm test", "test-files": "vitest run {files}" }, true],
    [{ install: false, lint: null }, true],
    [{ tests: "npm test" }, false],
    [{ test: "" }, false],
    [{ test: 3 }, false],
  ])("has the commands %j read alike by control plane and runner", (commands, isGood) => {
    expect(readRepositoryFile({ commands }).ok).toBe(isGood);
    expect(readRepoCommands({ config: { commands }, packageJson: null, rootNames: [] }).ok).toBe(isGood);
  });

  test("has a JSON Schema that editors can read, with every key closed", () => {
    const schema = composeRepositoryFileSchema();
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: false,
      properties: { policy: expect.anything(), paths: expect.anything(), commands: expect.anything() },
    });
    expect(JSON.stringify(schema)).toContain('"maxChangedLines"');
  });
});

describe("caps on pull requests", () => {
  const operator = { maxOpenPullRequests: 5, maxPullRequestsPerDay: 20 };
  const why = (open: number, ofLastDay: number, file: RepositoryFile | null = null) =>
    whyCapped({ open, ofLastDay, operator, file });
  test("let a pull request through up to the number, and none beyond", () => {
    expect(why(4, 19)).toBeNull();
    expect(why(5, 0)).toContain("5 pull requests of ours are open");
    expect(why(0, 20)).toContain("in 24 hours");
  });
  test("are the lower of the operator's and the repository's", () => {
    expect(why(2, 0, { policy: { maxOpenPullRequests: 2 } })).toContain("where 2 may be");
    expect(why(5, 0, { policy: { maxOpenPullRequests: 50 } })).toContain("where 5 may be");
    expect(
      whyCapped({
        open: 99,
        ofLastDay: 99,
        operator: { maxOpenPullRequests: null, maxPullRequestsPerDay: null },
        file: null,
      }),
    ).toBeNull();
  });
});
