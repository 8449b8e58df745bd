import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bench, createBench, MINUTE_MS, mustRun } from "../support/context.ts";
import { expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { openPublished } from "../support/repair-flow.ts";

const FOLLOW = "repair.follow-pull-request";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;
let incidentId: string;
let number: number;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
  incidentId = (await openPublished(bench)).incidentId;
  number = bench.repository.pulls[0]?.number ?? 0;
  await bench.settle();
});

const merge = () => bench.repository.merge(number, bench.clock.now());

async function deliver(action: string) {
  const pull = bench.repository.getPull(number);
  const { deliveryId } = await bench.receive(
    {
      kind: "pull_request",
      action,
      repository: "acme/shop",
      number,
      state: pull.state,
      merged: pull.isMerged,
      mergeSha: pull.mergeSha,
      headSha: pull.headSha,
      headRef: pull.headRef,
      author: "patchpilot[bot]",
    },
    `pull-${action}-${bench.clock.now().getTime()}`,
  );
  return deliveryId;
}

describe("a merge", () => {
  it("is seen by its webhook, and recovery begins", async () => {
    const mergeSha = merge();
    await mustRun(bench, "repair.note-pull-request", { deliveryId: await deliver("closed") });
    expect((await bench.incident(incidentId)).state).toBe("deploying");
    expect(await bench.pulls(incidentId)).toEqual([expect.objectContaining({ state: "merged", mergeSha })]);
    expect(Object.keys(await bench.waitingJobs())).toContain("recovery.verify-recovery");
  });

  it("is seen without its webhook, by the look that is always planned", async () => {
    expect((await bench.waitingJobs())[FOLLOW]).toEqual(new Date(bench.clock.now().getTime() + 15 * MINUTE_MS));
    merge();
    await bench.runWaiting(FOLLOW, { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("deploying");
  });

  it("is noted once, by webhook and look together and however often they come", async () => {
    merge();
    await expectOnce(bench, FOLLOW, { incidentId });
    await mustRun(bench, "repair.note-pull-request", { deliveryId: await deliver("closed") });
    await mustRun(bench, FOLLOW, { incidentId });
    expect(await bench.said(incidentId, "merged")).toEqual([`pull request #${number} was merged`]);
  });

  it("is noted when the process died before it could write", async () => {
    merge();
    await expectCrashSafe(bench, FOLLOW, { incidentId }, "findPullRequest");
    expect(await bench.said(incidentId, "merged")).toHaveLength(1);
  });

  it("of a repair that had been handed to a person counts all the same", async () => {
    await bench.touch(incidentId, { state: "escalated" });
    merge();
    await mustRun(bench, FOLLOW, { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("deploying");
  });
});

describe("a pull request", () => {
  it("that is still open is looked at again later, and nothing is said", async () => {
    const before = await bench.kinds(incidentId);
    for (let look = 0; look < 3; look++) await bench.runWaiting(FOLLOW, { incidentId });
    expect(await bench.kinds(incidentId)).toEqual(before);
    expect((await bench.incident(incidentId)).state).toBe("in_review");
    expect(Object.keys(await bench.waitingJobs())).toContain(FOLLOW);
  });

  it("that a person closed is handed to a person, and not followed any more", async () => {
    bench.repository.getPull(number).state = "closed";
    await expectOnce(bench, FOLLOW, { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([
      `pull request #${number} was closed without being merged`,
    ]);
    await bench.settle();
    expect(Object.keys(await bench.waitingJobs())).not.toContain(FOLLOW);
  });

  it("that somebody's webhook names and is not ours changes nothing", async () => {
    const before = await bench.kinds(incidentId);
    const { deliveryId } = await bench.receive(
      {
        kind: "pull_request",
        action: "closed",
        repository: "acme/shop",
        number: 999,
        state: "closed",
        merged: true,
        mergeSha: "f".repeat(40),
        headSha: "f".repeat(40),
        headRef: "patchpilot/inc-1-not-ours",
        author: "eve",
      },
      "pull-foreign",
    );
    await mustRun(bench, "repair.note-pull-request", { deliveryId });
    expect(await bench.kinds(incidentId)).toEqual(before);
    expect((await bench.incident(incidentId)).state).toBe("in_review");
  });

  it("said to be merged by a webhook, but open at the host, is not taken for merged", async () => {
    const deliveryId = await deliver("closed");
    await mustRun(bench, "repair.note-pull-request", { deliveryId });
    expect((await bench.incident(incidentId)).state).toBe("in_review");
  });
});
