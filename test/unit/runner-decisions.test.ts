import { describe, expect, test } from "vitest";
import { decideTestFailure } from "../../lib/repair/decide-own-error.ts";
import { decideSuite } from "../../lib/repair/decide-suite.ts";
import { decideClaimable, decideWorkers } from "../../lib/repair/decide-workers.ts";
import { type CommandResult, workerChainSchema } from "../../lib/repair/model.ts";
import { decideCommandFault } from "../../lib/runner/decide-command-fault.ts";
import { readFailedTests } from "../../lib/runner/read-failed-tests.ts";

const command = (name: CommandResult["name"], exitCode: number | null, more: Partial<CommandResult> = {}) => ({
  name,
  command: "npm test",
  exitCode,
  timedOut: false,
  durationMs: 1,
  outputTail: "",
  ...more,
});

describe("WORKER_PROFILE", () => {
  test.each([
    ["claude", [{ profile: "claude", model: null }]],
    [
      " claude:opus , codex,opencode:anthropic/claude-x",
      [
        { profile: "claude", model: "opus" },
        { profile: "codex", model: null },
        { profile: "opencode", model: "anthropic/claude-x" },
      ],
    ],
    ["opencode:ollama/qwen3:32b", [{ profile: "opencode", model: "ollama/qwen3:32b" }]],
  ])("%j is a chain", (text, chain) => expect(workerChainSchema.parse(text)).toEqual(chain));

  test.each([
    ["human", "human"],
    ["claude,", '""'],
    ["claude:", "model"],
    ["claude:--dangerously-skip-permissions", "model"],
    ["claude:a b", "model"],
  ])("%j is refused, and the fault named", (text, named) => {
    const read = workerChainSchema.safeParse(text);
    expect(read.success).toBe(false);
    expect(read.error?.issues[0]?.message).toContain(named);
  });
});

describe("who works on a run", () => {
  const chain = workerChainSchema.parse("claude:opus,claude,codex");

  test("is the chain, as far as the runner can start it, the run's own profile first", () => {
    const offered = ["codex", "claude"] as const;
    expect(decideWorkers({ profile: "claude", chain, offered })).toEqual(chain);
    expect(decideWorkers({ profile: "codex", chain, offered }).map((one) => one.profile)).toEqual([
      "codex",
      "claude",
      "claude",
    ]);
    expect(decideWorkers({ profile: "claude", chain, offered: ["codex"] })).toEqual([
      { profile: "codex", model: null },
    ]);
  });

  test("queued before the chain was changed keeps its own profile in front", () => {
    const workers = decideWorkers({ profile: "custom", chain, offered: ["custom", "codex"] });
    expect(workers.map((one) => one.profile)).toEqual(["custom", "codex"]);
    expect(decideWorkers({ profile: "custom", chain, offered: ["cursor"] })).toEqual([]);
  });

  test("a runner that has one of the chain can take a run of any of it; one that has none only its own", () => {
    expect(decideClaimable(chain, ["codex"])).toEqual(["codex", "claude"]);
    expect(decideClaimable(chain, ["custom"])).toEqual(["custom"]);
  });
});

describe("how the new test failed on the broken code", () => {
  const error = { errorType: "TypeError", errorMessage: "Cannot read properties of null (reading 'percent')" };
  test.each([
    [error, "✖ a\n  TypeError: Cannot read properties of null (reading 'percent')\n    at x", "own_error"],
    [error, "AssertionError: expected 500 to be 200", "other_failure"],
    [error, "Error [ERR_MODULE_NOT_FOUND]: Cannot find module './new.mjs'", "not_loaded"],
    [error, "SyntaxError: The requested module does not provide an export named 'guard'", "not_loaded"],
    [error, "TypeError: guard is not a function", "other_failure"],
    [error, "", "unknown"],
    [{ errorType: null, errorMessage: null }, "boom", "unknown"],
    [{ errorType: "RangeError", errorMessage: null }, "RangeError: Invalid time value", "own_error"],
    [
      { errorType: "Error", errorMessage: "order 4711 of 'ann' was not found here" },
      "Error: order 12 of 'bob' was not found here",
      "own_error",
    ],
    [
      { errorType: "SyntaxError", errorMessage: "Unexpected token < in JSON at position 0" },
      "SyntaxError: Unexpected token < in JSON at position 0",
      "own_error",
    ],
    [{ errorType: "E", errorMessage: "42" }, "nothing of it", "other_failure"],
  ])("%j and %j: %s", (facts, output, expected) => {
    expect(decideTestFailure({ ...facts, output })).toBe(expected);
  });
});

