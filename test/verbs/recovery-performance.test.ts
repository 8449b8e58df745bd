import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bench, createBench, MINUTE_MS, mustRun, PROJECT } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { mustClaim, report } from "../support/repair-flow.ts";

const VERIFY = "recovery.verify-recovery";
const WORK = { transaction: "GET /products" };

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;
let incidentId: string;
let mergeSha: string;
let oldSha: string;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());

/** A regression is found by its durations, repaired, merged and deployed; its effect is watched from now on. */
beforeEach(async () => {
  bench = await createBench(database, { policy: { performance: { repairs: true } } });
  oldSha = bench.repository.branches.get("main") ?? "";
  const now = bench.clock.now().getTime();
  for (const week of [1, 2, 3, 4])
    bench.spans.reportMany(60, WORK, { atMs: now - week * 7 * 24 * 60 * MINUTE_MS, durationMs: 90 });
  bench.spans.reportMany(60, WORK, { atMs: now, durationMs: 4_000, release: oldSha });
  await mustRun(bench, "performance.find-slow", { projectId: PROJECT });
  incidentId = String((await database.query("select id from incidents", []))[0]?.id);
  await mustRun(bench, "investigate.investigate-incident", { incidentId });
  await mustRun(bench, "repair.start-repair", { incidentId });
  const run = await mustClaim(bench);
  await report(bench, run);
  await mustRun(bench, "repair.publish-patch", { runId: run.runId });
  mergeSha = bench.repository.merge(bench.repository.pulls.at(-1)?.number ?? 0, bench.clock.now());
  await mustRun(bench, "repair.follow-pull-request", { incidentId });
  bench.production.deploy(mergeSha, bench.clock.now());
  await mustRun(bench, VERIFY, { incidentId });
  expect((await bench.incident(incidentId)).state).toBe("verifying");
});

const state = async () => (await bench.incident(incidentId)).state;

/** Calls between the looks, one every ten seconds, until there is a verdict or `most` looks. */
async function watch(durationMs: (index: number) => number | null, release = mergeSha, most = 30): Promise<void> {
  let index = 0;
  for (let atMs = bench.clock.now().getTime(), looks = 0; looks < most && (await state()) === "verifying"; looks += 1) {
    const next = (await bench.waitingJobs())[VERIFY]?.getTime() ?? atMs;
    for (; atMs < next; atMs += 10_000) {
      const ms = durationMs(index++);
      if (ms !== null) bench.spans.report(WORK, { atMs, durationMs: ms, release });
    }
    await bench.runWaiting(VERIFY, { incidentId });
  }
}

describe("what was slow", () => {
  it("and is fast again is closed by the durations of the same work", async () => {
    await watch(() => 100);
    expect(await state()).toBe("recovered");
    expect(await bench.said(incidentId, "recovered")).toEqual([
      expect.stringMatching(
        /^0 of \d+ calls took over [\d.]+ .*s since the repair, where .*p95 4 s before, 100 ms since; p99/,
      ),
    ]);
    const last = (await bench.looks(incidentId)).at(-1);
    expect(last?.facts).toMatchObject({ durations: { before: { samples: 60, slow: 60 }, since: { slow: 0 } } });
  });

  it("and still is goes back to the worker, with the numbers", async () => {
    await watch(() => 4_000);
    expect(await state()).toBe("repairing");
    expect(await bench.said(incidentId, "not_recovered")).toEqual([
      expect.stringContaining("It is still slow on the repaired release."),
    ]);
  });

  it("and that nobody asks for any more is not closed", async () => {
    await watch(() => null, mergeSha, 8);
    expect(await state()).toBe("verifying");
    expect((await bench.looks(incidentId)).map((look) => look.action)).not.toContain("close");
  });

  it("on old releases says nothing of the repair", async () => {
    await watch(() => 4_000, oldSha, 8);
    expect(await state()).toBe("verifying");
    const last = (await bench.looks(incidentId)).at(-1);
    expect(last?.facts).toMatchObject({ durations: { since: { samples: 0 } } });
  });

  it("is not closed while production is not healthy", async () => {
    bench.production.health = "fail";
    await watch(() => 100);
    expect(await state()).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([expect.stringContaining("Production is not healthy")]);
  });
});
