import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bench, createBench, MINUTE_MS, mustRun } from "../support/context.ts";
import { expectConflict, expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { claim, mustClaim, openInvestigated, openQueued, report } from "../support/repair-flow.ts";

const START = "repair.start-repair";
const DISPATCH = "repair.dispatch-run";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

describe("a repair", () => {
  it("is queued with its brief, its base commit and its budget", async () => {
    const incidentId = await openQueued(bench);
    const [run] = await bench.runs(incidentId);
    expect(run).toMatchObject({
      state: "queued",
      attempt: 1,
      taskKind: "bugfix",
      profile: "custom",
      baseBranch: "main",
      baseSha: bench.repository.branches.get("main"),
      budget: { totalMinutes: 30, idleMinutes: 10 },
    });
    expect(run?.brief).toMatchObject({ title: bench.errors.title, suspects: [{ path: "src/cart.js" }, {}] });
    expect(await bench.incident(incidentId)).toMatchObject({ state: "repairing", attempts: 1 });
  });

  it("begins at the commit that fails, while the base branch has moved on", async () => {
    const incidentId = await openInvestigated(bench);
    const released = bench.repository.branches.get("main");
    bench.repository.push("main", { "README.md": "news" });
    await mustRun(bench, START, { incidentId });
    expect(await bench.runs(incidentId)).toMatchObject([{ baseBranch: "main", baseSha: released }]);
  });

  it("begins at the branch's head where that does not contain the failing commit", async () => {
    const incidentId = await openInvestigated(bench);
    const rewritten = bench.repository.addCommit(null, "history rewritten", new Map([["README.md", "anew"]]));
    bench.repository.branches.set("main", rewritten.sha);
    await mustRun(bench, START, { incidentId });
    expect(await bench.runs(incidentId)).toMatchObject([{ baseSha: rewritten.sha }]);
  });

  it("is queued once, however often its job is delivered or asked for", async () => {
    const incidentId = await openInvestigated(bench);
    await expectOnce(bench, START, { incidentId });
    await mustRun(bench, START, { incidentId });
    expect(await bench.runs(incidentId)).toHaveLength(1);
    expect((await bench.incident(incidentId)).attempts).toBe(1);
  });

  it("is queued when the process died before it could write", async () => {
    const incidentId = await openInvestigated(bench);
    await expectCrashSafe(bench, START, { incidentId }, "findBranchHead");
    expect(await bench.runs(incidentId)).toHaveLength(1);
  });

  it("of an incident that changed meanwhile is not queued", async () => {
    const incidentId = await openInvestigated(bench);
    await expectConflict(bench, { name: START, payload: { incidentId }, incidentId, method: "findBranchHead" });
    expect(await bench.runs(incidentId)).toEqual([]);
  });

  it("whose attempts are spent is handed to a person", async () => {
    bench.configure({ policy: { repair: { maxAttempts: 1 } } });
    const incidentId = await openQueued(bench);
    const run = await mustClaim(bench);
    await report(bench, run, { outcome: "no_patch", diff: "", detail: "nothing to change was found" });
    await mustRun(bench, "repair.publish-patch", { runId: run.runId });
    expect(await bench.incident(incidentId)).toMatchObject({ state: "escalated", attempts: 1 });
    expect(await bench.said(incidentId, "escalated")).toEqual(["nothing to change was found; no attempt is left"]);
  });

  it("of a repository that lost its branch is tried again later", async () => {
    const incidentId = await openInvestigated(bench);
    bench.repository.branches.delete("main");
    expect(await bench.run(START, { incidentId })).toMatchObject({ type: "retry" });
    expect(await bench.runs(incidentId)).toEqual([]);
  });
});

describe("the kill switch", () => {
  it("holds a repair, says so once, spends no attempt, and lets it start after the resume", async () => {
    const incidentId = await openInvestigated(bench);
    await bench.stop("too many drafts");
    await bench.settle();
    for (let minute = 0; minute < 5; minute++) {
      bench.clock.advance(MINUTE_MS);
      await bench.settle();
    }
    expect(await bench.said(incidentId, "held")).toEqual([
      expect.stringMatching(/^would (open an issue|queue a repair run): the kill switch is on: too many drafts$/),
      expect.stringMatching(/^would (open an issue|queue a repair run): the kill switch is on: too many drafts$/),
    ]);
    expect(await bench.incident(incidentId)).toMatchObject({ state: "investigating", attempts: 0 });
    expect(await bench.runs(incidentId)).toEqual([]);
    expect(bench.issues.all).toEqual([]);

    await bench.resume();
    bench.clock.advance(MINUTE_MS);
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "repairing", attempts: 1 });
    expect(bench.issues.all).toHaveLength(1);
  });
});

