import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alert, type Bench, createBench, MINUTE_MS, mustRun } from "../support/context.ts";
import { expectConflict, expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { mustClaim, openMerged } from "../support/repair-flow.ts";

const VERIFY = "recovery.verify-recovery";
const HOUR_MS = 60 * MINUTE_MS;

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;
let incidentId: string;
let mergeSha: string;
let oldSha: string;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
  oldSha = bench.repository.branches.get("main") ?? "";
  ({ incidentId, mergeSha } = await openMerged(bench));
});

const state = async () => (await bench.incident(incidentId)).state;
const look = () => bench.runWaiting(VERIFY, { incidentId });
const deploy = (...rest: [("building" | "error" | "ready")?, (string | null)?]) =>
  bench.production.deploy(mergeSha, bench.clock.now(), ...rest);

/** The repair serves production, and its effect is watched from now on. */
async function openVerifying(): Promise<void> {
  deploy();
  await mustRun(bench, VERIFY, { incidentId });
  expect(await state()).toBe("verifying");
}

/** Looks whenever the verdict says, until it is no longer "wait"; `between` may report events at each step. */
async function lookUntilDecided(between: () => void = () => {}): Promise<number> {
  for (let looks = 1; looks < 60; looks++) {
    between();
    await look();
    if ((await state()) !== "verifying") return looks;
  }
  throw new Error("no verdict after 60 looks");
}

describe("a merged repair", () => {
  it("without a deployment waits, with the time of the next look, and says so once", async () => {
    for (let count = 0; count < 4; count++) {
      await look();
      const next = new Date(bench.clock.now().getTime() + 10 * MINUTE_MS);
      expect((await bench.incident(incidentId)).nextCheckAt).toEqual(next);
      expect((await bench.waitingJobs())[VERIFY]).toEqual(next);
    }
    expect(await state()).toBe("deploying");
    expect(await bench.said(incidentId, "waiting")).toEqual(["no production deployment contains the repair yet"]);
  });

  it("says anew what it waits for when that changes", async () => {
    await look();
    deploy("building");
    await look();
    await look();
    expect(await bench.said(incidentId, "waiting")).toEqual([
      "no production deployment contains the repair yet",
      "the deployment with the repair is building",
    ]);
    expect(await state()).toBe("deploying");
  });

  it("that was ready while production served another one counts from when production was last seen elsewhere", async () => {
    const repaired = deploy();
    const other = bench.production.deploy(oldSha, bench.clock.now());
    await look();
    bench.clock.advance(5 * HOUR_MS);
    await look();
    const lastSeen = bench.clock.now();
    bench.clock.advance(MINUTE_MS);
    Object.assign(repaired, { isCurrent: true });
    Object.assign(other, { isCurrent: false });
    await mustRun(bench, VERIFY, { incidentId });
    expect(await bench.said(incidentId, "deployed")).toEqual([expect.stringContaining(lastSeen.toISOString())]);
    await mustRun(bench, VERIFY, { incidentId });
    expect(await state()).not.toBe("recovered");
  });

  it("whose deployment failed is handed to a person, in the host's words", async () => {
    deploy("error", "Command npm run build exited with 1");
    await look();
    expect(await state()).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([
      "the deployment with the repair is error: Command npm run build exited with 1",
    ]);
    await bench.settle();
    expect(bench.issues.onlyComment).toContain("Command npm run build exited with 1");
    expect(Object.keys(await bench.waitingJobs())).not.toContain(VERIFY);
  });

  it("that no deployment brings within the policy's time is handed to a person", async () => {
    bench.clock.advance(25 * HOUR_MS);
    await look();
    expect(await state()).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([
      "no production deployment contains the repair yet, 24 hours after the merge",
    ]);
  });

  it("is watched from the moment at which a deployment that contains it serves production", async () => {
    const later = bench.repository.push("main", { "src/other.js": "export const other = 1;\n" });
    bench.production.deploy(later, bench.clock.now());
    await expectOnce(bench, VERIFY, { incidentId });
    expect(await state()).toBe("verifying");
    expect(await bench.said(incidentId, "deployed")).toEqual([expect.stringContaining("dpl_1")]);
  });

  it("is not taken for deployed by a deployment of something else", async () => {
    bench.production.deploy(oldSha, bench.clock.now());
    await look();
    expect(await state()).toBe("deploying");
  });

  it("is looked at once a crash, and not at all on what was read before a change", async () => {
    deploy();
    await expectConflict(bench, {
      name: VERIFY,
      payload: { incidentId },
      incidentId,
      method: "listProductionDeployments",
    });
    await expectCrashSafe(bench, VERIFY, { incidentId }, "listProductionDeployments");
    expect(await bench.said(incidentId, "deployed")).toHaveLength(1);
  });

  it("is looked at again at once when a deployment's webhook comes", async () => {
    await look();
    deploy();
    const { deliveryId } = await bench.receive(
      {
        kind: "deployment",
        event: "succeeded",
        deploymentId: "dpl_1",
        sourceProject: null,
        target: "production",
        sha: mergeSha,
        ref: "main",
        url: null,
        occurredAt: null,
      },
      "deployment-1",
    );
    await expectOnce(bench, "recovery.note-deployment", { deliveryId });
    expect((await bench.waitingJobs())[VERIFY]).toEqual(bench.clock.now());
    await look();
    expect(await state()).toBe("verifying");
  });
});

