import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pauseIncident } from "../../lib/incidents/index.ts";
import { findIncidentStory } from "../../lib/insight/find-incident-story.ts";
import { type Bench, createBench, MINUTE_MS, mustRun, PROJECT } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { claim, comment, mustClaim, openInvestigated, openPublished, openReported } from "../support/repair-flow.ts";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
  bench.repository.permissions.set("wren", "write");
  bench.repository.permissions.set("rita", "read");
});

const pause = (incidentId: string, isPaused: boolean) =>
  pauseIncident({ ...bench.ctx, actor: { kind: "person", name: "wren" } }, { incidentId, isPaused });
const statusComment = () => bench.issues.all[0]?.comments.at(-1)?.body ?? "";
const minuteLater = () => bench.clock.advance(MINUTE_MS);

describe("a paused incident", () => {
  it("starts no repair, says so once, and starts it when it is resumed", async () => {
    const incidentId = await openInvestigated(bench);
    await pause(incidentId, true);
    for (let round = 0; round < 3; round += 1) {
      await bench.settle();
      minuteLater();
    }
    expect(await bench.runs(incidentId)).toEqual([]);
    expect(await bench.said(incidentId, "held")).toEqual(["the repair waits: paused by wren"]);
    await pause(incidentId, false);
    minuteLater();
    await bench.settle();
    expect(await bench.runs(incidentId)).toMatchObject([{ state: "queued" }]);
  });

  it("hands out no run and sends no dispatch, and its run is not given up for that", async () => {
    bench.configure({ policy: { repair: { dispatches: true, claimMinutes: 5 } } });
    const incidentId = await openInvestigated(bench);
    await mustRun(bench, "repair.start-repair", { incidentId });
    await pause(incidentId, true);
    for (let round = 0; round < 10; round += 1) {
      await bench.settle();
      minuteLater();
    }
    expect(await claim(bench)).toBeNull();
    expect(bench.repository.dispatches).toEqual([]);
    expect(await bench.incident(incidentId)).toMatchObject({ state: "repairing" });
    await pause(incidentId, false);
    minuteLater();
    await bench.settle();
    expect(bench.repository.dispatches).toHaveLength(1);
    await mustClaim(bench);
  });

  it("publishes nothing until it is resumed", async () => {
    const { incidentId } = await openReported(bench);
    await pause(incidentId, true);
    await bench.settle();
    minuteLater();
    await bench.settle();
    expect(bench.repository.pulls).toEqual([]);
    expect(await bench.said(incidentId, "held")).toEqual(["the patch waits: paused by wren"]);
    await pause(incidentId, false);
    minuteLater();
    await bench.settle();
    expect(bench.repository.pulls).toHaveLength(1);
  });

  it("is verified all the same", async () => {
    const { incidentId } = await openPublished(bench);
    await pause(incidentId, true);
    bench.repository.merge(bench.repository.pulls[0]?.number ?? 0, bench.clock.now());
    await mustRun(bench, "repair.follow-pull-request", { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("deploying");
    bench.production.deploy(bench.repository.getHead("main").sha, bench.clock.now());
    await mustRun(bench, "recovery.verify-recovery", { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("verifying");
  });

  it("is called so on its issue, its timeline and its page", async () => {
    const incidentId = await openInvestigated(bench);
    await pause(incidentId, true);
    await bench.settle();
    expect(statusComment()).toContain("Repairs are paused by wren");
    expect(await bench.said(incidentId, "paused")).toEqual([
      "paused by wren: no repair is started, handed out or published",
    ]);
    const story = await findIncidentStory(database.db, PROJECT, incidentId);
    expect(story?.incident).toMatchObject({ pausedBy: "wren", pausedAt: bench.clock.now().toISOString() });
    await pause(incidentId, false);
    minuteLater();
    await bench.settle();
    expect(statusComment()).not.toContain("paused by wren");
    expect(await bench.said(incidentId, "resumed")).toEqual(["resumed by wren: repairs go on"]);
  });
});

describe("pause and resume by comment", () => {
  it("are obeyed from people with write permission, and from nobody else", async () => {
    const incidentId = await openInvestigated(bench);
    await bench.settle();
    await comment(bench, "rita", "/patchpilot pause");
    expect((await bench.incident(incidentId)).pausedAt).toBeNull();
    await comment(bench, "wren", "/patchpilot pause");
    expect(await bench.incident(incidentId)).toMatchObject({ pausedBy: "wren" });
    await comment(bench, "wren", "/patchpilot resume");
    expect((await bench.incident(incidentId)).pausedAt).toBeNull();
    expect(await bench.kinds(incidentId)).toEqual(expect.arrayContaining(["paused", "resumed", "command_refused"]));
  });

  it("that change nothing are refused with the reason", async () => {
    const incidentId = await openInvestigated(bench);
    await bench.settle();
    await comment(bench, "wren", "/patchpilot resume");
    await comment(bench, "wren", "/patchpilot pause");
    await comment(bench, "wren", "/patchpilot pause");
    await comment(bench, "wren", "/patchpilot ignore");
    await comment(bench, "wren", "/patchpilot resume");
    await comment(bench, "wren", "/patchpilot pause");
    expect(await bench.said(incidentId, "command_refused")).toEqual([
      "command resume: the incident is not paused",
      "command pause: the incident is paused by wren already",
      "command pause: the incident is ignored",
    ]);
    await expect(pause(incidentId, true)).rejects.toMatchObject({ code: "pause_refused" });
  });
});
