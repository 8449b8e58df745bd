import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { restartRepair } from "../../lib/repair/index.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { type Bench, createBench, mustRun } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { beat, mustClaim, openPublished, openQueued, openReported, report } from "../support/repair-flow.ts";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

const asWren = (): Context => ({ ...bench.ctx, actor: { kind: "person", name: "wren" } });
const restart = (incidentId: string, supersedes: boolean) => restartRepair(asWren(), { incidentId, supersedes });
const states = async (id: string) => (await bench.runs(id)).map((run) => run.state);

it("a run at work is ended in favour of a new one, and its runner is told to stop", async () => {
  const id = await openQueued(bench);
  const run = await mustClaim(bench);
  await restart(id, true);
  await bench.settle();
  expect(await states(id)).toEqual(["failed", "queued"]);
  expect((await bench.runs(id))[0]?.reason).toBe("superseded by wren");
  expect(await beat(bench, run)).toMatchObject({ known: false });
  expect((await report(bench, run)).known).toBe(false);
  expect(await bench.incident(id)).toMatchObject({ state: "repairing", attempts: 1 });
});

it("a draft in review gives way to a new attempt, and is closed once that one is published", async () => {
  const { incidentId } = await openPublished(bench);
  await restart(incidentId, true);
  await bench.settle();
  expect(await states(incidentId)).toEqual(["published", "queued"]);
  await report(bench, await mustClaim(bench));
  await mustRun(bench, "repair.publish-patch", { runId: (await bench.runs(incidentId))[1]?.id ?? "" });
  await bench.settle();
  expect(bench.repository.pulls.map((pull) => pull.state)).toEqual(["closed", "open"]);
});

it("what is being judged in this moment is not superseded, and what runs is not retried", async () => {
  const { incidentId } = await openReported(bench);
  await expect(restart(incidentId, true)).rejects.toMatchObject({ code: "retry_refused" });
  await expect(restart(incidentId, false)).rejects.toMatchObject({
    code: "retry_refused",
    message: "the incident is repairing",
  });
});

it("an incident that waits for a person is tried again with fresh attempts", async () => {
  const { incidentId, runId } = await openReported(bench, {
    outcome: "environment_fault",
    diff: "",
    detail: "no login",
  });
  await mustRun(bench, "repair.publish-patch", { runId });
  expect((await bench.incident(incidentId)).state).toBe("escalated");
  await restart(incidentId, false);
  await bench.settle();
  expect(await bench.incident(incidentId)).toMatchObject({ state: "repairing", attempts: 1 });
  expect((await bench.said(incidentId, "command")).at(-1)).toBe("a repair was asked for");
});

it("a run that its budget ended is not repeated: a person is asked", async () => {
  const { incidentId, runId } = await openReported(bench, { outcome: "out_of_budget", diff: "", detail: "$2 spent" });
  await mustRun(bench, "repair.publish-patch", { runId });
  expect((await bench.incident(incidentId)).state).toBe("escalated");
  expect(await bench.said(incidentId, "escalated")).toContainEqual("the budget of a run is spent: $2 spent");
  expect(await states(incidentId)).toEqual(["failed"]);
});
