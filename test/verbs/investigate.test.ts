import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";
import { alert, type Bench, createBench, MINUTE_MS, mustRun, openIncident } from "../support/context.ts";
import { composeExcerpt } from "../support/error-source.ts";
import { expectConflict, expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { openMerged } from "../support/repair-flow.ts";

const INVESTIGATE = "investigate.investigate-incident";
const LESSON = "investigate.write-lesson";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

async function openJudged(): Promise<string> {
  const incidentId = await openIncident(bench);
  await mustRun(bench, "triage.assess-incident", { incidentId });
  await bench.forgetJobs();
  return incidentId;
}

const foundOn = async (incidentId: string) => (await bench.incident(incidentId)).investigation as Investigation | null;

describe("an investigation", () => {
  it("names the file of the crash in the failing release, and asks for a repair", async () => {
    const incidentId = await openJudged();
    await mustRun(bench, INVESTIGATE, { incidentId });
    const found = await foundOn(incidentId);
    expect(found?.suspects[0]?.path).toBe("src/cart.js");
    expect(found?.commit).toMatchObject({ sha: bench.repository.getHead("main").sha, isRelease: true });
    expect(found?.stack[0]).toContain("src/cart.js:2");
    expect((await bench.incident(incidentId)).state).toBe("investigating");
    expect(Object.keys(await bench.waitingJobs()).sort()).toEqual(["alerts.update-issue", "repair.start-repair"]);
  });

  it("is made once, however often its job is delivered", async () => {
    await expectOnce(bench, INVESTIGATE, { incidentId: await openJudged() });
  });

  it("is made when the process died before it could write", async () => {
    const incidentId = await openJudged();
    await expectCrashSafe(bench, INVESTIGATE, { incidentId }, "listRecentCommits");
    expect(await bench.kinds(incidentId)).toEqual(["triaged", "investigated"]);
  });

  it("of an incident that changed meanwhile writes nothing", async () => {
    const incidentId = await openJudged();
    await expectConflict(bench, { name: INVESTIGATE, payload: { incidentId }, incidentId, method: "listFiles" });
  });

  it("of an incident that was ignored meanwhile does nothing", async () => {
    const incidentId = await openJudged();
    await bench.touch(incidentId, { state: "ignored" });
    const before = await bench.effects();
    await mustRun(bench, INVESTIGATE, { incidentId });
    expect(await bench.effects()).toMatchObject({ timeline: before.timeline });
  });

  it("ends there where STAGE ends there", async () => {
    bench.configure({ stage: "investigate" });
    const incidentId = await openJudged();
    await mustRun(bench, INVESTIGATE, { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("observed");
    expect(Object.keys(await bench.waitingJobs())).toEqual(["alerts.update-issue"]);
  });

  it("uses the alert's own event when the source can no longer be read", async () => {
    const incidentId = await openJudged();
    bench.errors.events.length = 0;
    await mustRun(bench, INVESTIGATE, { incidentId });
    expect((await foundOn(incidentId))?.suspects[0]?.path).toBe("src/cart.js");
  });

  it("of a release that names no commit looks at the default branch, and says so", async () => {
    const incidentId = await alert(bench, { release: "shop@1.2.3" });
    bench.errors.reportMany(60, new Date(bench.clock.now().getTime() - MINUTE_MS), bench.clock.now(), "shop@1.2.3");
    await mustRun(bench, "triage.assess-incident", { incidentId });
    await mustRun(bench, INVESTIGATE, { incidentId });
    expect((await foundOn(incidentId))?.commit).toMatchObject({ isRelease: false });
  });

  it("keeps secrets of the error out of what it stores", async () => {
    const incidentId = await openJudged();
    const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    bench.errors.events.length = 0;
    const excerpt = composeExcerpt({ errorMessage: `login with ${secret} failed for ann@example.com` });
    await alert(bench, { event: excerpt });
    await mustRun(bench, INVESTIGATE, { incidentId });
    const stored = JSON.stringify([await foundOn(incidentId), await bench.story(incidentId)]);
    expect(stored).toContain("login with");
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain("ann@example.com");
  });
});

describe("a lesson", () => {
  it("tells what a recovered incident taught, and is one however often it is written", async () => {
    const { incidentId } = await openMerged(bench);
    await bench.touch(incidentId, { state: "recovered" });
    await expectOnce(bench, LESSON, { incidentId });
    await mustRun(bench, LESSON, { incidentId });
    const lessons = await bench.lessons();
    expect(lessons).toHaveLength(1);
    expect(lessons[0]).toMatchObject({ outcome: "recovered", fixFiles: ["src/cart.js", "test/cart.test.js"] });
    expect(lessons[0]?.pullRequestUrl).toBe(bench.repository.pulls[0]?.url);
  });

  it("is not written while the incident is on its way", async () => {
    const { incidentId } = await openMerged(bench);
    await mustRun(bench, LESSON, { incidentId });
    expect(await bench.lessons()).toEqual([]);
  });

  it("of one incident is told to the next one like it", async () => {
    const { incidentId } = await openMerged(bench);
    await bench.touch(incidentId, { state: "recovered" });
    await mustRun(bench, LESSON, { incidentId });
    const next = await alert(bench, { issueId: "4712", shortId: "SHOP-2", level: "fatal", users: 900 });
    expect(next).not.toBe(incidentId);
    await mustRun(bench, "triage.assess-incident", { incidentId: next });
    await mustRun(bench, INVESTIGATE, { incidentId: next });
    expect((await foundOn(next))?.lessons).toEqual([expect.objectContaining({ incidentId, outcome: "recovered" })]);
  });
});
