import { describe, expect, test } from "vitest";
import { decideTestProof, isTestPath, quoteShell } from "../../lib/runner/decide-test-proof.ts";
import { type RepoFacts, readRepoCommands } from "../../lib/runner/read-repo-commands.ts";

const scripts = {
  test: "vitest run",
  lint: "biome check .",
  "format:check": "prettier --check .",
  format: "prettier --write .",
};
const node: RepoFacts = {
  config: undefined,
  packageJson: JSON.stringify({ scripts, devDependencies: { vitest: "1" } }),
  rootNames: ["package.json", "package-lock.json"],
};

function commandsOf(facts: Partial<RepoFacts>) {
  const reading = readRepoCommands({ ...node, ...facts });
  if (!reading.ok) throw new Error(reading.reason);
  return reading.commands;
}

function reasonOf(facts: Partial<RepoFacts>): string | null {
  const reading = readRepoCommands({ ...node, ...facts });
  return reading.ok ? null : reading.reason;
}

describe("commands of a repository", () => {
  test("are found from package.json and the lockfile; a formatter that writes is never run", () => {
    expect(commandsOf({})).toEqual({
      install: "npm ci --no-audit --no-fund",
      format: "npm run format:check",
      lint: "npm run lint",
      test: "npm run test",
      testFiles: null,
      testScript: "vitest run",
      origin: ["package.json"],
    });
  });

  test.each([
    ["pnpm-lock.yaml", "pnpm install --frozen-lockfile", "pnpm run test"],
    ["yarn.lock", "yarn install --frozen-lockfile", "yarn run test"],
    ["bun.lock", "bun install --frozen-lockfile", "bun run test"],
    ["README.md", "npm install --no-audit --no-fund --no-package-lock", "npm run test"],
  ])("%s chooses the package manager", (name, install, testCommand) => {
    expect(commandsOf({ rootNames: ["package.json", name] })).toMatchObject({ install, test: testCommand });
  });

  test("yarn 2 and later wants --immutable", () => {
    const named = JSON.stringify({ scripts, devDependencies: { vitest: "1" }, packageManager: "pnpm@10.1.0" });
    expect(commandsOf({ packageJson: named, rootNames: ["package.json"] })).toMatchObject({
      install: "pnpm install",
      test: "pnpm run test",
    });
    expect(commandsOf({ rootNames: ["yarn.lock", ".yarnrc.yml"] }).install).toBe("yarn install --immutable");
  });

  test("what .github/patchpilot.yml says wins, and false switches off", () => {
    const config = { commands: { install: false, lint: "make lint", test: "npm test" }, paths: { blocked: ["x"] } };
    expect(commandsOf({ config })).toMatchObject({
      install: null,
      lint: "make lint",
      test: "npm test",
      testScript: "vitest run",
      format: "npm run format:check",
      origin: [".github/patchpilot.yml", "package.json"],
    });
  });

  test("without dependencies nothing is installed; npm init's empty test is no test", () => {
    const packageJson = JSON.stringify({ scripts: { test: 'echo "Error: no test specified" && exit 1' } });
    expect(commandsOf({ packageJson })).toMatchObject({ install: null, test: null, testScript: null });
  });

  test.each([
    [["go.mod"], "go test ./..."],
    [["Cargo.toml"], "cargo test"],
    [["pyproject.toml"], "python -m pytest"],
    [["README.md"], null],
  ])("outside Node, %j has test command %j", (rootNames, expected) => {
    expect(commandsOf({ packageJson: null, rootNames }).test).toBe(expected);
  });

  test.each([
    [{ config: { commands: { tset: "x" } } }, /patchpilot\.yml: commands: .*tset/],
    [{ config: { commands: { test: 5 } } }, /patchpilot\.yml: commands\.test/],
    [{ config: "just text" }, /patchpilot\.yml/],
    [{ packageJson: "{" }, /package\.json is not valid JSON/],
    [{ packageJson: '{"scripts":[]}' }, /package\.json: scripts/],
  ])("a wrong file is named: %j", (facts, expected) => {
    expect(reasonOf(facts)).toMatch(expected);
  });
});

