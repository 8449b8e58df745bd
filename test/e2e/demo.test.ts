import { describe, it } from "vitest";
import { SCENARIOS } from "../../demo/scenarios/index.ts";
import { runProgram } from "../support/run-program.ts";

/** A scenario's own limit, and time to start and stop a world on a busy machine. */
const MARGIN_SECONDS = 90;

/**
 * Played by `DEMO_SCENARIOS=all npx vitest run test/e2e/demo.test.ts` alone: all of them together take longer than a gate
 * may. What each of them shows is also shown by tests of the verbs on a database.
 */
const ON_REQUEST = new Set([
  ...["conflict", "person-commits", "runner-dies", "issue-plan", "budget", "regression", "performance-fixed"],
  ...["storm", "slow-burn", "quiet-night", "half-fixed", "stragglers", "blocked-deploy"],
  ...["performance", "lost-webhooks", "watch", "unfixable", "bad-fix", "glitchtip", "rollback", "review-hostile"],
  ...["review-huge", "review-no-ci", "review-ci-red", "review-talk", "review-storm"],
]);
const played = SCENARIOS.filter(({ name }) => process.env.DEMO_SCENARIOS === "all" || !ON_REQUEST.has(name));

// Scenarios mostly wait for production to prove something: several share a machine well.
describe.concurrent("the demo world, as `npm run demo` plays it", () => {
  for (const { name, title, timeoutSeconds } of played) {
    it(`${name}: ${title}`, { timeout: (2 * timeoutSeconds + MARGIN_SECONDS) * 1_000 }, async ({ expect }) => {
      const { code, stdout, stderr } = await runProgram(["demo/main.ts", "--scenario", name, "--json"]);
      const result = JSON.parse(stdout || "null");
      expect(result?.problems, stderr).toEqual([]);
      expect(code).toBe(0);
      expect(result.scenario).toBe(name);
    });
  }

  it("kill -9 of the control plane at ten random moments changes nothing in the end", {
    timeout: 400_000,
  }, async ({ expect }) => {
    const { code, stderr } = await runProgram(["demo/main.ts", "--kills", "10"]);
    expect(stderr).toContain("recovered under 10 kills: one issue, one branch, one pull request, one closing");
    expect(code).toBe(0);
  });

  it("an unknown scenario is wrong use, and the known ones are named", async ({ expect }) => {
    const { code, stderr } = await runProgram(["demo/main.ts", "--scenario", "no-such"]);
    expect(code).toBe(2);
    for (const { name } of SCENARIOS) expect(stderr).toContain(name);
  });
});
