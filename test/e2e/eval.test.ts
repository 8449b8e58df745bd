import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { runAblation, runEvals } from "../evals/run-evals.ts";
import { PROJECT_ROOT } from "../law/tree.ts";
import { runProgram, startProgram } from "../support/run-program.ts";

const evals = (...args: string[]) => runProgram(["cli/main.ts", "eval", ...args]);

const QUIET = { live: null, onRun: () => undefined };

interface Played {
  results: { name: string; failures: string[]; observed: Record<string, unknown> }[];
  score: { cases: number; passed: number };
}

/** Every case takes a second or two on a busy machine. */
const ALL_MS = 240_000;

describe("patchpilot eval", () => {
  it("every recorded incident ends as it should", { timeout: ALL_MS }, async () => {
    const { code, stdout, stderr } = await evals("--json");
    const { results, score }: Played = JSON.parse(stdout || "null");
    expect(
      results.filter(({ failures }) => failures.length > 0).map(({ name, failures }) => ({ name, failures })),
    ).toEqual([]);
    expect(score.cases).toBeGreaterThanOrEqual(20);
    expect(code, stderr).toBe(0);
  });

  it("the same cases end in the same way, to the token", { timeout: ALL_MS }, async () => {
    const seen = async () => {
      const { results } = await runEvals({ ...QUIET, names: ["memory-names-the-place", "injection"] });
      return results.map(({ name, observed: { latencyMs: _, logText: _log, ...observed } }) => ({ name, observed }));
    };
    expect(await seen()).toEqual(await seen());
  });

  it("what is taken away is missed", { timeout: ALL_MS }, async () => {
    const names = ["memory-names-the-place", "injection", "frames-bundled"];
    const { whole, variants } = await runAblation({ ...QUIET, names });
    expect(whole.score.passed).toBe(names.length);
    expect(variants.filter(({ differs }) => !differs).map(({ name }) => name)).toEqual([]);
    expect(variants).toHaveLength(8);
  });

  it("cases that cannot tell a difference are said to be none, with exit 1", { timeout: ALL_MS }, async () => {
    const { code, stdout } = await evals("--ablation", "forged");
    expect(stdout).toContain("no variant differs");
    expect(code).toBe(1);
  });

  it("an unknown case is wrong use", async () => {
    const { code, stderr } = await evals("no-such-case");
    expect(stderr).toContain("there is no case no-such-case");
    expect(code).toBe(2);
  });

  it("--live without a model is refused, naming the setting", async () => {
    const child = startProgram([join(PROJECT_ROOT, "cli/main.ts"), "eval", "--live"], tmpdir());
    if (child.stderr === null) throw new Error("its standard error is not piped");
    const [stderr, code] = await Promise.all([
      text(child.stderr),
      new Promise((resolve) => child.once("close", resolve)),
    ]);
    expect(stderr).toContain("LLM_MODEL is not set");
    expect(code).toBe(2);
  });
});