describe("a watched repair", () => {
  beforeEach(openVerifying);

  it("that silenced the error is closed with its numbers, its lesson, and its issue last", async () => {
    await lookUntilDecided();
    expect(await state()).toBe("recovered");
    const [told] = await bench.said(incidentId, "recovered");
    expect(told).toMatch(/^0 events since the repair, where [\d.]+ were expected/);
    expect(told).toContain("Product impact, while it failed and since: unknown (PostHog is not configured).");
    const [last] = (await bench.looks(incidentId)).toReversed();
    expect(last).toMatchObject({ action: "close", verdict: { reason: "recovered" }, facts: { since: { events: 0 } } });
    expect(Object.keys(await bench.waitingJobs()).sort()).toEqual([
      "alerts.update-issue",
      "investigate.write-lesson",
      "recovery.offer-rollback",
      "recovery.resolve-source",
      "repair.check-run",
    ]);
    const changesBefore = bench.issues.log.length;
    await bench.settle();
    expect(bench.issues.only).toMatchObject({ state: "closed", closedAs: "completed" });
    expect(bench.issues.only.labels).toContain("patchpilot:recovered");
    expect(bench.issues.onlyComment).toContain("0 events since the repair, where");
    expect(bench.issues.log.slice(changesBefore).at(-1)).toBe("close");
    expect(await bench.lessons()).toEqual([expect.objectContaining({ outcome: "recovered" })]);
    expect(bench.errors.resolvedIn).toEqual([mergeSha]);
    expect(await bench.said(incidentId, "source_resolved")).toHaveLength(1);
  });

  it("is closed with what the product lost, then and since the repair", async () => {
    const posthog = {
      POSTHOG_HOST: "https://eu.posthog.com",
      POSTHOG_API_KEY: "phx_of_tests",
      POSTHOG_PROJECT_ID: "1",
    };
    bench.configure({ env: { ...posthog, POSTHOG_EVENTS: "paid" } });
    const summary = "critical: paid 0 instead of 90 (−100%)";
    await bench.touch(incidentId, { triage: { impact: { summary, impact: { status: "measured" } } } });
    for (const week of [0, 1, 2, 3, 4]) {
      const from = later(-60 - week * 7 * 24 * 60);
      bench.product.reportMany("paid", 4_800, from, new Date(from.getTime() + 48 * HOUR_MS));
    }
    await lookUntilDecided();
    const [told] = await bench.said(incidentId, "recovered");
    expect(told).toContain(
      `Product impact while it failed: ${summary}. Since the repair: no drop beyond chance: paid `,
    );
    expect((await bench.looks(incidentId)).at(-1)?.verdict).toMatchObject({ explanation: told });
  });

  it("is said to be watched once, however often it is looked at", async () => {
    await look();
    await mustRun(bench, VERIFY, { incidentId });
    await mustRun(bench, VERIFY, { incidentId });
    expect((await bench.looks(incidentId)).length).toBeGreaterThan(2);
    expect(await bench.said(incidentId, "watching")).toHaveLength(1);
    const { nextCheckAt } = await bench.incident(incidentId);
    expect((await bench.waitingJobs())[VERIFY]).toEqual(nextCheckAt);
    expect(nextCheckAt?.getTime()).toBeGreaterThan(bench.clock.now().getTime());
  });

  it("is judged once, however often the look's job is delivered", async () => {
    bench.clock.advance(HOUR_MS);
    await expectOnce(bench, VERIFY, { incidentId });
  });

  it("is not judged on what was read before a change, nor twice after a crash", async () => {
    bench.clock.advance(HOUR_MS);
    await expectConflict(bench, { name: VERIFY, payload: { incidentId }, incidentId, method: "check" });
    expect(await bench.looks(incidentId)).toEqual([]);
    await expectCrashSafe(bench, VERIFY, { incidentId }, "findStatus");
    expect(await bench.looks(incidentId)).toHaveLength(1);
  });

  it("is closed although old releases still report the error, and it is said that they do", async () => {
    await lookUntilDecided(() => bench.errors.report(bench.clock.now(), oldSha));
    expect(await state()).toBe("recovered");
    expect(await bench.said(incidentId, "recovered")).toEqual([
      expect.stringMatching(/from older releases .* not count against the repair/),
    ]);
  });

  it("does not count another environment", async () => {
    await lookUntilDecided(() => bench.errors.report(bench.clock.now(), mergeSha, "staging"));
    expect(await state()).toBe("recovered");
  });

  it("that did not help is tried again, and the next worker is told what failed", async () => {
    await lookUntilDecided(() => {
      for (let second = 0; second < 20; second++)
        bench.errors.report(new Date(bench.clock.now().getTime() + second * 10_000), mergeSha);
    });
    expect(await state()).toBe("repairing");
    const [told] = await bench.said(incidentId, "not_recovered");
    expect(told).toContain("It still fails on the repaired release.");
    await bench.settle();
    const run = await mustClaim(bench);
    expect(run.attempt).toBe(2);
    expect(run.brief.priorAttempts).toEqual([
      expect.objectContaining({
        attempt: 1,
        outcome: "published",
        detail: told,
        pullRequestUrl: bench.repository.pulls[0]?.url,
        diff: expect.stringContaining("src/cart.js"),
      }),
    ]);
    expect(await bench.incident(incidentId)).toMatchObject({ attempts: 2 });
  });

  it("that did not help, with no attempt left, is handed to a person with the numbers", async () => {
    await bench.touch(incidentId, { attempts: 3 });
    await lookUntilDecided(() => bench.errors.reportMany(20, bench.clock.now(), later(5), mergeSha));
    expect(await state()).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([expect.stringContaining("3 of 3 attempts are spent")]);
  });

  it("while production is not healthy proves nothing, and a person is told", async () => {
    bench.production.health = "fail";
    await lookUntilDecided();
    expect(await state()).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([expect.stringContaining("Production is not healthy")]);
  });

  it("is not closed while the failing route fails its check, and a person is told what it answered", async () => {
    bench.configure({
      env: { TARGET_URL: "https://shop.example" },
      policy: { recovery: { probe: { path: "/cart" } } },
    });
    bench.production.route = "fail";
    await lookUntilDecided();
    expect(await state()).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([
      expect.stringContaining("The failing route was asked and fails (GET /cart answered 500, expected 200)."),
    ]);
  });

  it("whose route passes its check is closed by the counts, and that it was asked is said", async () => {
    const looks = await lookUntilDecided();
    const [without] = await bench.said(incidentId, "recovered");
    bench = await createBench(database, {
      env: { TARGET_URL: "https://shop.example" },
      policy: { recovery: { probe: { path: "/cart" } } },
    });
    ({ incidentId, mergeSha } = await openMerged(bench));
    await openVerifying();
    expect(await lookUntilDecided()).toBe(looks);
    expect(without).not.toContain("failing route");
    expect(await bench.said(incidentId, "recovered")).toEqual([
      expect.stringContaining("it was exercised, which alone is no proof"),
    ]);
    const [last] = (await bench.looks(incidentId)).toReversed();
    expect(last?.facts).toMatchObject({ probe: { status: "pass" } });
  });

  it("that was rolled back waits until it serves production again", async () => {
    bench.production.deploy(oldSha, bench.clock.now());
    bench.clock.advance(10 * MINUTE_MS);
    await mustRun(bench, VERIFY, { incidentId });
    expect(await state()).toBe("verifying");
    expect(await bench.said(incidentId, "waiting")).toEqual([
      "a deployment with the repair is ready, but production serves another one",
    ]);
    expect(await bench.looks(incidentId)).toEqual([]);
  });

  it("whose error comes back is looked at before its time", async () => {
    await look();
    const planned = (await bench.waitingJobs())[VERIFY];
    bench.clock.advance(MINUTE_MS);
    await alert(bench, { release: mergeSha });
    await mustRun(bench, "triage.assess-incident", { incidentId });
    expect((await bench.waitingJobs())[VERIFY]?.getTime()).toBeLessThan(planned?.getTime() ?? 0);
  });

  it("that was ignored meanwhile is not looked at any more", async () => {
    await bench.touch(incidentId, { state: "ignored" });
    const before = (await bench.effects()).timeline;
    await mustRun(bench, VERIFY, { incidentId });
    expect((await bench.effects()).timeline).toEqual(before);
    expect(await bench.looks(incidentId)).toEqual([]);
  });
});

