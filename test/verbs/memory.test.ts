import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rowsOf } from "../../lib/db/database.ts";
import { correctTriage } from "../../lib/incidents/index.ts";
import { findMetrics } from "../../lib/insight/index.ts";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";
import { correctLesson, forgetLesson, forgetOldLessons, getLesson, listLessons } from "../../lib/investigate/index.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { alert, type Bench, createBench, mustRun, openIncident, PROJECT } from "../support/context.ts";
import { expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { comment, openMerged, openReported } from "../support/repair-flow.ts";

const INVESTIGATE = "investigate.investigate-incident";
const LESSON = "investigate.write-lesson";
const DAY_MS = 86_400_000;

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

const asPerson = (): Context => ({ ...bench.ctx, actor: { kind: "person", name: "ann" } });
const foundOn = async (incidentId: string) => (await bench.incident(incidentId)).investigation as Investigation | null;
const countKeys = async () =>
  rowsOf<{ count: number }>(await database.db.execute(sql`select count(*)::int as count from lesson_keys`))[0]?.count;

/** A lesson of an incident whose repair was merged and held. */
async function learn(): Promise<{ incidentId: string; id: string }> {
  const { incidentId } = await openMerged(bench);
  await bench.touch(incidentId, { state: "recovered" });
  await mustRun(bench, LESSON, { incidentId });
  const [lesson] = await bench.lessons();
  if (!lesson) throw new Error("nothing was learned");
  return { incidentId, id: lesson.id };
}

/** The same crash under another issue, looked at. */
async function meetAgain(): Promise<Investigation | null> {
  return foundOn(await openAgain());
}

async function openAgain(): Promise<string> {
  const next = await alert(bench, { issueId: "4712", shortId: "SHOP-2", level: "fatal", users: 900 });
  await mustRun(bench, "triage.assess-incident", { incidentId: next });
  await mustRun(bench, INVESTIGATE, { incidentId: next });
  return next;
}

describe("a lesson is written", () => {
  it("when a person ignores the incident: a false alarm", async () => {
    const { incidentId } = await openReported(bench);
    bench.repository.permissions.set("ann", "write");
    await bench.touch(incidentId, { issueNumber: 1 });
    await comment(bench, "ann", "/patchpilot ignore");
    expect(Object.keys(await bench.waitingJobs())).toContain(LESSON);
    await expectOnce(bench, LESSON, { incidentId });
    expect(await bench.lessons()).toEqual([expect.objectContaining({ outcome: "false_alarm" })]);
  });

  it("when all workers found nothing to change: unfixable, with what they said", async () => {
    const { incidentId, runId } = await openReported(bench, {
      outcome: "no_patch",
      diff: "",
      detail: "not in this code",
    });
    await bench.touch(incidentId, { attempts: 3 });
    await mustRun(bench, "repair.publish-patch", { runId });
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    await mustRun(bench, LESSON, { incidentId });
    const [lesson] = await bench.lessons();
    expect(lesson).toMatchObject({ outcome: "unfixable", fixFiles: [] });
    expect(lesson?.attempts).toEqual([
      expect.objectContaining({ attempt: 1, outcome: "failed", why: expect.stringContaining("not in this code") }),
    ]);
  });

  it("again when the error comes back: the merged patch is one not to repeat", async () => {
    const { incidentId } = await learn();
    await bench.touch(incidentId, { state: "new", reopenedCount: 1 });
    await mustRun(bench, LESSON, { incidentId });
    const lessons = await bench.lessons();
    expect(lessons).toHaveLength(1);
    expect(lessons[0]).toMatchObject({ outcome: "regressed", fixFiles: ["src/cart.js", "test/cart.test.js"] });
    expect(lessons[0]?.attempts.at(-1)).toMatchObject({ outcome: "failed" });
    const told = (await meetAgain())?.lessons[0];
    expect(told?.stale).toContain("did not hold");
    expect(told?.lines?.join("\n")).toContain("Not to be repeated: attempt 1 (changed src/cart.js, test/cart.test.js)");
  });
});

describe("a recalled lesson", () => {
  it("says why it matched and how it ended, to the worker too", async () => {
    const { incidentId } = await learn();
    const next = await openAgain();
    const found = await foundOn(next);
    expect(found?.lessons).toEqual([
      expect.objectContaining({
        incidentId,
        outcome: "recovered",
        likeness: 1,
        stale: expect.stringContaining("1 of the 2"),
      }),
    ]);
    expect(found?.lessons[0]?.matched?.[0]).toBe("same error type");
    await mustRun(bench, "repair.start-repair", { incidentId: next });
    expect((await bench.runs(next))[0]?.brief.lessons[0]).toContain("Alike: same error type; same crash frame");
  });

  it("is not the incident's own", async () => {
    const { incidentId } = await learn();
    await bench.touch(incidentId, { state: "investigating" });
    await mustRun(bench, INVESTIGATE, { incidentId });
    expect((await foundOn(incidentId))?.lessons).toEqual([]);
  });
});

describe("an operator", () => {
  it("corrects a lesson for good: later writes keep who said what, and when", async () => {
    const { incidentId, id } = await learn();
    const changes = { cause: "the shop sends no coupon", fixFiles: ["src/coupon.js"] };
    await correctLesson(asPerson(), { projectId: PROJECT, id, changes, reason: "I was there" });
    await mustRun(bench, LESSON, { incidentId });
    const lesson = await getLesson(bench.ctx, PROJECT, id);
    expect(lesson).toMatchObject({ ...changes, outcome: "recovered" });
    expect(lesson.corrections).toEqual([
      { at: bench.clock.now().toISOString(), by: "person:ann", reason: "I was there", changes },
    ]);
    expect(await bench.kinds(incidentId)).toContain("lesson_corrected");
    expect((await meetAgain())?.lessons[0]?.lines?.at(-1)).toContain("Corrected by person:ann");
  });

  it("has no secret kept in a correction", async () => {
    const { id } = await learn();
    const cause = "the token ghp_0123456789abcdefghijklmnopqrstuvwxyz was wrong";
    await correctLesson(asPerson(), { projectId: PROJECT, id, changes: { cause }, reason: null });
    expect((await getLesson(bench.ctx, PROJECT, id)).cause).not.toContain("ghp_0123");
  });

  it("forgets a lesson with all by which it is found; only a new end brings one back", async () => {
    const { incidentId, id } = await learn();
    expect(await countKeys()).toBeGreaterThan(0);
    await forgetLesson(asPerson(), { projectId: PROJECT, id });
    expect(await bench.lessons()).toEqual([]);
    expect(await countKeys()).toBe(0);
    await mustRun(bench, LESSON, { incidentId });
    expect(await bench.lessons()).toEqual([]);
    expect((await meetAgain())?.lessons).toEqual([]);
    await expect(getLesson(bench.ctx, PROJECT, id)).rejects.toMatchObject({ code: "lesson_not_found" });
  });

  it("reads page after page, newest first, and none of another project's", async () => {
    const { incidentId, id } = await learn();
    await bench.touch(incidentId, { state: "recovered" });
    const page = await listLessons(bench.ctx, PROJECT, { beforeSeq: null, limit: 1 });
    expect(page).toMatchObject({ items: [{ id, incidentId }], nextSeq: null });
    expect((await listLessons(bench.ctx, "prj_other00000", { beforeSeq: null, limit: 5 })).items).toEqual([]);
  });

  it("keeps lessons for as long and as many as the policy says", async () => {
    await learn();
    const forget = (keepDays: number, maxLessons: number) =>
      forgetOldLessons(bench.ctx, { projectId: PROJECT, policy: { keepDays, maxLessons } });
    expect(await forget(10, 5)).toEqual({ forgotten: 0 });
    bench.clock.advance(9 * DAY_MS);
    expect(await forget(10, 1)).toEqual({ forgotten: 0 });
    bench.clock.advance(2 * DAY_MS);
    expect(await forget(10, 5)).toEqual({ forgotten: 1 });
    expect(await countKeys()).toBe(0);
  });
});

describe("a person's word on triage", () => {
  const assess = async (incidentId: string) => mustRun(bench, "triage.assess-incident", { incidentId });

  it("holds over every later look, which says what it would have said", async () => {
    const incidentId = await openIncident(bench);
    await assess(incidentId);
    const before = await bench.incident(incidentId);
    await correctTriage(asPerson(), { incidentId, priority: "P0", worthRepair: null, reason: "checkout is down" });
    await assess(incidentId);
    const after = await bench.incident(incidentId);
    expect(before.priority).not.toBe("P0");
    expect(after).toMatchObject({
      priority: "P0",
      severity: "critical",
      triage: { automatic: { priority: before.priority } },
    });
    expect(JSON.stringify(after.triage)).toContain("ann said P0: checkout is down");
    expect(await bench.kinds(incidentId)).toContain("triage_corrected");
  });

  it("is told when triage by itself would say something else than before", async () => {
    const incidentId = await openIncident(bench);
    await assess(incidentId);
    await correctTriage(asPerson(), { incidentId, priority: "P3", worthRepair: null, reason: "known" });
    bench.errors.level = "fatal";
    bench.errors.users = 90_000;
    await assess(incidentId);
    const story = (await bench.story(incidentId)).map(({ summary }) => summary);
    expect(story.some((text) => /^stays P3, as a person said; triage by itself would now say P[01]$/.test(text))).toBe(
      true,
    );
  });

  it("that is taken back lets triage judge by itself again", async () => {
    const incidentId = await openIncident(bench);
    await assess(incidentId);
    const { priority } = await bench.incident(incidentId);
    await correctTriage(asPerson(), { incidentId, priority: "P0", worthRepair: null, reason: "a mistake" });
    await correctTriage(asPerson(), { incidentId, priority: null, worthRepair: null, reason: "it was a mistake" });
    expect(await bench.incident(incidentId)).toMatchObject({ priority });
    await assess(incidentId);
    expect(await bench.incident(incidentId)).toMatchObject({ priority });
  });

  it("on what was not judged yet is refused", async () => {
    const incidentId = await openIncident(bench);
    const word = { incidentId, priority: "P0" as const, worthRepair: null, reason: "now" };
    await expect(correctTriage(asPerson(), word)).rejects.toMatchObject({ code: "bad_request" });
  });

  it("is counted by the metrics", async () => {
    const incidentId = await openIncident(bench);
    await assess(incidentId);
    const since = new Date(bench.clock.now().getTime() - DAY_MS);
    const read = () => findMetrics(database.db, PROJECT, since);
    expect((await read()).triage).toMatchObject({ judged: 1, corrected: 0, accuracy: 1 });
    await correctTriage(asPerson(), { incidentId, priority: "P0", worthRepair: null, reason: "checkout is down" });
    expect((await read()).triage).toMatchObject({ judged: 1, corrected: 1, accuracy: 0, raised: 1, lowered: 0 });
    expect(await read()).toMatchObject({
      incidents: 1,
      timeToDetect: { count: 1 },
      timeToRecover: { medianSeconds: null },
    });
  });

  it("measures the time to repair and to recover by their medians", async () => {
    const { incidentId } = await openMerged(bench);
    await bench.touch(incidentId, { state: "recovered", closedAt: bench.clock.now() });
    const found = await findMetrics(database.db, PROJECT, new Date(bench.clock.now().getTime() - DAY_MS));
    expect(found.timeToRepair.count).toBe(1);
    expect(found.timeToRecover.medianSeconds).toBeCloseTo(
      (bench.clock.now().getTime() - (await bench.incident(incidentId)).firstSeenAt.getTime()) / 1_000,
    );
  });
});
