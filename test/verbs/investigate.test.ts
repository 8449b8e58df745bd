import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";
import { AppError } from "../../lib/kernel/errors.ts";
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
    expect(Object.keys(await bench.waitingJobs()).sort()).toEqual([
      "alerts.update-issue",
      "recovery.offer-rollback",
      "repair.start-repair",
    ]);
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
    expect(Object.keys(await bench.waitingJobs()).sort()).toEqual(["alerts.update-issue", "recovery.offer-rollback"]);
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

describe("the evidence", () => {
  const PRICED = "export const priced = true;\n";

  async function noteDeployed(sha: string, at: Date): Promise<void> {
    const { deploymentId } = bench.production.deploy(sha, at);
    const facts = { deploymentId, sha, ref: "main", url: null, sourceProject: null, target: "production" };
    const signal = { kind: "deployment", event: "ready", occurredAt: at.toISOString(), ...facts } as const;
    const { deliveryId } = await bench.receive(signal, `deployment-${deploymentId}`);
    await mustRun(bench, "recovery.note-deployment", { deliveryId });
  }

  /** A mistake is deployed a minute before the error begins; whether we were told of the deployments. */
  async function openAfterMistake(isTold = true): Promise<{ incidentId: string; good: string; bad: string }> {
    const { repository, clock, errors } = bench;
    const good = repository.getHead("main").sha;
    const cart = `${PRICED}${repository.getHead("main").files.get("src/cart.js")}`;
    const owners = "* @acme/everyone\nsrc/ @acme/payments ann@example.com\n";
    const bad = repository.push("main", { "src/cart.js": cart, ".github/CODEOWNERS": owners }, "refactor: price");
    const beganMs = clock.now().getTime() - 60 * MINUTE_MS;
    for (const [sha, minutes] of [
      [good, 90],
      [bad, 1],
    ] as const) {
      const at = new Date(beganMs - minutes * MINUTE_MS);
      if (isTold) await noteDeployed(sha, at);
      else bench.production.deploy(sha, at);
    }
    errors.releases.set(bad, { createdAt: new Date(beganMs - 2 * MINUTE_MS).toISOString(), commits: [bad] });
    const tags = { transaction: "POST /checkout", "browser.name": "Safari" };
    const frame = { absPath: null, module: null, column: 1, inApp: true };
    const frames = [{ ...frame, filename: "src/cart.js", function: "total", line: 1, contextLine: PRICED.trim() }];
    for (let minute = 0; minute < 60; minute++)
      errors.report(new Date(beganMs + minute * MINUTE_MS), bad, "production", { tags, frames });
    const incidentId = await alert(bench, { release: bad, firstSeenAt: new Date(beganMs).toISOString() });
    await mustRun(bench, "triage.assess-incident", { incidentId });
    return { incidentId, good, bad };
  }

  it("names the change that brought it, whom to ask, who is affected, and what surrounds the crash", async () => {
    const { incidentId, good, bad } = await openAfterMistake();
    bench.repository.openIssues.push({
      kind: "issue",
      number: 7,
      title: "total of a cart is slow",
      url: "https://code.example/acme/shop/issues/7",
      updatedAt: "2026-02-20T10:00:00Z",
    });
    await mustRun(bench, INVESTIGATE, { incidentId });
    const found = await foundOn(incidentId);
    expect(found?.change).toEqual({ sha: bad, certainty: "likely" });
    expect(found?.commits[0]?.reasons).toEqual([
      "last changed line 1 of src/cart.js, where it crashed",
      `the only commit between the last good deployment (${good.slice(0, 7)}) and the first bad one (${bad.slice(0, 7)})`,
      `part of release ${bad.slice(0, 7)}`,
    ]);
    expect(found?.owners).toContainEqual({
      path: "src/cart.js",
      owners: ["@acme/payments", "an e-mail address in CODEOWNERS"],
    });
    expect(found?.evidence?.code[0]).toMatchObject({
      path: "src/cart.js",
      line: 1,
      url: `https://code.example/acme/shop/blob/${bad}/src/cart.js#L1`,
    });
    expect(found?.evidence?.spreads.map(({ key, total }) => [key, total])).toEqual([
      ["transaction", 60],
      ["browser.name", 60],
    ]);
    expect(found?.evidence?.timeline.map(({ text }) => text)).toEqual([
      `${good.slice(0, 7)} went live, the last one without it`,
      `release ${bad.slice(0, 12)} was made known to sentry`,
      `${bad.slice(0, 7)} went live`,
      "first seen",
      "last seen, as of this look",
    ]);
    expect(found?.evidence?.related).toMatchObject([{ number: 7 }]);
    expect(found?.evidence?.unknown).toEqual([]);
  });

  it.each([
    ["blameLines", "who last changed the lines: github answered 403"],
    ["listCommitsBetween", "the commits of the failing deployment: github answered 403"],
    ["readTexts", "the lines of the code: github answered 403"],
    ["searchOpen", "related issues: github answered 403"],
    ["findPullRequestOf", "the pull requests of the commits: github answered 403"],
    ["webUrl", "links to the code: github answered 403"],
    ["findTagSpread", "who is affected by transaction: github answered 403"],
    ["findRelease", "what the release holds: github answered 403"],
  ])("that %s cannot give is unknown, with the reason, and stops nothing", async (method, unknown) => {
    const { incidentId } = await openAfterMistake();
    const context = { provider: "github", status: 403 };
    bench.script.failAt(method, new AppError("provider_forbidden", "no", { retry: "never", context }));
    await mustRun(bench, INVESTIGATE, { incidentId });
    const found = await foundOn(incidentId);
    expect(found?.evidence?.unknown).toContain(unknown);
    expect(found?.suspects[0]?.path).toBe("src/cart.js");
    expect(Object.keys(await bench.waitingJobs())).toContain("repair.start-repair");
  });

  it("is as good as the alert's own event where the source is away, and waits where that has none", async () => {
    const { incidentId } = await openAfterMistake();
    const away = () => new AppError("provider_unavailable", "sentry answered 503", { retry: "later" });
    bench.script.failAt("findLatestEvent", away());
    await mustRun(bench, INVESTIGATE, { incidentId });
    const found = await foundOn(incidentId);
    expect(found?.evidence?.unknown).toContain("the newest event: sentry answered 503");
    expect(found?.suspects[0]?.path).toBe("src/cart.js");
    const bare = await alert(bench, { issueId: "4712", event: null });
    await bench.touch(bare, { state: "investigating" });
    bench.script.failAt("findLatestEvent", away());
    expect(await bench.run(INVESTIGATE, { incidentId: bare })).toMatchObject({ type: "retry" });
  });

  it("waits for the code while its host is away", async () => {
    const { incidentId } = await openAfterMistake();
    bench.script.failAt("listFiles", new AppError("provider_unavailable", "github answered 503", { retry: "later" }));
    expect(await bench.run(INVESTIGATE, { incidentId })).toMatchObject({ type: "retry" });
  });

  it("without a deployment on record is asked of the host of deployments", async () => {
    const { incidentId, bad } = await openAfterMistake(false);
    await mustRun(bench, INVESTIGATE, { incidentId });
    expect((await foundOn(incidentId))?.change).toEqual({ sha: bad, certainty: "likely" });
  });

  it("of an error that came before any known deployment says that the change is unknown", async () => {
    const incidentId = await openJudged();
    await mustRun(bench, INVESTIGATE, { incidentId });
    const found = await foundOn(incidentId);
    expect(found?.evidence?.unknown).toContain(
      "which deployment brought it: no production deployment from before it began is known",
    );
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