describe("running the patch's own tests alone", () => {
  const files = [
    { path: "src/cart.mjs", kind: "modified" as const },
    { path: "test/cart.test.mjs", kind: "added" as const },
  ];
  const commandFor = (testScript: string | null, paths = ["test/cart.test.mjs"], testFiles: string | null = null) => {
    const changed = paths.map((path) => ({ path, kind: "added" as const }));
    const proof = decideTestProof({ files: changed, commands: { testFiles, testScript } });
    return proof.kind === "prove" ? proof.command : proof.kind;
  };

  test.each([
    ["node --test", "node --test test/cart.test.mjs"],
    [
      "node --import tsx --test --test-reporter spec 'x'",
      "node --import tsx --test --test-reporter spec test/cart.test.mjs",
    ],
    ["node --test --experimental-test-coverage test/", "node --test test/cart.test.mjs"],
    ["vitest", "vitest run test/cart.test.mjs"],
    ["vitest run --coverage --config vite.config.ts", "vitest run --config vite.config.ts test/cart.test.mjs"],
    ["tsc -p . && NODE_ENV=test jest --ci", "tsc -p . && NODE_ENV=test jest --runTestsByPath test/cart.test.mjs"],
    ["npx mocha 'test/**'", "npx mocha test/cart.test.mjs"],
    ["pytest", "cannot_run_alone"],
    ["make test", "cannot_run_alone"],
    ["vitest run | tee log", "cannot_run_alone"],
    ["vitest; rm -rf /", "cannot_run_alone"],
    [null, "cannot_run_alone"],
  ])("%j becomes %j", (script, expected) => {
    expect(commandFor(script)).toBe(expected);
  });

  test("Python by file, Go by package, anything by the repository's own words", () => {
    expect(commandFor("python -m pytest -q", ["tests/test_cart.py"])).toBe("python -m pytest tests/test_cart.py");
    expect(commandFor("go test ./...", ["cart/cart_test.go", "cart/more_test.go"])).toBe("go test ./cart");
    expect(commandFor("make test", ["test/a.test.js"], "make one FILES='{files}'")).toBe(
      "make one FILES='test/a.test.js'",
    );
  });

  test("helpers and fixtures go onto the base with the tests, but are not run", () => {
    const more = [
      ...files,
      { path: "test/fixtures/a.json", kind: "added" as const },
      { path: "test/helpers/x.mjs", kind: "added" as const },
    ];
    expect(decideTestProof({ files: more, commands: { testFiles: null, testScript: "node --test" } })).toMatchObject({
      testPaths: ["test/cart.test.mjs"],
      supportPaths: ["test/cart.test.mjs", "test/fixtures/a.json", "test/helpers/x.mjs"],
    });
  });

  test("a deleted test is not a new one", () => {
    const deleted = [{ path: "test/cart.test.mjs", kind: "deleted" as const }];
    expect(decideTestProof({ files: deleted, commands: { testFiles: null, testScript: "node --test" } }).kind).toBe(
      "no_new_test",
    );
  });

  test.each([
    ["src/a.test.ts", true],
    ["spec/models/cart_spec.rb", true],
    ["pkg/cart_test.go", true],
    ["src/contest.ts", false],
    ["src/latest/x.ts", false],
  ])("%s is a test path: %s", (path, expected) => {
    expect(isTestPath(path)).toBe(expected);
  });

  test("names with quotes, spaces and dashes stay one argument", () => {
    expect(quoteShell("test/it's a $(test).mjs")).toBe("'test/it'\\''s a $(test).mjs'");
    expect(quoteShell("-rf.test.js")).toBe("./-rf.test.js");
  });
});
