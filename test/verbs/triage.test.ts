import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alert, type Bench, createBench, MINUTE_MS, mustRun, openIncident, releaseOf } from "../support/context.ts";
import { ISSUE_ID } from "../support/error-source.ts";
import { expectConflict, expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { comment } from "../support/repair-flow.ts";

const ASSESS = "triage.assess-incident";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

const waiting = async () => Object.keys(await bench.waitingJobs()).sort();

describe("the first alert", () => {
  it("is judged from what the source says, and sets the investigation going", async () => {
    const incidentId = await openIncident(bench);
    await mustRun(bench, ASSESS, { incidentId });
    const incident = await bench.incident(incidentId);
    expect(incident).toMatchObject({ state: "investigating", events: 60, users: 40, sourceShortId: "SHOP-1" });
    expect(incident.priority).toMatch(/^P[0-2]$/);
    expect(await bench.kinds(incidentId)).toEqual(["triaged"]);
    expect(await waiting()).toEqual(["alerts.update-issue", "investigate.investigate-incident"]);
  });

  it("is judged once, however often its job is delivered", async () => {
    await expectOnce(bench, ASSESS, { incidentId: await openIncident(bench) });
  });

  it("is judged when the process died before it could write", async () => {
    const incidentId = await openIncident(bench);
    await expectCrashSafe(bench, ASSESS, { incidentId }, "findIssue");
    expect(await bench.kinds(incidentId)).toEqual(["triaged"]);
  });

  it("is judged afresh when the incident changed meanwhile", async () => {
    const incidentId = await openIncident(bench);
    await expectConflict(bench, { name: ASSESS, payload: { incidentId }, incidentId, method: "findIssue" });
    expect(await bench.runWaiting(ASSESS, { incidentId })).toEqual({ type: "done" });
    expect(await bench.kinds(incidentId)).toEqual(["triaged"]);
  });

  it("of an issue that was deleted at its source is judged by the alert itself", async () => {
    bench.errors.exists = false;
    const incidentId = await alert(bench, { level: "fatal", users: 500, events: 900 });
    await mustRun(bench, ASSESS, { incidentId });
    expect(await bench.incident(incidentId)).toMatchObject({ state: "investigating", level: "fatal" });
  });

  it("ends at triage where STAGE ends there, and says so", async () => {
    bench.configure({ stage: "triage" });
    const incidentId = await openIncident(bench);
    await mustRun(bench, ASSESS, { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("observed");
    expect(await bench.said(incidentId, "triaged")).toEqual([expect.stringContaining("STAGE ends at triage")]);
    expect(await waiting()).toEqual(["alerts.update-issue"]);
  });
});

describe("how much there is of it", () => {
  const HOUR_MS = 60 * MINUTE_MS;
  const reasonsNow = async () => {
    const incidentId = await openIncident(bench);
    await mustRun(bench, ASSESS, { incidentId });
    return JSON.stringify((await bench.incident(incidentId)).triage);
  };
  const sessionsOf = (count: number) => {
    const endMs = bench.clock.now().getTime();
    return [{ startMs: endMs - HOUR_MS, endMs, count }];
  };

  it("is compared with the error's own usual rate, where its source counts", async () => {
    const nowMs = bench.clock.now().getTime();
    bench.errors.report(new Date(nowMs - 20 * 24 * HOUR_MS), "v1");
    bench.errors.stats = {
      hours: [1, 0].map((back) => ({ startMs: nowMs - (back + 0.5) * HOUR_MS, events: 150 })),
      days: Array.from({ length: 10 }, (_, at) => ({ startMs: nowMs - (10 - at) * 24 * HOUR_MS, events: 48 })),
    };
    expect(await reasonsNow()).toContain("100 times the usual 2 events an hour");
  });

  it("is compared with production's traffic, where its source knows that", async () => {
    bench.errors.sessions = sessionsOf(6_000);
    expect(await reasonsNow()).toContain("burns the error budget of 0.1%");
  });

  it("burns no budget that nobody can measure: no session at all says that none are counted", async () => {
    bench.errors.sessions = sessionsOf(0);
    expect(await reasonsNow()).not.toContain("error budget");
  });
});

describe("a storm", () => {
  it("of many alerts is one incident and one assessment", async () => {
    const incidentId = await openIncident(bench);
    const others = await Promise.all(Array.from({ length: 40 }, () => alert(bench)));
    expect(new Set([incidentId, ...others]).size).toBe(1);
    expect(await bench.waitingJobs()).toEqual({ [ASSESS]: expect.any(Date) });
    await mustRun(bench, ASSESS, { incidentId });
    expect(await bench.kinds(incidentId)).toEqual(["triaged"]);
  });

  it("on a known incident refreshes its facts and changes nothing else", async () => {
    const incidentId = await openIncident(bench);
    await mustRun(bench, ASSESS, { incidentId });
    const before = await bench.incident(incidentId);
    bench.clock.advance(5 * MINUTE_MS);
    bench.errors.reportMany(30, new Date(before.lastSeenAt.getTime() + 1), bench.clock.now(), releaseOf(bench));
    bench.errors.users = 70;
    await alert(bench);
    await mustRun(bench, ASSESS, { incidentId });
    const { version, state, priority } = before;
    expect(await bench.incident(incidentId)).toMatchObject({ version, state, priority, events: 90, users: 70 });
    expect(await bench.kinds(incidentId)).toEqual(["triaged"]);
  });

  it("on an incident that is only watched does not investigate it anew with every alert", async () => {
    bench.configure({ stage: "investigate" });
    const incidentId = await openIncident(bench);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("observed");
    for (let minute = 0; minute < 5; minute++) {
      bench.clock.advance(MINUTE_MS);
      await alert(bench);
      await bench.settle();
    }
    expect(await bench.kinds(incidentId)).toEqual(["triaged", "investigated", "issue_opened"]);
  });
});

describe("another environment", () => {
  /** The source tells of a new issue by a webhook that carries neither environment nor event. */
  const lifecycleAlert = () => alert(bench, { environment: null, event: null, release: null });

  it("is waited for shortly, because a source tells of an issue before its event can be read", async () => {
    bench.errors.report(bench.clock.now(), null, "staging");
    const incidentId = await lifecycleAlert();
    expect(await bench.run(ASSESS, { incidentId })).toMatchObject({ type: "retry", afterMs: 5_000 });
    bench.errors.report(bench.clock.now(), releaseOf(bench));
    expect(await bench.runWaiting(ASSESS, { incidentId })).toEqual({ type: "done" });
    expect(await bench.said(incidentId, "triaged")).toEqual([expect.stringMatching(/^P\d/)]);
  });

  it("leaves an issue without a judgement and without an issue on the code host", async () => {
    bench.errors.report(bench.clock.now(), null, "staging");
    const incidentId = await lifecycleAlert();
    bench.clock.advance(MINUTE_MS);
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "observed", priority: null, worthRepair: null });
    expect(bench.issues.all).toEqual([]);
    expect(await bench.said(incidentId, "triaged")).toEqual(["none of its events comes from production"]);
  });

  it("does not hide a later event of production: that is judged afresh", async () => {
    bench.errors.report(bench.clock.now(), null, "staging");
    const incidentId = await lifecycleAlert();
    bench.clock.advance(MINUTE_MS);
    await bench.settle();
    const same = await openIncident(bench);
    expect(same).toBe(incidentId);
    await mustRun(bench, ASSESS, { incidentId });
    expect(await bench.incident(incidentId)).toMatchObject({ state: "investigating", worthRepair: true });
  });
});

describe("a person's word at the source", () => {
  it("that the issue is archived ends the matter, and closes an issue that was opened for it", async () => {
    bench.configure({ stage: "triage" });
    const incidentId = await openIncident(bench);
    await bench.settle();
    expect(bench.issues.only.state).toBe("open");
    bench.errors.status = "archived";
    bench.clock.advance(MINUTE_MS);
    await alert(bench);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("ignored");
    expect(bench.issues.only).toMatchObject({ state: "closed", closedAs: "not_planned" });
  });

  it("of an issue that nobody was told of opens none", async () => {
    bench.errors.status = "archived";
    const incidentId = await openIncident(bench);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("ignored");
    expect(bench.issues.all).toEqual([]);
  });
});

describe("an incident that is ignored", () => {
  const STATUS = "incidents.note-source-status";
  const mark = async (status: "resolved" | "archived") => {
    bench.errors.status = status;
    const signal = { kind: "issue_status" as const, issueId: ISSUE_ID, status, by: "ann" };
    const { deliveryId } = await bench.receive(signal, `status-${status}`);
    await mustRun(bench, STATUS, { deliveryId });
  };

  async function nextAlert(incidentId: string) {
    bench.clock.advance(MINUTE_MS);
    bench.errors.report(bench.clock.now(), releaseOf(bench));
    await alert(bench);
    await bench.settle();
    return bench.incident(incidentId);
  }

  it.each(["resolved", "archived"] as const)(
    "because somebody %s it at its source opens again with the alert that finds it unresolved there",
    async (status) => {
      bench.configure({ stage: "triage" });
      const incidentId = await openIncident(bench);
      await bench.settle();
      await mark(status);
      expect(await nextAlert(incidentId)).toMatchObject({ state: "ignored" });
      bench.errors.status = "unresolved";
      expect(await nextAlert(incidentId)).toMatchObject({ state: "observed", reopenedCount: 1, closedAt: null });
      expect(await bench.said(incidentId, "source_status")).toContain("the issue is unresolved again at its source");
      expect(bench.issues.only.state).toBe("open");
    },
  );

  it("because it was archived before it was known here opens again too", async () => {
    bench.errors.status = "archived";
    const incidentId = await openIncident(bench);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("ignored");
    bench.errors.status = "unresolved";
    expect((await nextAlert(incidentId)).reopenedCount).toBe(1);
  });

  it("by a person here stays ignored, whatever its source says", async () => {
    bench.repository.permissions.set("wren", "write");
    bench.configure({ stage: "triage" });
    const incidentId = await openIncident(bench);
    await bench.settle();
    await comment(bench, "wren", "/patchpilot ignore");
    expect(await nextAlert(incidentId)).toMatchObject({ state: "ignored", reopenedCount: 0 });
  });
});
