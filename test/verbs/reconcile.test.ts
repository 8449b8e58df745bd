import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cursors, deliveries, incidents } from "../../lib/db/schema/index.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { readSentry } from "../../lib/intake/read-sentry.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { SyncReport } from "../../lib/reconcile/index.ts";
import { type Bench, createBench, MINUTE_MS, openIncident, PROJECT } from "../support/context.ts";
import { ISSUE_ID } from "../support/error-source.ts";
import { openTestPglite } from "../support/pglite.ts";
import { polledIssue } from "../support/polled.ts";
import { fixtureJson } from "../support/sign-delivery.ts";

const HOUR_MS = 60 * MINUTE_MS;

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

const ago = (ms: number) => new Date(bench.clock.now().getTime() - ms);
const ofSource = (reports: SyncReport[], source: string): SyncReport => {
  const report = reports.find((one) => one.source === source);
  if (!report) throw new Error(`${source} was not looked at`);
  return report;
};
const syncSentry = async () => ofSource(await bench.sync(), "sentry");
const stored = () => database.db.select().from(deliveries);
const cursorOf = async (source: string) => {
  const rows = await database.db.select().from(cursors).where(eq(cursors.source, source));
  return rows[0] ?? null;
};
const openIncidents = () => database.db.select().from(incidents).orderBy(incidents.number);
/** The first look is behind us: what is found from now on was missed. */
const settleFirstLook = async () => {
  await bench.sync();
  bench.clock.advance(5 * MINUTE_MS);
};
const add = (...issues: ReturnType<typeof polledIssue>[]) => bench.polls.issues.items.push(...issues);

