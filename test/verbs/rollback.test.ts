import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findMoves } from "../../lib/recovery/approval-store.ts";
import { approveRollback, askRollback, listApprovals } from "../../lib/recovery/index.ts";
import { approvalKeyOf } from "../../lib/wiring/approval-key.ts";
import { alert, type Bench, createBench, MINUTE_MS, mustRun, releaseOf } from "../support/context.ts";
import { expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { comment } from "../support/repair-flow.ts";

const OFFER = "recovery.offer-rollback";
const MOVE = "recovery.move-production";
const KEY = { ENCRYPTION_KEY: "0123456789abcdef0123456789abcdef0123456789abcdef" };

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;
let incidentId: string;
let goodSha: string;
let badSha: string;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(() => open());

/** A deployment that took traffic 60 minutes ago, and the error that began with it; one before is well. */
async function open(settings: Parameters<typeof createBench>[1] = {}): Promise<void> {
  bench = await createBench(database, { env: KEY, ...settings });
  const now = bench.clock.now().getTime();
  goodSha = releaseOf(bench);
  bench.production.deploy(goodSha, new Date(now - 600 * MINUTE_MS));
  badSha = bench.repository.push("main", { "src/cart.js": "export const total = (cart) => cart.coupon.percent;\n" });
  bench.production.deploy(badSha, new Date(now - 60 * MINUTE_MS));
  bench.errors.reportMany(60, new Date(now - 59 * MINUTE_MS), bench.clock.now(), badSha);
  incidentId = await alert(bench, { release: badSha });
  bench.repository.permissions.set("ada", "write").set("eve", "read");
}

const LATER_MS = 30 * 60 * MINUTE_MS;

/** The incident is judged and looked into; whether a rollback is offered follows. */
async function investigate(): Promise<void> {
  await mustRun(bench, "triage.assess-incident", { incidentId });
  await mustRun(bench, "investigate.investigate-incident", { incidentId });
  await mustRun(bench, "alerts.update-issue", { incidentId });
  await mustRun(bench, OFFER, { incidentId });
}
const newest = async () => {
  const [approval] = await listApprovals(database.db, incidentId);
  if (!approval) throw new Error("nothing was offered");
  return approval;
};
const say = (text: string, author = "ada") => comment(bench, author, text);
/** The comment is obeyed: its job asks recovery, which reads it. */
async function command(text: string, author = "ada"): Promise<void> {
  const { deliveryId, outcome } = await say(text, author);
  expect(outcome).toEqual({ type: "done" });
  const waits = Object.keys(await bench.waitingJobs()).includes("recovery.obey-rollback");
  if (waits) await bench.runWaiting("recovery.obey-rollback", { incidentId, deliveryId });
}
/** Production is moved as far as it can be now. */
async function move(steps = 2): Promise<void> {
  for (let step = 0; step < steps; step++) expect(await bench.run(MOVE, { incidentId })).toEqual({ type: "done" });
}
async function rollBack(): Promise<void> {
  await investigate();
  await command(`/patchpilot rollback ${(await newest()).token}`);
  await move();
}

describe("a rollback is offered", () => {
  it("where the error began with a deployment and the one before is well; nothing is done", async () => {
    bench.production.variables = ["PAYMENT_URL"];
    await investigate();
    expect(await newest()).toMatchObject({
      kind: "rollback",
      state: "offered",
      fromDeploymentId: "dpl_2",
      toDeploymentId: "dpl_1",
      subject: { consequences: { commits: { total: 1 }, variables: ["PAYMENT_URL"], migrations: [] } },
    });
    await mustRun(bench, "alerts.update-issue", { incidentId });
    const text = bench.issues.onlyComment;
    expect(text).toContain(`/patchpilot rollback ${(await newest()).token}`);
    expect(text).toContain("PAYMENT_URL changed since");
    expect(bench.issues.only.body).toContain("a rollback is offered until");
    expect(bench.production.moves).toEqual([]);
    expect(JSON.stringify(await bench.story(incidentId))).not.toContain((await newest()).token);
  });

  it("naming migrations among what goes back", async () => {
    const sha = bench.repository.push("main", { "db/migrations/0007_orders.sql": "alter table orders;" });
    bench.production.deploy(sha, new Date(bench.clock.now().getTime() - 30 * MINUTE_MS));
    await investigate();
    const { fromDeploymentId, subject } = await newest();
    expect(fromDeploymentId).toBe("dpl_3");
    expect(subject.consequences).toMatchObject({
      commits: { total: 2 },
      migrations: ["db/migrations/0007_orders.sql"],
    });
  });

  it("once, however often it is looked at, and after a crash", async () => {
    await mustRun(bench, "triage.assess-incident", { incidentId });
    await mustRun(bench, "investigate.investigate-incident", { incidentId });
    await expectCrashSafe(bench, OFFER, { incidentId }, "listProductionDeployments");
    await mustRun(bench, OFFER, { incidentId });
    expect(await bench.said(incidentId, "rollback_offered")).toHaveLength(1);
  });

  it("not where the earlier deployment has the error too", async () => {
    bench.errors.report(new Date(bench.clock.now().getTime() - 5 * MINUTE_MS), goodSha);
    await investigate();
    expect(await listApprovals(database.db, incidentId)).toEqual([]);
    await command("/patchpilot rollback");
    await mustRun(bench, OFFER, { incidentId });
    expect(await bench.said(incidentId, "rollback_not_offered")).toEqual([
      expect.stringContaining("the error was seen 1 time on the earlier deployment"),
    ]);
  });

  it("not by itself where policy says so, but to who asks", async () => {
    await open({ policy: { recovery: { rollback: { offers: false } } } });
    await investigate();
    expect(await listApprovals(database.db, incidentId)).toEqual([]);
    await askRollback({ ...bench.ctx, actor: { kind: "person", name: "ada" } }, incidentId);
    await mustRun(bench, OFFER, { incidentId });
    expect((await newest()).state).toBe("offered");
  });

  it("expires, is not renewed by itself, and is when somebody asks", async () => {
    await investigate();
    const first = await newest();
    await bench.forgetJobs();
    bench.clock.advance(61 * MINUTE_MS);
    await mustRun(bench, OFFER, { incidentId });
    expect((await newest()).state).toBe("expired");
    await mustRun(bench, OFFER, { incidentId });
    expect(await listApprovals(database.db, incidentId)).toHaveLength(1);
    await command("/patchpilot rollback");
    await mustRun(bench, OFFER, { incidentId });
    expect((await newest()).state).toBe("offered");
    expect((await newest()).token).not.toBe(first.token);
  });
});

describe("an approval", () => {
  it("moves production once, and is verified by the error's rate", async () => {
    await rollBack();
    expect(bench.production.moves).toEqual(["rollback dpl_1"]);
    expect((await newest()).state).toBe("watching");
    for (let looks = 0; (await newest()).state === "watching" && looks < 60; looks++)
      await bench.runWaiting(MOVE, { incidentId });
    expect(await bench.said(incidentId, "rollback_worked")).toEqual([
      expect.stringMatching(/^0 events since the rollback, where \d+(\.\d)? were expected/),
    ]);
    await mustRun(bench, OFFER, { incidentId });
    expect((await listApprovals(database.db, incidentId)).map(({ kind, state }) => [kind, state])).toEqual([
      ["rollback", "worked"],
    ]);
  });

  it("that did not help is said, with the events on the deployment that serves now", async () => {
    await rollBack();
    bench.clock.advance(60 * MINUTE_MS);
    bench.errors.reportMany(60, new Date(bench.clock.now().getTime() - 59 * MINUTE_MS), bench.clock.now(), goodSha);
    await move(1);
    expect((await newest()).state).toBe("no_help");
  });

  it("does not count events of old tabs on the failing release", async () => {
    await rollBack();
    bench.clock.advance(60 * MINUTE_MS);
    bench.errors.reportMany(60, new Date(bench.clock.now().getTime() - 59 * MINUTE_MS), bench.clock.now(), badSha);
    await move(1);
    expect((await newest()).state).toBe("worked");
    expect(await bench.said(incidentId, "rollback_worked")).toEqual([
      expect.stringContaining("came from older releases"),
    ]);
  });

  it("is refused when it is replayed, expired, tampered with, of another incident or of nobody who may", async () => {
    await investigate();
    const { token, id } = await newest();
    await command(`/patchpilot rollback ${token}`, "eve");
    expect(await bench.said(incidentId, "command_refused")).toEqual([expect.stringContaining("write is needed")]);
    const ctx = { ...bench.ctx, actor: { kind: "person", name: "ada" } as const };
    const approvalKey = approvalKeyOf(bench.config);
    const approve = (quoted: string, incident = incidentId) =>
      approveRollback(ctx, { approvalKey }, { incidentId: incident, token: quoted });
    const forged = `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`;
    await expect(approve(forged)).rejects.toMatchObject({ code: "approval_refused", message: /tampered/ });
    await expect(approve("apr_nothing")).rejects.toThrow("no offer of this token");
    const other = await alert(bench, { issueId: "9999", release: badSha });
    await expect(approve(token, other)).rejects.toThrow("belongs to another incident");
    await database.db.execute(sql`update approvals set to_deployment_id = 'dpl_evil' where id = ${id}`);
    await expect(approve(token)).rejects.toThrow("tampered");
    await database.db.execute(sql`update approvals set to_deployment_id = 'dpl_1' where id = ${id}`);
    await approve(token);
    await expect(approve(token)).rejects.toThrow("the token was used already, by ada");
    await move();
    expect(bench.production.moves).toEqual(["rollback dpl_1"]);
  });

  it("that comes too late is refused", async () => {
    await investigate();
    const { token } = await newest();
    bench.clock.advance(61 * MINUTE_MS);
    await command(`/patchpilot rollback ${token}`);
    expect(await bench.said(incidentId, "approval_refused")).toEqual([expect.stringContaining("the offer expired at")]);
    expect(Object.keys(await bench.waitingJobs())).not.toContain(MOVE);
  });

  it("of two words at the same moment counts one", async () => {
    await investigate();
    const { token } = await newest();
    const ctx = { ...bench.ctx, actor: { kind: "person", name: "ada" } as const };
    const once = () => approveRollback(ctx, { approvalKey: approvalKeyOf(bench.config) }, { incidentId, token });
    const ends = await Promise.allSettled([once(), once()]);
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("is not done where production serves another deployment by now", async () => {
    await investigate();
    await command(`/patchpilot rollback ${(await newest()).token}`);
    bench.production.deploy(bench.repository.push("main", { "README.md": "x" }), bench.clock.now());
    await move(1);
    expect(await newest()).toMatchObject({ state: "failed", outcome: expect.stringContaining("dpl_3") });
    expect(bench.production.moves).toEqual([]);
  });

  it("whose row was tampered with after it was given moves nothing", async () => {
    await investigate();
    await command(`/patchpilot rollback ${(await newest()).token}`);
    await database.db.execute(sql`update approvals set kind = 'promote'`);
    await move(1);
    expect(await newest()).toMatchObject({ state: "failed", outcome: expect.stringContaining("tampered") });
    expect(bench.production.moves).toEqual([]);
  });

  it("is done once, however often its job is delivered and wherever the process dies", async () => {
    await investigate();
    await command(`/patchpilot rollback ${(await newest()).token}`);
    await bench.forgetJobs();
    await expectCrashSafe(bench, MOVE, { incidentId }, "ensureRolledBack");
    await expectOnce(bench, MOVE, { incidentId });
    expect(bench.production.moves).toEqual(["rollback dpl_1"]);
  });

  it("is said to have failed where traffic does not move", async () => {
    bench.production.isSlow = true;
    await rollBack();
    expect((await newest()).state).toBe("moving");
    bench.clock.advance(11 * MINUTE_MS);
    await move(1);
    expect(await newest()).toMatchObject({ state: "failed", outcome: expect.stringContaining("after 10 minutes") });
  });

  it("is held by DRY_RUN and STAGE, and said as it would be done", async () => {
    for (const settings of [{ dryRun: true }, { stage: "investigate" as const }]) {
      await open();
      await investigate();
      await command(`/patchpilot rollback ${(await newest()).token}`);
      bench.configure({ env: KEY, ...settings });
      await move(1);
      expect((await newest()).state).toBe("held");
      expect(await bench.said(incidentId, "held")).toEqual([expect.stringContaining("would roll production back")]);
      expect(bench.production.moves).toEqual([]);
    }
  });

  it("waits while the kill switch is on, is done after it, and not when it waited for too long", async () => {
    await investigate();
    await command(`/patchpilot rollback ${(await newest()).token}`);
    await bench.stop("a drill");
    await move(2);
    expect((await newest()).state).toBe("approved");
    expect(await bench.said(incidentId, "held")).toHaveLength(1);
    await bench.resume();
    await move(1);
    expect(bench.production.moves).toEqual(["rollback dpl_1"]);
    await open();
    await investigate();
    await command(`/patchpilot rollback ${(await newest()).token}`);
    await bench.stop("a drill");
    await move(1);
    bench.clock.advance(16 * MINUTE_MS);
    await bench.resume();
    await move(1);
    expect(await newest()).toMatchObject({ state: "failed", outcome: expect.stringContaining("held for too long") });
    expect(bench.production.moves).toEqual([]);
  });

  it("of the way forward undoes a rollback in the same way", async () => {
    await rollBack();
    bench.clock.advance(LATER_MS);
    await move(1);
    await command("/patchpilot rollback");
    await mustRun(bench, OFFER, { incidentId });
    await command(`/patchpilot rollback ${(await newest()).token}`);
    await move();
    expect(bench.production.moves).toEqual(["rollback dpl_1", "promote dpl_2"]);
    expect(await newest()).toMatchObject({ kind: "promote", state: "done" });
    expect(await bench.said(incidentId, "promoted")).toEqual([expect.stringContaining("as ada approved")]);
  });
});

it("after a rollback, quiet before the repair took traffic proves nothing: neither before nor since counts it", async () => {
  await rollBack();
  await database.db.execute(
    sql`update approvals set moved_at = ${bench.clock.now().toISOString()}, served_at = ${bench.clock.now().toISOString()}, state = 'worked'`,
  );
  const moves = await findMoves(database.db, incidentId, "dpl_2");
  expect(moves).toEqual({ rolledBackAt: bench.clock.now(), promotedAt: null });
  await command("/patchpilot rollback");
  await mustRun(bench, OFFER, { incidentId });
  await command(`/patchpilot rollback ${(await newest()).token}`);
  await move(1);
  // Asked for, and not noted as arrived yet.
  expect((await findMoves(database.db, incidentId, "dpl_2")).promotedAt).toEqual(bench.clock.now());
});
