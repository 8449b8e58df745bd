import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bench, createBench, MINUTE_MS, mustRun } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { beat, claim, mustClaim, openQueued, openReported, report } from "../support/repair-flow.ts";

const CHECK = "repair.check-run";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

describe("a claim", () => {
  it("gives one run to one of two runners, with a token of which only the hash is kept", async () => {
    const incidentId = await openQueued(bench);
    const [first, second] = await Promise.all([claim(bench, "runner-1"), claim(bench, "runner-2")]);
    const [given, ...others] = [first, second].filter((run) => run !== null);
    expect(others).toEqual([]);
    expect(given).toMatchObject({ repository: "acme/shop", attempt: 1, baseBranch: "main", profile: "custom" });
    const [run] = await bench.runs(incidentId);
    expect(run).toMatchObject({ state: "claimed", claims: 1 });
    expect(JSON.stringify(await bench.effects())).not.toContain(given?.token);
  });

  it("gives nothing to a runner of other repositories", async () => {
    await openQueued(bench);
    expect(await claim(bench, "runner-1", ["acme/other"])).toBeNull();
    expect(await claim(bench, "runner-1", ["acme/shop"])).not.toBeNull();
  });

  it("for one run gives that one and no other: a dispatched job does what it was started for", async () => {
    const incidentId = await openQueued(bench);
    const runId = (await bench.runs(incidentId))[0]?.id ?? "";
    expect(await claim(bench, "runner-1", null, { runId: "run_other" })).toBeNull();
    expect(await claim(bench, "runner-1", null, { runId })).toMatchObject({ runId });
  });

  it("gives the chain of workers, as far as the runner can start it; a runner that has none of it gets nothing", async () => {
    bench.configure({ env: { WORKER_PROFILE: "claude:opus,codex" } });
    const incidentId = await openQueued(bench);
    expect((await bench.runs(incidentId))[0]?.profile).toBe("claude");
    expect(await claim(bench)).toBeNull();
    const run = await claim(bench, "runner-1", null, { profiles: ["codex", "cursor"] });
    expect(run).toMatchObject({ profile: "codex", workers: [{ profile: "codex", model: null }] });
  });

  it("gives nothing that is no longer wanted", async () => {
    const incidentId = await openQueued(bench);
    await bench.touch(incidentId, { state: "ignored" });
    expect(await claim(bench)).toBeNull();
  });

  it("gives nothing while the kill switch is on, or DRY_RUN, or below its stage", async () => {
    await openQueued(bench);
    await bench.stop();
    expect(await claim(bench)).toBeNull();
    await bench.resume();
    bench.configure({ dryRun: true });
    expect(await claim(bench)).toBeNull();
    bench.configure({ stage: "investigate" });
    expect(await claim(bench)).toBeNull();
    bench.configure({});
    expect(await claim(bench)).not.toBeNull();
  });
});

describe("a heartbeat", () => {
  it("keeps the run's lease and tells its phase", async () => {
    const incidentId = await openQueued(bench);
    const run = await mustClaim(bench);
    const [before] = await bench.runs(incidentId);
    bench.clock.advance(MINUTE_MS);
    expect(await beat(bench, run, "test")).toEqual({ known: true, continue: true, reason: null });
    const [after] = await bench.runs(incidentId);
    expect(after?.leaseUntil?.getTime()).toBe((before?.leaseUntil?.getTime() ?? 0) + MINUTE_MS);
    expect(after?.phase).toBe("test");
  });

  it("with a wrong token, or of no run, is not known", async () => {
    await openQueued(bench);
    const run = await mustClaim(bench);
    expect(await beat(bench, { ...run, token: "wrong" })).toEqual({ known: false });
    expect(await beat(bench, { ...run, runId: "run_none" })).toEqual({ known: false });
  });

  it("ends the work when the kill switch is turned, with its reason", async () => {
    await openQueued(bench);
    const run = await mustClaim(bench);
    await bench.stop("look first");
    expect(await beat(bench, run)).toEqual({
      known: true,
      continue: false,
      reason: "the kill switch is on: look first",
    });
  });

  it("ends the work when the incident is ignored", async () => {
    const incidentId = await openQueued(bench);
    const run = await mustClaim(bench);
    await bench.touch(incidentId, { state: "ignored" });
    expect(await beat(bench, run)).toMatchObject({ continue: false, reason: "the incident is ignored" });
  });

  it("of a runner whose run went to another one is not known any more", async () => {
    await openQueued(bench);
    const lost = await mustClaim(bench, "runner-1");
    await bench.runWaiting(CHECK, { runId: lost.runId });
    const found = await mustClaim(bench, "runner-2");
    expect(found.runId).toBe(lost.runId);
    expect(await beat(bench, lost)).toEqual({ known: false });
    expect(await beat(bench, found)).toMatchObject({ continue: true });
  });
});

describe("a run that is handed back", () => {
  it("waits for another runner at once, is not counted as lost, and its token is spent", async () => {
    const incidentId = await openQueued(bench);
    const first = await mustClaim(bench, "runner-1");
    expect(await beat(bench, first, "handed back", true)).toMatchObject({ known: true, continue: false });
    expect((await bench.runs(incidentId))[0]).toMatchObject({ state: "queued", claims: 0, runnerId: null });
    expect(await bench.said(incidentId, "run_handed_back")).toHaveLength(1);
    expect(await beat(bench, first, "handed back", true)).toEqual({ known: false });
    expect(await report(bench, first)).toEqual({ known: false });
    const second = await mustClaim(bench, "runner-2");
    expect(second.runId).toBe(first.runId);
    expect(await report(bench, second)).toEqual({ known: true, isFirst: true });
  });

  it("that was reported already stays reported", async () => {
    const { incidentId, runId, token } = await openReported(bench);
    expect(await beat(bench, { runId, token }, "handed back", true)).toMatchObject({ continue: false });
    expect((await bench.runs(incidentId))[0]?.state).toBe("reported");
    expect(await bench.said(incidentId, "run_handed_back")).toEqual([]);
  });
});

