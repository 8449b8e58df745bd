import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alert, type Bench, createBench, MINUTE_MS, mustRun } from "../support/context.ts";
import { expectConflict, expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { mustClaim, openMerged } from "../support/repair-flow.ts";

const REGRESSION = "recovery.assess-regression";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;
let incidentId: string;
let mergeSha: string;
let oldSha: string;
let number: number;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
  oldSha = bench.repository.branches.get("main") ?? "";
  ({ incidentId, mergeSha, number } = await openMerged(bench));
  bench.production.deploy(mergeSha, bench.clock.now());
  await bench.settle();
  for (let looks = 0; (await bench.incident(incidentId)).state === "verifying" && looks < 60; looks++)
    await bench.runWaiting("recovery.verify-recovery", { incidentId });
  await bench.settle();
  bench.clock.advance(30 * MINUTE_MS);
});

/** The error is seen again, and its alert is looked at. */
async function seeAgain(release: string | null, environment = "production"): Promise<void> {
  bench.errors.status = "unresolved";
  bench.errors.report(new Date(bench.clock.now().getTime() - 1_000), release, environment);
  if (environment === "production") expect(await alert(bench, { release })).toBe(incidentId);
  await mustRun(bench, "triage.assess-incident", { incidentId });
}

describe("an error that is seen again after its recovery", () => {
  it("on a release that holds the repair reopens the same incident, and the same issue", async () => {
    expect(bench.issues.only.state).toBe("closed");
    await seeAgain(mergeSha);
    await bench.settle();
    const incident = await bench.incident(incidentId);
    expect(incident).toMatchObject({ state: "repairing", reopenedCount: 1, closedAt: null, attempts: 1 });
    expect(incident.reopenedAt).toEqual(new Date(bench.clock.now().getTime() - 1_000));
    expect(bench.issues.only.state).toBe("open");
    expect(bench.issues.only.labels).not.toContain("patchpilot:recovered");
    expect(bench.issues.onlyComment).toContain("Came back 1 time");
    expect(await bench.said(incidentId, "reopened")).toEqual([
      expect.stringContaining(`the repair of pull request #${number} (${mergeSha.slice(0, 7)}) did not hold`),
    ]);
    const [lesson] = await bench.lessons();
    expect(lesson).toMatchObject({ outcome: "regressed", attempts: [{ attempt: 1, outcome: "failed" }] });
    const run = await mustClaim(bench);
    expect(run.brief.priorAttempts).toEqual([
      expect.objectContaining({ attempt: 1, detail: expect.stringContaining("the error came back on release") }),
    ]);
  });

  it("on an older release does not reopen it, and that is said once", async () => {
    for (let count = 0; count < 3; count++) {
      await seeAgain(oldSha);
      await bench.settle();
      bench.clock.advance(MINUTE_MS);
    }
    expect((await bench.incident(incidentId)).state).toBe("recovered");
    expect(await bench.said(incidentId, "straggler")).toEqual([
      `seen again on release ${oldSha.slice(0, 12)}, which does not hold the repair: no regression`,
    ]);
    expect(bench.issues.only.state).toBe("closed");
  });

  it("on a repaired release is not hidden by a straggler that came after it", async () => {
    bench.errors.report(new Date(bench.clock.now().getTime() - 5_000), mergeSha);
    await seeAgain(oldSha);
    await mustRun(bench, REGRESSION, { incidentId });
    expect(await bench.said(incidentId, "reopened")).toEqual([expect.stringContaining(mergeSha.slice(0, 12))]);
  });

  it("on a release that nobody knows is taken for a regression: silence is not claimed", async () => {
    await seeAgain(null);
    await mustRun(bench, REGRESSION, { incidentId });
    expect(await bench.said(incidentId, "reopened")).toEqual([expect.stringContaining("an unknown release")]);
  });

  it("in another environment alone does not reopen it", async () => {
    await seeAgain(mergeSha, "staging");
    bench.errors.report(new Date(bench.clock.now().getTime() - 500), oldSha);
    await mustRun(bench, REGRESSION, { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("recovered");
  });

  it("reopens it once, however often the job is delivered", async () => {
    await seeAgain(mergeSha);
    await expectOnce(bench, REGRESSION, { incidentId });
    expect((await bench.incident(incidentId)).reopenedCount).toBe(1);
  });

  it("reopens it once after a crash, and not on what was read before a change", async () => {
    await seeAgain(mergeSha);
    await expectConflict(bench, { name: REGRESSION, payload: { incidentId }, incidentId, method: "listEvents" });
    await expectCrashSafe(bench, REGRESSION, { incidentId }, "containsCommit");
    expect(await bench.said(incidentId, "reopened")).toHaveLength(1);
  });

  it("that was only said to be seen before it closed changes nothing", async () => {
    await mustRun(bench, "triage.assess-incident", { incidentId });
    expect(Object.keys(await bench.waitingJobs())).not.toContain(REGRESSION);
    expect((await bench.incident(incidentId)).state).toBe("recovered");
  });
});
