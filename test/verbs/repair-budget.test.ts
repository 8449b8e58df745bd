import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bench, createBench, mustRun, openIncident } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { mustClaim, openInvestigated, openQueued, report } from "../support/repair-flow.ts";

const DAY_MS = 24 * 3_600_000;
const START = "repair.start-repair";

let database: Awaited<ReturnType<typeof openTestPglite>>;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());

/** Another problem than the bench's own, investigated. */
async function openOther(bench: Bench): Promise<string> {
  const incidentId = await openIncident(bench, { issueId: "77", title: "RangeError: date", shortId: "SHOP-77" });
  await mustRun(bench, "triage.assess-incident", { incidentId });
  await mustRun(bench, "investigate.investigate-incident", { incidentId });
  return incidentId;
}

it("of one run a day: no second run begins, a person is told once, no attempt is spent, and the next day it goes on", async () => {
  const bench = await createBench(database, { policy: { repair: { maxRunsPerDay: 1 } } });
  await openQueued(bench);
  const other = await openOther(bench);
  await mustRun(bench, START, { incidentId: other });
  await mustRun(bench, START, { incidentId: other });
  expect(await bench.runs(other)).toEqual([]);
  expect(await bench.incident(other)).toMatchObject({ attempts: 0, state: "investigating" });
  const said = await bench.said(other, "budget_reached");
  expect(said).toHaveLength(1);
  expect(said[0]).toContain("the daily budget is reached (1 run began in the last 24 hours");
  await bench.settle();
  const issue = bench.issues.all.find((one) => one.title.includes("RangeError"));
  expect(issue?.comments[0]?.body).toContain("the daily budget is reached");
  bench.clock.advance(DAY_MS);
  await mustRun(bench, START, { incidentId: other });
  expect(await bench.runs(other)).toHaveLength(1);
});

it("that an operator raises lets the run begin at the next look, within a minute", async () => {
  const bench = await createBench(database, { policy: { repair: { maxRunsPerDay: 1 } } });
  await openQueued(bench);
  const other = await openOther(bench);
  await mustRun(bench, START, { incidentId: other });
  bench.configure({ policy: { repair: { maxRunsPerDay: 2 } } });
  await bench.runWaiting(START, { incidentId: other });
  expect(await bench.runs(other)).toHaveLength(1);
});

it("of money counts what runs took, and what one at work may still take", async () => {
  const bench = await createBench(database, { policy: { repair: { dailyUsd: 2, costUsd: 1.8 } } });
  await openQueued(bench);
  const other = await openOther(bench);
  await mustRun(bench, START, { incidentId: other });
  expect((await bench.said(other, "budget_reached"))[0]).toContain("$1.80 of $2.00");
  await report(bench, await mustClaim(bench), { usage: { costUsd: 0.1, inputTokens: null, outputTokens: null } });
  await bench.runWaiting(START, { incidentId: other });
  expect(await bench.runs(other)).toHaveLength(1);
});

it("of nothing a day stops every run, and says so", async () => {
  const bench = await createBench(database, { policy: { repair: { maxRunsPerDay: 0 } } });
  const incidentId = await openInvestigated(bench);
  await mustRun(bench, START, { incidentId });
  expect(await bench.runs(incidentId)).toEqual([]);
  expect(await bench.said(incidentId, "budget_reached")).toHaveLength(1);
});