describe("a report", () => {
  it("is taken once: sent again, it is known and changes nothing", async () => {
    const { incidentId, runId, token } = await openReported(bench);
    const before = await bench.effects();
    expect(await report(bench, { runId, token }, { detail: "another word" })).toEqual({ known: true, isFirst: false });
    expect(await bench.effects()).toEqual(before);
    expect(await bench.said(incidentId, "run_reported")).toHaveLength(1);
  });

  it("with a wrong token is refused and changes nothing", async () => {
    await openQueued(bench);
    const run = await mustClaim(bench);
    const before = await bench.effects();
    expect(await report(bench, { ...run, token: "wrong" })).toEqual({ known: false });
    expect(await bench.effects()).toEqual(before);
  });

  it("that comes when its run went to another runner is refused", async () => {
    const incidentId = await openQueued(bench);
    const lost = await mustClaim(bench, "runner-1");
    await bench.runWaiting(CHECK, { runId: lost.runId });
    expect(await report(bench, lost)).toEqual({ known: false });
    const found = await mustClaim(bench, "runner-2");
    expect(await report(bench, lost)).toEqual({ known: false });
    expect(await report(bench, found)).toEqual({ known: true, isFirst: true });
    expect((await bench.runs(incidentId))[0]?.state).toBe("reported");
  });

  it("is not known any more once its patch is published", async () => {
    const { incidentId, runId, token } = await openReported(bench);
    await mustRun(bench, "repair.publish-patch", { runId });
    expect(await report(bench, { runId, token })).toEqual({ known: false });
    expect(await bench.kinds(incidentId)).toContain("pull_request_opened");
  });

  it("keeps secrets out of its words, and its diff to the byte", async () => {
    const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    const words = { detail: `token ${secret}`, summary: `used ${secret}`, logTail: `$ export T=${secret}` };
    const { incidentId } = await openReported(bench, words);
    const [run] = await bench.runs(incidentId);
    expect(JSON.stringify([run, await bench.story(incidentId)])).not.toContain(secret);
    expect(run?.report?.diff).toContain("+  const discount = cart.coupon === null ? 0 : cart.coupon.percent;\n");
  });
});

describe("a run that is not heard of", () => {
  it("goes to another runner four times, and is given up the fifth time", async () => {
    const incidentId = await openQueued(bench);
    for (const claims of [1, 2, 3, 4, 5]) {
      const { runId } = await mustClaim(bench, `runner-${claims}`);
      expect(await bench.runWaiting(CHECK, { runId })).toEqual({ type: "done" });
      expect((await bench.runs(incidentId))[0]).toMatchObject({ claims, state: claims < 5 ? "queued" : "failed" });
    }
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect(await bench.said(incidentId, "run_lost")).toHaveLength(4);
    expect(await bench.said(incidentId, "escalated")).toEqual([expect.stringContaining("not heard of any more")]);
    expect(await claim(bench)).toBeNull();
  });

  it("is left alone as long as it beats, and ended when it runs past its time", async () => {
    const incidentId = await openQueued(bench);
    const run = await mustClaim(bench);
    for (let minute = 0; minute < 104; minute++) {
      bench.clock.advance(MINUTE_MS);
      expect(await beat(bench, run)).toMatchObject({ continue: true });
      await mustRun(bench, CHECK, { runId: run.runId });
      expect((await bench.runs(incidentId))[0]?.state).toBe("claimed");
    }
    bench.clock.advance(2 * MINUTE_MS);
    await mustRun(bench, CHECK, { runId: run.runId });
    expect((await bench.runs(incidentId))[0]?.state).toBe("queued");
    expect(await bench.said(incidentId, "run_lost")).toEqual([expect.stringContaining("ran past its time")]);
  });

  it("or claimed by nobody in time is handed to a person, with what to do", async () => {
    const incidentId = await openQueued(bench);
    const [run] = await bench.runs(incidentId);
    await bench.runWaiting(CHECK, { runId: run?.id ?? "" });
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([expect.stringContaining("patchpilot runner")]);
  });

  it("while the kill switch is on waits, and has its whole time again after the resume", async () => {
    const incidentId = await openQueued(bench);
    const runId = (await bench.runs(incidentId))[0]?.id ?? "";
    await bench.stop();
    for (let look = 0; look < 5; look++) await bench.runWaiting(CHECK, { runId });
    expect((await bench.runs(incidentId))[0]?.state).toBe("queued");
    await bench.resume();
    await bench.runWaiting(CHECK, { runId });
    const due = (await bench.waitingJobs())[CHECK];
    expect(due).toEqual(new Date(bench.clock.now().getTime() + 60 * MINUTE_MS));
    await bench.runWaiting(CHECK, { runId });
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect((await bench.incident(incidentId)).attempts).toBe(1);
  });

  it("and that nobody wants any more is dropped without a word", async () => {
    const incidentId = await openQueued(bench);
    await bench.touch(incidentId, { state: "ignored" });
    const before = await bench.kinds(incidentId);
    const [run] = await bench.runs(incidentId);
    await mustRun(bench, CHECK, { runId: run?.id ?? "" });
    expect((await bench.runs(incidentId))[0]).toMatchObject({ state: "failed", reason: "the incident moved on" });
    expect(await bench.kinds(incidentId)).toEqual(before);
  });
});
