import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readControl } from "../../lib/control/index.ts";
import { noteDeadJob, wakeStalled } from "../../lib/incidents/index.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import { type Bench, createBench, mustRun, openIncident, PROJECT } from "../support/context.ts";
import { expectConflict, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { comment, openMerged, openPublished, openQueued, openReported } from "../support/repair-flow.ts";

const STATUS = "incidents.note-source-status";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

const never = (code: string) => new AppError(code, `${code}, says the test`, { retry: "never" });

describe("the source's status", () => {
  async function mark(status: "resolved" | "archived" | "assigned"): Promise<string> {
    const signal = { kind: "issue_status" as const, issueId: "4711", status, by: "ann" };
    return (await bench.receive(signal, `status-${status}`)).deliveryId;
  }

  it("archived ends the incident and closes its issue, once", async () => {
    const incidentId = await openQueued(bench);
    await bench.settle();
    await expectOnce(bench, STATUS, { deliveryId: await mark("archived") });
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "ignored", closedAt: bench.clock.now() });
    expect(bench.issues.only).toMatchObject({ state: "closed", closedAs: "not_planned" });
    expect(await bench.said(incidentId, "source_status")).toEqual(["sentry marked the issue archived by ann"]);
  });

  it.each(["resolved", "assigned"] as const)("%s is noted and proves nothing", async (status) => {
    const incidentId = await openQueued(bench);
    await mustRun(bench, STATUS, { deliveryId: await mark(status) });
    expect((await bench.incident(incidentId)).state).toBe("repairing");
    expect(await bench.said(incidentId, "source_status")).toEqual([`sentry marked the issue ${status} by ann`]);
  });

  it("of an issue that is nobody's incident changes nothing", async () => {
    const deliveryId = await mark("archived");
    await mustRun(bench, STATUS, { deliveryId });
    expect((await bench.effects()).timeline).toEqual([]);
  });
});

describe("a job that is given up", () => {
  it("hands its incident to a person, with the reason", async () => {
    const incidentId = await openIncident(bench);
    bench.script.failAt("findIssue", never("provider_forbidden"));
    expect(await bench.run("triage.assess-incident", { incidentId })).toMatchObject({ type: "dead" });
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect(await bench.said(incidentId, "job_dead")).toEqual([
      "triage.assess-incident was given up: provider_forbidden: provider_forbidden, says the test",
    ]);
  });

  it("of a run ends the run too, and a person is told", async () => {
    const { incidentId, runId } = await openReported(bench);
    bench.script.failAt("readFiles", never("provider_forbidden"));
    expect(await bench.run("repair.publish-patch", { runId })).toMatchObject({ type: "dead" });
    expect((await bench.runs(incidentId))[0]).toMatchObject({ state: "failed", tokenHash: null });
    expect((await bench.incident(incidentId)).state).toBe("escalated");
  });

  it("is told although the incident changes in the same moment", async () => {
    const incidentId = await openIncident(bench);
    bench.script.failAt("findIssue", never("provider_forbidden"));
    const { db } = bench.ctx;
    const transaction = db.transaction.bind(db);
    let races = 1;
    const racing = async (work: Parameters<typeof transaction>[0]) => {
      if (races-- > 0) await bench.touch(incidentId);
      return transaction(work);
    };
    Object.assign(db, { transaction: racing });
    try {
      await bench.run("triage.assess-incident", { incidentId });
    } finally {
      Object.assign(db, { transaction });
    }
    expect((await bench.incident(incidentId)).state).toBe("escalated");
  });

  it("and was only to update the issue is noted, and not told by the way that failed", async () => {
    const incidentId = await openQueued(bench);
    bench.script.failAt("ensureIssue", never("provider_forbidden"));
    expect(await bench.run("alerts.update-issue", { incidentId })).toMatchObject({ type: "dead" });
    expect((await bench.incident(incidentId)).state).toBe("repairing");
    expect(await bench.kinds(incidentId)).toContain("job_dead");
  });
});