describe("DRY_RUN and STAGE", () => {
  it.each([
    ["DRY_RUN is on", { dryRun: true }],
    ["STAGE is investigate, and this needs repair", { stage: "investigate" } as const],
  ])("say what would have been done, and end it there: %s", async (detail, settings) => {
    const incidentId = await openInvestigated(bench);
    await bench.forgetJobs();
    bench.configure(settings);
    await mustRun(bench, START, { incidentId });
    expect(await bench.said(incidentId, "held")).toEqual([`would queue a repair run: ${detail}`]);
    expect(await bench.incident(incidentId)).toMatchObject({ state: "observed", attempts: 0 });
    expect(await bench.runs(incidentId)).toEqual([]);
    expect(Object.keys(await bench.waitingJobs())).toEqual(["alerts.update-issue"]);
  });

  it("hold a retry without an end, and say so once", async () => {
    const incidentId = await openQueued(bench);
    const run = await mustClaim(bench);
    await report(bench, run, { outcome: "no_patch", diff: "" });
    await mustRun(bench, "repair.publish-patch", { runId: run.runId });
    await bench.forgetJobs();
    bench.configure({ dryRun: true });
    await mustRun(bench, START, { incidentId });
    for (let minute = 0; minute < 3; minute++)
      expect(await bench.runWaiting(START, { incidentId })).toEqual({ type: "done" });
    expect(await bench.said(incidentId, "held")).toEqual(["would queue a repair run: DRY_RUN is on"]);
    expect((await bench.incident(incidentId)).attempts).toBe(1);
    bench.configure({});
    await bench.runWaiting(START, { incidentId });
    expect((await bench.incident(incidentId)).attempts).toBe(2);
  });
});

describe("a runner that has to be asked for", () => {
  const dispatching = { policy: { repair: { dispatches: true } } };
  beforeEach(() => bench.configure(dispatching));

  it("is told the run's name and nothing of its content; asked for twice, only one gets the run", async () => {
    const incidentId = await openQueued(bench);
    const [run] = await bench.runs(incidentId);
    const request = { run_id: run?.id, incident_id: incidentId, attempt: 1, profile: "custom" };
    bench.script.crashAfter("dispatchRepair");
    expect(await bench.run(DISPATCH, { runId: run?.id ?? "" })).toMatchObject({ type: "retry" });
    await bench.runWaiting(DISPATCH, { runId: run?.id ?? "" });
    expect(bench.repository.dispatches).toEqual([request, request]);
    expect(await bench.said(incidentId, "dispatched")).toEqual(["asked acme/shop for a runner"]);
    await mustClaim(bench, "runner-1");
    expect(await claim(bench, "runner-2")).toBeNull();
  });

  it("is asked for again when the one that came is lost", async () => {
    const incidentId = await openQueued(bench);
    await bench.settle();
    const { runId } = await mustClaim(bench);
    await bench.runWaiting("repair.check-run", { runId });
    await bench.settle();
    expect(bench.repository.dispatches).toHaveLength(2);
    expect(await bench.kinds(incidentId)).toContain("run_lost");
  });

  it("is asked for three times in all while nobody claims the run; then a person is told where to look", async () => {
    const incidentId = await openQueued(bench);
    const [run] = await bench.runs(incidentId);
    const runId = run?.id ?? "";
    for (const count of [1, 2, 3]) {
      expect(await bench.runWaiting(DISPATCH, { runId })).toEqual({ type: "done" });
      expect(bench.repository.dispatches).toHaveLength(count);
    }
    expect(await bench.waitingJobs()).not.toHaveProperty(DISPATCH);
    await bench.runWaiting("repair.check-run", { runId });
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    const [reason] = await bench.said(incidentId, "escalated");
    expect(reason).toMatch(/asked for one 3 times.*patchpilot workflow/s);
  });

  it("is asked for after the resume, when the kill switch held it", async () => {
    const incidentId = await openQueued(bench);
    const [run] = await bench.runs(incidentId);
    const runId = run?.id ?? "";
    await bench.stop();
    await mustRun(bench, DISPATCH, { runId });
    expect(await bench.runWaiting(DISPATCH, { runId })).toEqual({ type: "done" });
    expect(await bench.said(incidentId, "held")).toEqual(["would ask acme/shop for a runner: the kill switch is on"]);
    expect(bench.repository.dispatches).toEqual([]);
    await bench.resume();
    await bench.runWaiting(DISPATCH, { runId });
    expect(bench.repository.dispatches).toHaveLength(1);
  });
});
