import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../lib/kernel/errors.ts";
import { type Bench, createBench } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { openMerged } from "../support/repair-flow.ts";

const VERIFY = "recovery.verify-recovery";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;
let incidentId: string;
let mergeSha: string;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(() => open());

/** Recovery is proved; what follows from that waits. */
async function open(policy: Record<string, unknown> = {}): Promise<void> {
  bench = await createBench(database, { policy });
  ({ incidentId, mergeSha } = await openMerged(bench));
  await bench.run("alerts.update-issue", { incidentId });
  bench.production.deploy(mergeSha, bench.clock.now());
  await bench.run(VERIFY, { incidentId });
  for (let looks = 0; (await bench.incident(incidentId)).state === "verifying" && looks < 60; looks++)
    await bench.runWaiting(VERIFY, { incidentId });
  expect((await bench.incident(incidentId)).state).toBe("recovered");
}

const away = () => new AppError("provider_unavailable", "the provider is away", { retry: "later" });

function expectConsistent(): void {
  const { state, closedAs, labels } = bench.issues.only;
  expect({ state, closedAs }).toEqual({ state: "closed", closedAs: "completed" });
  expect(labels).toContain("patchpilot:recovered");
  expect(bench.issues.onlyComment).toContain("### Recovered");
  expect(bench.errors.resolvedIn).toEqual([mergeSha]);
  expect(bench.repository.pulls.map((pull) => pull.isMerged)).toEqual([true]);
}

describe("at the end issue, pull request and source agree", () => {
  it.each(["updateIssue", "ensureComment", "ensureLabels", "ensureClosed"])(
    "after %s failed and was repeated",
    async (method) => {
      bench.script.failAt(method, away());
      expect(await bench.run("alerts.update-issue", { incidentId })).toMatchObject({ type: "retry" });
      expect(bench.issues.only.state).toBe("open");
      expect(await bench.runWaiting("alerts.update-issue", { incidentId })).toEqual({ type: "done" });
      await bench.run("recovery.resolve-source", { incidentId });
      expectConsistent();
      expect(bench.issues.log.filter((one) => one === "close")).toHaveLength(1);
    },
  );

  it("after resolving at the source failed and was repeated, and came once more", async () => {
    bench.script.failAt("ensureResolved", away());
    expect(await bench.run("recovery.resolve-source", { incidentId })).toMatchObject({ type: "retry" });
    expect(await bench.runWaiting("recovery.resolve-source", { incidentId })).toEqual({ type: "done" });
    expect(await bench.redeliver("recovery.resolve-source")).toEqual({ type: "done" });
    await bench.run("alerts.update-issue", { incidentId });
    expectConsistent();
    expect(await bench.said(incidentId, "source_resolved")).toHaveLength(1);
  });

  it("after the process died behind each of them", async () => {
    for (const method of ["ensureComment", "ensureLabels", "ensureClosed"]) {
      bench.script.crashAfter(method);
      expect(await bench.run("alerts.update-issue", { incidentId })).toMatchObject({ type: "retry" });
    }
    expect(await bench.runWaiting("alerts.update-issue", { incidentId })).toEqual({ type: "done" });
    await bench.run("recovery.resolve-source", { incidentId });
    expectConsistent();
  });
});

describe("the draft of the postmortem", () => {
  it("is folded into the issue's one comment", async () => {
    await bench.run("alerts.update-issue", { incidentId });
    expect(bench.issues.onlyComment).toContain("<summary>Postmortem draft</summary>");
    expect(bench.issues.onlyComment).toMatch(/Recovery proved: .* after it began, .*#entry-\d+/);
  });

  it("is not written where policy says off", async () => {
    await open({ recovery: { postmortem: "off" } });
    await bench.run("alerts.update-issue", { incidentId });
    expect(bench.issues.onlyComment).not.toContain("Postmortem");
  });
});