const later = (minutes: number) => new Date(bench.clock.now().getTime() + minutes * MINUTE_MS);

describe("resolving at the source", () => {
  const RESOLVE = "recovery.resolve-source";

  beforeEach(async () => {
    await openVerifying();
    await lookUntilDecided();
  });

  it("is done once, however often its job is delivered", async () => {
    await expectOnce(bench, RESOLVE, { incidentId });
    expect(bench.errors.resolvedIn).toHaveLength(1);
  });

  it("is held by the kill switch, said once, and done after the resume", async () => {
    await bench.stop();
    await mustRun(bench, RESOLVE, { incidentId });
    for (let minute = 0; minute < 3; minute++) await bench.runWaiting(RESOLVE, { incidentId });
    expect(bench.errors.resolvedIn).toEqual([]);
    expect(await bench.said(incidentId, "held")).toEqual([
      "would resolve the issue at its source: the kill switch is on",
    ]);
    await bench.resume();
    await bench.runWaiting(RESOLVE, { incidentId });
    expect(bench.errors.resolvedIn).toEqual([mergeSha]);
  });

  it("is not done under DRY_RUN, and not asked again", async () => {
    bench.configure({ dryRun: true });
    await mustRun(bench, RESOLVE, { incidentId });
    expect(bench.errors.resolvedIn).toEqual([]);
    expect(Object.keys(await bench.waitingJobs())).not.toContain(RESOLVE);
  });
});