describe("an error that no webhook told of", () => {
  it("opens its incident, with the first job, by a delivery that says it was found by polling", async () => {
    await settleFirstLook();
    add(polledIssue("1", ago(MINUTE_MS)));
    const report = await syncSentry();
    expect(report).toMatchObject({ state: "complete", outcomes: [{ kind: "unknown_issue", outcome: "accepted" }] });
    expect(await openIncidents()).toMatchObject([
      { state: "new", sourceIssueId: "1", identityKey: "sentry:1:production" },
    ]);
    expect(await stored()).toMatchObject([{ via: "poll", resource: "poll.unknown_issue", outcome: "accepted" }]);
    expect(Object.keys(await bench.waitingJobs())).toEqual(["triage.assess-incident"]);
  });

  it("causes nothing more, however often its source is asked", async () => {
    add(polledIssue("1", ago(MINUTE_MS)));
    await bench.sync();
    const before = await bench.effects();
    for (let look = 0; look < 3; look += 1) {
      bench.clock.advance(5 * MINUTE_MS);
      expect((await syncSentry()).outcomes).toEqual([]);
    }
    expect(await bench.effects()).toEqual(before);
  });

  it("is found on any page", async () => {
    for (let at = 1; at <= 7; at += 1) add(polledIssue(String(at), ago(at * MINUTE_MS)));
    expect(await syncSentry()).toMatchObject({ pages: 4, items: 7 });
    expect(await openIncidents()).toHaveLength(7);
  });

  it.each([
    ["resolved", { status: "resolved" }],
    ["archived", { status: "archived" }],
    ["a user's feedback", { category: "feedback" }],
    ["a slow query", { category: "performance" }],
  ] as const)("is nothing when it is %s", async (_, changes) => {
    add(polledIssue("1", ago(MINUTE_MS), changes));
    expect((await syncSentry()).outcomes).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  it("and its webhook that comes later are one delivery, and no gap", async () => {
    await settleFirstLook();
    const body = fixtureJson("sentry/issue.created.json", ["data.issue.lastSeen", ago(1_000).toISOString()]);
    const read = readSentry(headerReader({ "sentry-hook-resource": "issue" }), body);
    if (read.outcome !== "accepted" || read.signal.kind !== "alert") throw new Error("the fixture is no alert");
    add(polledIssue(read.signal.issueId, ago(1_000)));
    await bench.sync();
    bench.clock.advance(1_000);
    expect(await bench.receive(read.signal, read.deliveryKey)).toMatchObject({ outcome: "duplicate" });
    expect(await stored()).toMatchObject([{ via: "webhook" }]);
    bench.clock.advance(HOUR_MS);
    expect(await bench.gaps()).toMatchObject({ count: 0 });
  });

  it("is what a webhook would have made of it: triage, investigation and repair follow", async () => {
    bench.errors.reportMany(60, ago(HOUR_MS), bench.clock.now(), bench.repository.getHead("main").sha);
    add(polledIssue(ISSUE_ID, bench.clock.now(), { firstSeenAt: ago(HOUR_MS).toISOString(), events: 60, users: 40 }));
    await bench.sync();
    await bench.settle();
    const [incident] = await openIncidents();
    expect(incident).toMatchObject({ state: "repairing", events: 60 });
  });
});

describe("a status that no webhook told of", () => {
  const statusOf = async (status: "resolved" | "archived" | "unresolved", lastSeenAt = ago(MINUTE_MS)) => {
    bench.polls.issues.items.length = 0;
    add(polledIssue(ISSUE_ID, lastSeenAt, { status }));
    const report = await syncSentry();
    await bench.forgetJobs();
    return report.outcomes;
  };
  const note = async (status: string) => {
    const row = (await stored()).find(({ signal }) => signal?.kind === "issue_status" && signal.status === status);
    if (!row) throw new Error(`no status ${status} was stored`);
    await bench.run("incidents.note-source-status", { deliveryId: row.id });
  };

  it("archived: the incident is ignored, once", async () => {
    const incidentId = await openIncident(bench);
    expect(await statusOf("archived")).toMatchObject([{ kind: "status", outcome: "accepted" }]);
    await note("archived");
    expect((await bench.incident(incidentId)).state).toBe("ignored");
    expect(await statusOf("archived", bench.clock.now())).toEqual([]);
  });

  it("no longer archived: the incident is open again", async () => {
    const incidentId = await openIncident(bench);
    await statusOf("archived");
    await note("archived");
    expect(await statusOf("unresolved")).toMatchObject([{ kind: "status", outcome: "accepted" }]);
    await note("unresolved");
    expect(await bench.incident(incidentId)).toMatchObject({ state: "new", closedAt: null, reopenedCount: 1 });
    expect(Object.keys(await bench.waitingJobs())).toContain("triage.assess-incident");
  });

  it("resolved while a repair is under way: it is told once, and proves nothing", async () => {
    const incidentId = await openIncident(bench);
    await bench.touch(incidentId, { state: "in_review" });
    await statusOf("resolved");
    await note("resolved");
    expect((await bench.incident(incidentId)).state).toBe("in_review");
    expect(await bench.said(incidentId, "source_status")).toEqual(["sentry marked the issue resolved"]);
    expect(await statusOf("resolved", bench.clock.now())).toEqual([]);
  });

  it("is a duplicate of the webhook that told of it", async () => {
    await openIncident(bench);
    const lastSeen = ago(MINUTE_MS);
    const key = `sentry:issue:${ISSUE_ID}:resolved:${lastSeen.toISOString()}`;
    await bench.receive({ kind: "issue_status", issueId: ISSUE_ID, status: "resolved", by: "ada" }, key);
    expect(await statusOf("resolved", lastSeen)).toMatchObject([{ outcome: "duplicate" }]);
  });

  it("is seen although the issue has had no event since", async () => {
    const incidentId = await openIncident(bench);
    await statusOf("archived", ago(72 * HOUR_MS));
    await note("archived");
    expect((await bench.incident(incidentId)).state).toBe("ignored");
  });
});

describe("an incident that is known", () => {
  const known = async (state: "observed" | "recovered" | "verifying", closedAt: Date | null = null) => {
    const incidentId = await openIncident(bench);
    await bench.touch(incidentId, { state, closedAt, lastSeenAt: ago(HOUR_MS) });
    await bench.forgetJobs();
    await settleFirstLook();
    return incidentId;
  };

  it("and under way is left alone, whatever comes in at its source", async () => {
    await known("verifying");
    add(polledIssue(ISSUE_ID, bench.clock.now()));
    expect((await syncSentry()).outcomes).toEqual([]);
  });

  it("and was left alone is judged again when its error went on; that is no gap", async () => {
    await known("observed");
    add(polledIssue(ISSUE_ID, bench.clock.now()));
    expect((await syncSentry()).outcomes).toMatchObject([{ kind: "more_events", outcome: "accepted" }]);
    expect(Object.keys(await bench.waitingJobs())).toEqual(["triage.assess-incident"]);
    bench.clock.advance(HOUR_MS);
    expect(await bench.gaps()).toMatchObject({ count: 0 });
  });

  it("and recovered is asked about when its error was seen after the end, and not before", async () => {
    await known("recovered", ago(30 * MINUTE_MS));
    add(polledIssue(ISSUE_ID, ago(40 * MINUTE_MS)));
    expect((await syncSentry()).outcomes).toEqual([]);
    bench.polls.issues.items.length = 0;
    add(polledIssue(ISSUE_ID, ago(MINUTE_MS)));
    expect((await syncSentry()).outcomes).toMatchObject([{ kind: "came_back", outcome: "accepted" }]);
  });
});

describe("the cursor", () => {
  it("moves to the time of the look, and the next look overlaps it", async () => {
    const first = await syncSentry();
    expect(first.since).toBe(ago(24 * HOUR_MS).toISOString());
    expect(first.position).toBe(bench.clock.now().toISOString());
    const position = bench.clock.now().getTime();
    bench.clock.advance(5 * MINUTE_MS);
    expect((await syncSentry()).since).toBe(new Date(position - HOUR_MS).toISOString());
  });

  it("does not pass an item that could not be stored; the others of its page are stored", async () => {
    await settleFirstLook();
    const failedAt = ago(2 * MINUTE_MS);
    add(
      polledIssue("1", ago(3 * MINUTE_MS)),
      polledIssue("2", failedAt, { title: "\0" }),
      polledIssue("3", ago(MINUTE_MS)),
    );
    bench.polls.issues.pageSize = 3;
    const report = await syncSentry();
    expect(report.outcomes.map((one) => [one.signal?.kind === "alert" && one.signal.issueId, one.outcome])).toEqual([
      ["3", "accepted"],
      ["2", "failed"],
      ["1", "accepted"],
    ]);
    expect(report).toMatchObject({ state: "partial", position: failedAt.toISOString() });
    expect(await openIncidents()).toHaveLength(2);
    expect(await cursorOf("sentry")).toMatchObject({
      position: failedAt.toISOString(),
      fault: "1 item could not be stored",
    });

    bench.clock.advance(3 * HOUR_MS);
    expect((await syncSentry()).position).toBe(failedAt.toISOString());
    const broken = bench.polls.issues.items[1];
    if (broken) broken.title = "mended";
    expect(await syncSentry()).toMatchObject({ state: "complete", position: bench.clock.now().toISOString() });
    expect(await openIncidents()).toHaveLength(3);
    expect(await cursorOf("sentry")).toMatchObject({ fault: null });
  });

  it("does not pass an item that could not be read", async () => {
    await settleFirstLook();
    const position = (await cursorOf("sentry"))?.position;
    bench.polls.issues.unreadable.push({ id: "9", at: null, fault: "title cannot be read" });
    add(polledIssue("1", ago(MINUTE_MS)));
    expect(await syncSentry()).toMatchObject({ state: "partial", position });
    expect(await openIncidents()).toHaveLength(1);
  });

  it("stays where it is when the source asks for time, and the source is left alone until then", async () => {
    await settleFirstLook();
    const position = (await cursorOf("sentry"))?.position;
    add(polledIssue("1", ago(MINUTE_MS)));
    const limit = new AppError("provider_rate_limited", "sentry answered 429", { retry: { afterMs: 10 * MINUTE_MS } });
    bench.script.failAt("listChangedIssues", limit);
    expect(await syncSentry()).toMatchObject({ state: "waiting", position });
    expect(await cursorOf("sentry")).toMatchObject({
      position,
      retryAt: new Date(bench.clock.now().getTime() + 10 * MINUTE_MS),
    });

    bench.clock.advance(9 * MINUTE_MS);
    const calls = bench.script.calls.length;
    expect(await syncSentry()).toMatchObject({ state: "waiting", items: 0 });
    expect(bench.script.calls.slice(calls)).not.toContain("listChangedIssues");
    bench.clock.advance(2 * MINUTE_MS);
    expect(await syncSentry()).toMatchObject({ state: "complete" });
    expect(await openIncidents()).toHaveLength(1);
    expect(await cursorOf("sentry")).toMatchObject({ fault: null, retryAt: null });
  });

  it("of one source that fails keeps no other source from being read", async () => {
    const away = new AppError("provider_unavailable", "sentry answered 503", { retry: "later" });
    bench.script.failAt("listChangedIssues", away);
    const reports = await bench.sync();
    expect(reports.map((one) => [one.source, one.state])).toEqual([
      ["sentry", "failed"],
      ["glitchtip", "complete"],
      ["vercel", "complete"],
      ["github", "complete"],
    ]);
    expect((await bench.gaps()).sources.map((one) => [one.source, one.fault === null])).toEqual([
      ["github", true],
      ["glitchtip", true],
      ["sentry", false],
      ["vercel", true],
    ]);
  });

  it("of two looks at once is moved by one, and everything is stored once", async () => {
    add(polledIssue("1", ago(MINUTE_MS)), polledIssue("2", ago(MINUTE_MS)));
    await Promise.all([bench.sync(), bench.sync()]);
    expect(await openIncidents()).toHaveLength(2);
    expect(await stored()).toHaveLength(2);
  });

  it("does not move, and nothing is stored, when it is only shown what would be", async () => {
    add(polledIssue("1", ago(MINUTE_MS)));
    bench.polls.attempts.items.push(failed("a", "g1", ago(MINUTE_MS)));
    const reports = await bench.sync({ apply: false });
    expect(reports.flatMap((one) => one.outcomes.map((each) => each.outcome))).toEqual(["found", "found"]);
    expect(await stored()).toEqual([]);
    expect(await database.db.select().from(cursors)).toEqual([]);
    expect(bench.polls.redelivered).toEqual([]);
  });
});

const failed = (attemptId: string, guid: string, at: Date, statusCode = 502) => ({
  attemptId,
  guid,
  event: "pull_request.closed",
  at: at.toISOString(),
  statusCode,
});

describe("a delivery that GitHub could not deliver", () => {
  const syncGitHub = async () => ofSource(await bench.sync(), "github");

  it("is asked for again, and noted once", async () => {
    await settleFirstLook();
    bench.polls.attempts.items.push(failed("a", "g1", ago(MINUTE_MS)));
    expect(await syncGitHub()).toMatchObject({ outcomes: [{ kind: "failed_delivery", outcome: "accepted" }] });
    expect(bench.polls.redelivered).toEqual(["a"]);
    expect(await stored()).toMatchObject(
      [{ dedupeKey: "github:missed:g1", via: "poll", outcome: "ignored", reason: /status 502/ }].map((row) => ({
        ...row,
        reason: expect.stringMatching(row.reason),
      })),
    );
  });

  it("is not swallowed when it comes again under its own guid, as it was never stored", async () => {
    bench.polls.attempts.items.push(failed("a", "g1", ago(MINUTE_MS)));
    await bench.sync();
    const signal = { kind: "push", repository: "acme/shop", ref: "refs/heads/main", headSha: "a".repeat(40) } as const;
    expect(await bench.receive(signal, "github:g1")).toMatchObject({ outcome: "ignored" });
    expect(await bench.receive(signal, "github:g1")).toMatchObject({ outcome: "duplicate" });
  });

  it("is left alone once it is stored, though GitHub says that it failed", async () => {
    const signal = { kind: "push", repository: "acme/shop", ref: "refs/heads/main", headSha: "a".repeat(40) } as const;
    await bench.receive(signal, "github:g1");
    bench.polls.attempts.items.push(failed("a", "g1", ago(MINUTE_MS)));
    expect((await syncGitHub()).outcomes).toEqual([]);
    expect(bench.polls.redelivered).toEqual([]);
  });

  it("is asked for with growing waits while it fails, on whichever page its attempts are", async () => {
    bench.polls.attempts.items.push(failed("a", "g1", ago(20 * MINUTE_MS)), failed("x", "g2", ago(10 * MINUTE_MS)));
    await bench.sync();
    expect(bench.polls.redelivered.sort()).toEqual(["a", "x"]);
    bench.polls.attempts.items.push(failed("b", "g1", bench.clock.now()), failed("y", "g2", bench.clock.now()));
    bench.clock.advance(4 * MINUTE_MS);
    await bench.sync();
    expect(bench.polls.redelivered).toHaveLength(2);
    bench.clock.advance(2 * MINUTE_MS);
    await bench.sync();
    expect(bench.polls.redelivered.sort()).toEqual(["a", "b", "x", "y"]);
  });

  it("is given up after some tries when our own door refuses it", async () => {
    for (let at = 1; at <= 4; at += 1) bench.polls.attempts.items.push(failed(`a${at}`, "g1", ago(at * HOUR_MS), 401));
    await bench.sync();
    expect(bench.polls.redelivered).toEqual([]);
  });

  it("is not asked for while writes are held, and the report says so", async () => {
    bench.configure({ dryRun: true });
    bench.polls.attempts.items.push(failed("a", "g1", ago(MINUTE_MS)));
    const [outcome] = (await syncGitHub()).outcomes;
    expect(outcome).toMatchObject({ outcome: "ignored", reason: "would ask for it again: DRY_RUN is on" });
    expect(bench.polls.redelivered).toEqual([]);
  });
});

describe("a production deployment that no webhook told of", () => {
  const deployed = (deploymentId: string, at: Date, state: "ready" | "building" | "error") => ({
    deploymentId,
    sha: "a".repeat(40),
    ref: "main",
    url: null,
    state,
    createdAt: at.toISOString(),
    readyAt: state === "ready" ? at.toISOString() : null,
  });
  const syncVercel = async () => ofSource(await bench.sync(), "vercel");

  it("is filed once, and what waits for a deployment looks", async () => {
    const incidentId = await openIncident(bench);
    await bench.touch(incidentId, { state: "deploying" });
    await bench.forgetJobs();
    await settleFirstLook();
    bench.polls.deployments.items.push(deployed("dpl_1", ago(MINUTE_MS), "ready"));
    expect(await syncVercel()).toMatchObject({ outcomes: [{ kind: "deployment", outcome: "accepted" }] });
    expect(Object.keys(await bench.waitingJobs())).toEqual(["recovery.note-deployment"]);
    bench.clock.advance(5 * MINUTE_MS);
    expect((await syncVercel()).outcomes).toEqual([]);
  });

  it("keeps the cursor while it is being built, and is filed with its end", async () => {
    await settleFirstLook();
    const startedAt = ago(MINUTE_MS);
    bench.polls.deployments.items.push(deployed("dpl_1", startedAt, "building"));
    expect(await syncVercel()).toMatchObject({ outcomes: [], position: startedAt.toISOString() });
    bench.clock.advance(2 * HOUR_MS);
    bench.polls.deployments.items[0] = deployed("dpl_1", startedAt, "error");
    expect((await syncVercel()).outcomes).toMatchObject([{ signal: { event: "error" }, outcome: "accepted" }]);
  });

  it("is nothing when a webhook told of its end", async () => {
    const signal = {
      kind: "deployment",
      event: "succeeded",
      deploymentId: "dpl_1",
      sourceProject: null,
      target: "production",
      sha: null,
      ref: null,
      url: null,
      occurredAt: null,
    } as const;
    await bench.receive(signal, "vercel:uev_1");
    bench.polls.deployments.items.push(deployed("dpl_1", ago(MINUTE_MS), "ready"));
    expect((await syncVercel()).outcomes).toEqual([]);
  });
});

describe("the gap report", () => {
  it("names what polling alone brought, once its webhooks are overdue", async () => {
    await settleFirstLook();
    add(polledIssue("1", ago(MINUTE_MS)));
    bench.polls.attempts.items.push(failed("a", "g1", ago(MINUTE_MS)));
    await bench.sync();
    bench.clock.advance(9 * MINUTE_MS);
    expect(await bench.gaps()).toMatchObject({ count: 0, gaps: [] });
    bench.clock.advance(2 * MINUTE_MS);
    const report = await bench.gaps();
    expect(report).toMatchObject({ count: 2, bySource: { sentry: 1, github: 1 } });
    expect(report.gaps.map((one) => one.summary).sort()).toEqual([
      "SHOP-1: TypeError: issue 1",
      "pull_request.closed could not be delivered (status 502)",
    ]);
    bench.clock.advance(24 * HOUR_MS);
    expect(await bench.gaps()).toMatchObject({ count: 0 });
  });

  it("does not hold the backlog of a first look against the webhooks", async () => {
    add(polledIssue("1", ago(HOUR_MS)));
    bench.polls.attempts.items.push(failed("a", "g1", ago(HOUR_MS)));
    await bench.sync();
    bench.clock.advance(HOUR_MS);
    expect(await bench.gaps()).toMatchObject({ count: 0 });
  });

  it("leaves out what a webhook told of in other words, in time", async () => {
    await settleFirstLook();
    add(polledIssue(ISSUE_ID, ago(MINUTE_MS), { raw: { firstSeen: "a", lastSeen: "b" } }));
    await bench.sync();
    bench.clock.advance(MINUTE_MS);
    await openIncident(bench);
    bench.clock.advance(HOUR_MS);
    expect(await bench.gaps()).toMatchObject({ count: 0 });
    expect((await stored()).filter((one) => one.projectId === PROJECT)).toHaveLength(2);
  });

  it("leaves out what its source has no webhook for", async () => {
    const found = (source: string, resource: string) => ({
      id: `dlv_${source}_${resource}`,
      projectId: PROJECT,
      source,
      dedupeKey: `${source}:${resource}`,
      resource,
      outcome: "accepted",
      reason: "test",
      via: "poll",
      receivedAt: bench.clock.now(),
    });
    const kinds = ["poll.status", "poll.came_back", "poll.unknown_issue"];
    await database.db
      .insert(deliveries)
      .values(["glitchtip", "sentry"].flatMap((source) => kinds.map((kind) => found(source, kind))));
    bench.clock.advance(HOUR_MS);
    expect(await bench.gaps()).toMatchObject({ count: 4, bySource: { glitchtip: 1, sentry: 3 } });
  });
});