describe("a job of a delivery that is given up", () => {
  it("tells who commanded that it could not be carried out, on the issue", async () => {
    const incidentId = await openQueued(bench);
    await bench.settle();
    bench.script.failAt("getPermission", never("provider_forbidden"));
    expect((await comment(bench, "wren", "/patchpilot ignore")).outcome).toMatchObject({ type: "dead" });
    await bench.settle();
    const told = "wren, your command could not be carried out: provider_forbidden: provider_forbidden, says the test";
    expect(await bench.said(incidentId, "job_dead")).toEqual([told]);
    expect(bench.issues.only.comments[0]?.body).toContain("wren, your command could not be carried out");
    expect((await bench.incident(incidentId)).state).toBe("repairing");
  });

  it("is told on the incident whose pull request it was about", async () => {
    const { incidentId } = await openPublished(bench);
    const { number } = bench.repository.pulls[0] ?? { number: 0 };
    const signal = { kind: "comment" as const, repository: "acme/shop", issueNumber: number, isPullRequest: true };
    const wrote = { ...signal, commentId: 9, author: "wren", authorType: "User", text: "/patchpilot status" };
    const { deliveryId } = await bench.receive(wrote, "comment-on-pull");
    const job = { id: "job_1", name: "repair.note-pull-request", payload: { deliveryId }, reason: "gone" };
    await noteDeadJob(bench.ctx, job);
    expect(await bench.said(incidentId, "job_dead")).toEqual(["wren, your command could not be carried out: gone"]);
  });

  it("is nobody's where it is about no incident: the dead letters tell", async () => {
    const signal = { kind: "issue_status" as const, issueId: "77", status: "archived" as const, by: null };
    const { deliveryId } = await bench.receive(signal, "status-of-nobody");
    await noteDeadJob(bench.ctx, { id: "job_1", name: STATUS, payload: { deliveryId }, reason: "gone" });
    expect((await bench.effects()).timeline).toEqual([]);
  });
});

describe("a stalled incident", () => {
  const openers: [string, string, () => Promise<string>][] = [
    ["new", "triage.assess-incident", () => openIncident(bench)],
    ["repairing", "repair.start-repair", () => openQueued(bench)],
    ["in_review", "repair.follow-pull-request", async () => (await openPublished(bench)).incidentId],
    ["deploying", "recovery.verify-recovery", async () => (await openMerged(bench)).incidentId],
  ];

  it.each(openers)("in state %s gets its job %s back, once", async (state, job, open) => {
    const incidentId = await open();
    expect((await bench.incident(incidentId)).state).toBe(state);
    await bench.forgetJobs();
    expect(await wakeStalled(bench.ctx, { projectId: PROJECT })).toEqual({ incidents: 1, woken: 1 });
    expect(await wakeStalled(bench.ctx, { projectId: PROJECT })).toEqual({ incidents: 1, woken: 0 });
    expect(Object.keys(await bench.waitingJobs())).toEqual([job]);
  });

  it("whose patch was reported and whose publishing was lost goes on", async () => {
    const { incidentId } = await openReported(bench);
    await bench.forgetJobs();
    await wakeStalled(bench.ctx, { projectId: PROJECT });
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("in_review");
  });

  it("whose run waits and whose check was lost is looked after again", async () => {
    const incidentId = await openQueued(bench);
    await bench.forgetJobs();
    await wakeStalled(bench.ctx, { projectId: PROJECT });
    await bench.settle();
    expect(Object.keys(await bench.waitingJobs())).toContain("repair.check-run");
    expect(await bench.runs(incidentId)).toHaveLength(1);
  });

  it("that ended or waits for a person is left alone", async () => {
    const incidentId = await openIncident(bench);
    await bench.forgetJobs();
    for (const state of ["observed", "escalated", "recovered", "ignored"]) {
      await bench.touch(incidentId, { state });
      expect(await wakeStalled(bench.ctx, { projectId: PROJECT })).toEqual({ incidents: 0, woken: 0 });
    }
  });
});

describe("two writers of one incident", () => {
  it("do not overwrite each other: the later one is asked to come again", async () => {
    const incidentId = await openIncident(bench);
    const payload = { incidentId };
    await expectConflict(bench, { name: "triage.assess-incident", payload, incidentId, method: "findIssue" });
  });
});

describe("the kill switch", () => {
  it("is remembered with who turned it, when and why, and its absence means running", async () => {
    expect(await readControl(database.db, PROJECT)).toMatchObject({ isStopped: false, changedBy: null });
    expect(await bench.stop("look first")).toEqual(
      expect.objectContaining({
        isStopped: true,
        reason: "look first",
        changedBy: "system:test",
        changedAt: bench.clock.now(),
      }),
    );
    expect(await bench.resume()).toMatchObject({ isStopped: false, reason: null });
  });

  it("of one project does not stop another one", async () => {
    await bench.stop();
    expect(await readControl(database.db, "prj_another00")).toMatchObject({ isStopped: false });
  });
});