describe("the suite with a patch", () => {
  const failing = (name: CommandResult["name"], ...failedTests: string[]) => command(name, 1, { failedTests });
  test.each<[string, CommandResult[], object]>([
    ["that passes", [command("test", 0)], { type: "passes" }],
    ["that is not there", [], { type: "not_run" }],
    [
      "that fails alone",
      [failing("test", "a"), failing("test-again", "a"), command("test-on-base", 0)],
      { type: "worse", tests: ["a"] },
    ],
    ["that passes when run again", [failing("test", "a"), command("test-again", 0)], { type: "flaky", tests: ["a"] }],
    [
      "that fails as the base does",
      [failing("test", "a", "b"), failing("test-again", "a", "b"), failing("test-on-base", "a", "b", "c")],
      { type: "not_worse", tests: ["a", "b"] },
    ],
    [
      "that fails as the base does and more",
      [failing("test", "a", "new"), failing("test-again", "a", "new"), failing("test-on-base", "a")],
      { type: "worse", tests: ["new"] },
    ],
    [
      "of which one fails only once",
      [failing("test", "a", "moody"), failing("test-again", "a"), failing("test-on-base", "a")],
      { type: "not_worse", tests: ["a"] },
    ],
    [
      "whose failures cannot be read, nor the base's",
      [command("test", 1), command("test-again", 1), command("test-on-base", 1)],
      { type: "not_worse", tests: [] },
    ],
    ["that timed out", [command("test", null, { timedOut: true })], { type: "worse", tests: [] }],
  ])("%s", (_name, commands, expected) => expect(decideSuite(commands)).toEqual(expected));
});

describe("a command that this machine cannot run", () => {
  test.each<[string, CommandResult[], string | null]>([
    ["is not found without the patch either", [command("test", 127), command("test-on-base", 127)], "install its tool"],
    ["is not found for the new test", [command("new-test-on-base", 126)], "install its tool"],
    ["is killed without the patch either", [command("test-on-base", 137)], "memory"],
    ["fills the disk", [command("install", 1, { outputTail: "npm error ENOSPC: no space" })], "disk is full"],
    ["fails only with the patch", [command("test", 127), command("test-on-base", 0)], null],
    ["times out", [command("test-on-base", null, { timedOut: true })], null],
    ["just fails", [command("test", 1), command("test-on-base", 1)], null],
  ])("%s", (_name, commands, named) => {
    const fault = decideCommandFault(commands);
    if (named === null) expect(fault).toBeNull();
    else expect(fault).toContain(named);
  });
});

describe("names of failed tests", () => {
  test.each([
    [
      "node's reporter",
      "▶ outer\n  ✖ inner one (0.85ms)\n✖ outer (1.7ms)\n✔ ok (0.1ms)\n✖ failing tests:\n",
      ["inner one", "outer"],
    ],
    ["node's TAP", "# Subtest: a\nnot ok 1 - a\nok 2 - b\nnot ok 3 - c # TODO later\n", ["a"]],
    [
      "vitest",
      " FAIL  test/a.test.ts > adds > zero\n ❯ test/a.test.ts (2 tests | 1 failed) 3ms\n   × adds > zero 3ms\n",
      ["adds > zero", "test/a.test.ts > adds > zero"],
    ],
    ["jest", "FAIL src/a.test.js\n  ● adds › zero\n  ● Console\n", ["adds › zero", "src/a.test.js"]],
    [
      "pytest",
      "FAILED tests/test_a.py::test_zero - ZeroDivisionError: x\nERROR tests/test_b.py - ImportError\n",
      ["tests/test_a.py::test_zero", "tests/test_b.py"],
    ],
    ["go", "--- FAIL: TestZero (0.00s)\n    --- FAIL: TestZero/neg (0.00s)\n", ["TestZero", "TestZero/neg"]],
    ["cargo", "test tests::zero ... FAILED\ntest tests::one ... ok\n", ["tests::zero"]],
    ["rspec", "rspec ./spec/a_spec.rb:3 # adds zero\n", ["./spec/a_spec.rb:3"]],
    ["colours", "\u001b[31m✖ red (1ms)\u001b[39m\n", ["red"]],
  ])("%s", (_tool, output, names) => expect(readFailedTests(output)).toEqual(names));

  test("that cannot be read are unknown, not none", () =>
    expect(readFailedTests("make: *** [test] Error 1")).toBeNull());
});
