import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { snoozeIncident } from "../../lib/incidents/index.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import { findSlow } from "../../lib/performance/index.ts";
import { type Bench, createBench, MINUTE_MS, mustRun, PROJECT } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { createMemoryPerformance } from "../support/spans.ts";

const FIND = "performance.find-slow";
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

const nowMs = () => bench.clock.now().getTime();
const look = () => mustRun(bench, FIND, { projectId: PROJECT });

/** The same hours of four earlier weeks, at this duration. */
function reportWeeks(durationMs: number, key: { transaction?: string; op?: string; description?: string } = {}) {
  for (const week of [1, 2, 3, 4]) bench.spans.reportMany(50, key, { atMs: nowMs() - week * WEEK_MS, durationMs });
}

/** `GET /products` takes 2.4 s where it took 300 ms. */
function reportRegression(durationMs = 2_400) {
  reportWeeks(300);
  bench.spans.reportMany(200, {}, { atMs: nowMs(), durationMs, release: "c0ffee1" });
}

async function incidents() {
  const rows = await database.query("select id, number from incidents order by number", []);
  return Promise.all(rows.map((row) => bench.incident(String(row.id))));
}

async function only() {
  const [incident, ...others] = await incidents();
  if (!incident || others.length > 0) throw new Error(`${others.length + (incident ? 1 : 0)} incidents`);
  return incident;
}

describe("a regression", () => {
  it("opens one incident with its numbers, and one issue with the label", async () => {
    reportRegression();
    await look();
    await bench.settle();
    const incident = await only();
    expect(incident).toMatchObject({
      kind: "performance",
      state: "observed",
      priority: "P1",
      title: "Slow http.server: GET /products",
      release: "c0ffee1",
      events: 200,
      environment: "production",
      measure: {
        p95Ms: 2_400,
        p50Ms: 2_400,
        count: 200,
        ratio: 8,
        baseline: { p95Ms: 300, slowestP95Ms: 300, weeks: 4, samples: 200 },
        isSlow: true,
      },
    });
    expect(incident.identityKey).toMatch(/^sentry-performance:[0-9a-f]{64}:production$/);
    expect(bench.issues.only.labels).toEqual(["patchpilot", "patchpilot:P1", "patchpilot:performance"]);
    expect(bench.issues.only.body).toContain("## Numbers");
    expect(bench.issues.only.body).toContain("**2.4 s**");
    expect(bench.issues.only.body).toContain("`c0ffee1` p95 2.4 s (200)");
    expect(bench.issues.only.body).toContain(`trace/${"a".repeat(32)}/`);
    expect(await bench.kinds(incident.id)).toEqual(["triaged", "issue_opened"]);
  });

  it("that is known already opens nothing, tells nothing and writes nothing outside", async () => {
    reportRegression();
    await look();
    await bench.settle();
    const before = await only();
    const writes = bench.issues.log.length;
    bench.clock.advance(10 * MINUTE_MS);
    await look();
    expect(await bench.settle()).toEqual([]);
    const after = await only();
    expect([after.version, after.state, bench.issues.log.length]).toEqual([before.version, before.state, writes]);
    expect(await bench.kinds(after.id)).toEqual(["triaged", "issue_opened"]);
  });

  it("that gets worse is told once, with new numbers on the same issue", async () => {
    reportRegression();
    await look();
    await bench.settle();
    bench.spans.reportMany(400, {}, { atMs: nowMs(), durationMs: 6_000, release: "c0ffee1" });
    await look();
    await look();
    await bench.settle();
    const { id } = await only();
    expect(await bench.said(id, "measured")).toEqual(["worse: p95 6 s, was 2.4 s"]);
    expect(bench.issues.only.body).toContain("**6 s**");
  });

  it("that is over is said so, and only by figures that prove it", async () => {
    reportRegression();
    await look();
    await bench.settle();
    bench.clock.advance(7 * HOUR_MS);
    bench.spans.reportMany(3, {}, { atMs: nowMs(), durationMs: 200 });
    await look();
    const { id } = await only();
    expect(await bench.said(id, "measured")).toEqual([]);
    bench.spans.reportMany(60, {}, { atMs: nowMs(), durationMs: 200 });
    await look();
    await look();
    expect(await bench.said(id, "measured")).toEqual([
      "does not count as slow now: p95 200 ms is under the threshold of 1 s",
    ]);
    expect((await only()).measure).toMatchObject({ isSlow: false, p95Ms: 200 });
  });

  it("of an incident that a person ignored stays ignored", async () => {
    reportRegression();
    await look();
    const { id } = await only();
    await bench.touch(id, { state: "ignored" });
    await look();
    expect(await only()).toMatchObject({ state: "ignored" });
    expect(await bench.kinds(id)).toEqual(["triaged"]);
  });

  it("after a recovery reopens its incident, once the window holds nothing from before", async () => {
    reportRegression();
    await look();
    const { id } = await only();
    await bench.touch(id, { state: "recovered", closedAt: bench.clock.now() });
    await look();
    expect((await only()).state).toBe("recovered");
    bench.clock.advance(7 * HOUR_MS);
    reportRegression();
    await look();
    expect(await only()).toMatchObject({ state: "observed", reopenedCount: 1, closedAt: null });
    expect(await bench.kinds(id)).toEqual(["triaged", "reopened", "triaged"]);
  });
});

describe("repairs", () => {
  it("are not begun unless the policy says so", async () => {
    reportRegression();
    await look();
    expect(Object.keys(await bench.waitingJobs())).toEqual(["alerts.update-issue"]);
  });

  it("begin with an investigation from the span's name where the policy says so", async () => {
    bench.configure({ policy: { performance: { repairs: true } } });
    reportRegression();
    await look();
    expect((await only()).state).toBe("investigating");
    await mustRun(bench, "investigate.investigate-incident", { incidentId: (await only()).id });
    expect((await only()).investigation).toMatchObject({ request: "GET /products" });
    expect(Object.keys(await bench.waitingJobs())).toContain("repair.start-repair");
  });

  it("are not begun for what has no baseline", async () => {
    bench.configure({ policy: { performance: { repairs: true } } });
    bench.spans.reportMany(200, {}, { atMs: nowMs(), durationMs: 2_400 });
    await look();
    expect(await only()).toMatchObject({
      state: "observed",
      worthRepair: false,
      measure: { baseline: null, ratio: null },
    });
  });
});

describe("what is left out", () => {
  it("is every other kind of slow, each with its reason; nothing is written", async () => {
    reportWeeks(1_800, { transaction: "GET /always-slow" });
    bench.spans.reportMany(100, { transaction: "GET /always-slow" }, { atMs: nowMs(), durationMs: 1_900 });
    bench.spans.reportMany(3, { transaction: "GET /admin/export" }, { atMs: nowMs(), durationMs: 90_000 });
    bench.spans.reportMany(100, { transaction: "GET /new" }, { atMs: nowMs(), durationMs: 1_500 });
    bench.spans.reportMany(100, { transaction: "GET /fast" }, { atMs: nowMs(), durationMs: 80 });
    bench.spans.reportMany(99, { transaction: "GET /x" }, { atMs: nowMs(), durationMs: 5_000, environment: "staging" });
    const settings = { environment: "production", stage: "triage", policy: bench.config.policy.performance } as const;
    const source = createMemoryPerformance(bench.spans);
    const report = await findSlow(bench.ctx, { source, settings }, { projectId: PROJECT, isApplied: true });
    expect(report).toMatchObject({ items: [], underThreshold: 1, groups: 4 });
    expect(Object.fromEntries(report.leftOut.map((one) => [one.span, one.reason]))).toEqual({
      "GET /always-slow": "not_regressed",
      "GET /admin/export": "few_samples",
      "GET /new": "no_baseline",
    });
    expect(await incidents()).toEqual([]);
  });

  it("is a span whose earlier weeks the source does not keep", async () => {
    bench.spans.retentionMs = 24 * HOUR_MS;
    reportRegression();
    await look();
    expect(await incidents()).toEqual([]);
  });

  it("is a span that may be behind the cut of a truncated baseline, rather than taken for new", async () => {
    bench.spans.mostGroups = 1;
    reportWeeks(9_000, { description: "SELECT ? FROM archive" });
    reportWeeks(300, { description: "SELECT ? FROM stock" });
    bench.spans.reportMany(900, { description: "SELECT ? FROM stock" }, { atMs: nowMs(), durationMs: 2_400 });
    await look();
    expect(await incidents()).toEqual([]);
    bench.spans.mostGroups = 2;
    await look();
    expect(await incidents()).toHaveLength(1);
  });

  it("are new incidents beyond the limit of one look; they come at the next", async () => {
    bench.configure({ policy: { performance: { maxNewIncidents: 2 } } });
    for (const name of ["a", "b", "c"]) {
      reportWeeks(300, { transaction: `GET /${name}` });
      bench.spans.reportMany(60, { transaction: `GET /${name}` }, { atMs: nowMs(), durationMs: 3_000 });
    }
    await look();
    expect(await incidents()).toHaveLength(2);
    await look();
    expect(await incidents()).toHaveLength(3);
  });
});

describe("two spans", () => {
  it("that differ only far behind a long common beginning are two incidents", async () => {
    const long = `SELECT ${Array.from({ length: 60 }, (_, index) => `column_${index}`).join(", ")} FROM `;
    for (const table of ["orders", "invoices"]) {
      const key = { op: "db", transaction: "GET /report", description: `${long}${table}` };
      reportWeeks(300, key);
      bench.spans.reportMany(60, key, { atMs: nowMs(), durationMs: 3_000 });
    }
    await look();
    expect(await incidents()).toHaveLength(2);
  });

  it("that differ only by an id are one, which shows neither id", async () => {
    for (const id of ["8f14e45f-ceea-467f-a9f3-2b4c5d6e7f80", "1679091c-5a88-4faf-afb5-e6087eb1b2dc"]) {
      const key = { transaction: `GET /orders/${id}` };
      reportWeeks(300, key);
      bench.spans.reportMany(60, key, { atMs: nowMs(), durationMs: 3_000 });
    }
    await look();
    expect((await only()).title).toBe("Slow http.server: GET /orders/?");
  });
});

describe("the outside", () => {
  it("that limits the rate is asked again when it says, and nothing is half written", async () => {
    reportRegression();
    const retry = { afterMs: 30_000 };
    bench.script.failAt("readDetails", new AppError("provider_rate_limited", "slow down", { retry }));
    expect(await bench.run(FIND, { projectId: PROJECT })).toMatchObject({ type: "retry", afterMs: 30_000 });
    expect(await incidents()).toEqual([]);
    expect(await bench.runWaiting(FIND, { projectId: PROJECT })).toEqual({ type: "done" });
    expect(await incidents()).toHaveLength(1);
  });

  it("sees a dry look change nothing", async () => {
    reportRegression();
    const settings = { environment: "production", stage: "triage", policy: bench.config.policy.performance } as const;
    const source = createMemoryPerformance(bench.spans);
    const report = await findSlow(bench.ctx, { source, settings }, { projectId: PROJECT, isApplied: false });
    expect(report.items).toMatchObject([{ action: "open", priority: "P1", title: "Slow http.server: GET /products" }]);
    expect(await incidents()).toEqual([]);
  });
});

describe("what the operator wants nothing done about", () => {
  const maintenance = () => {
    const [from, to] = [-HOUR_MS, HOUR_MS].map((ms) => new Date(nowMs() + ms).toISOString());
    return { maintenance: [{ from, to, reason: "database move" }] };
  };

  it.each([
    ["a title pattern", { ignore: [{ name: "known", title: "GET /prod*" }] }, 'rule "known" ignores it'],
    ["an environment", { ignore: [{ name: "all", environment: "production" }] }, 'rule "all" ignores it'],
    ["a release", { ignore: [{ name: "old", release: "c0ffee*" }] }, 'rule "old" ignores it'],
  ])("by %s is watched with that reason, without priority or issue", async (_how, triage, reason) => {
    bench.configure({ policy: { triage } });
    reportRegression();
    await look();
    await look();
    await bench.settle();
    const incident = await only();
    expect(incident).toMatchObject({ state: "observed", priority: null });
    expect(await bench.said(incident.id, "triaged")).toEqual([reason]);
    expect(bench.issues.all).toEqual([]);
  });

  it("in a maintenance window is judged at the first look after it, if it is slow still", async () => {
    bench.configure({ policy: { triage: maintenance() } });
    reportRegression();
    await look();
    await bench.settle();
    const { id } = await only();
    expect(await bench.said(id, "triaged")).toEqual([expect.stringMatching(/^maintenance until .*: database move$/)]);
    bench.clock.advance(2 * HOUR_MS);
    await look();
    await bench.settle();
    expect(await only()).toMatchObject({ state: "observed", priority: "P1" });
    expect(bench.issues.all).toHaveLength(1);
  });

  it("while it is snoozed is kept up to date and told afterwards", async () => {
    reportRegression();
    await look();
    await bench.settle();
    const { id } = await only();
    await snoozeIncident(bench.ctx, { incidentId: id, until: new Date(nowMs() + HOUR_MS) });
    bench.spans.reportMany(400, {}, { atMs: nowMs(), durationMs: 6_000, release: "c0ffee1" });
    await look();
    expect(await bench.said(id, "measured")).toEqual([]);
    expect((await only()).measure).toMatchObject({ p95Ms: 6_000 });
    bench.clock.advance(2 * HOUR_MS);
    await look();
    expect(await bench.said(id, "measured")).toEqual(["worse: p95 6 s, was 2.4 s"]);
  });
});

describe("a storm of what is slow", () => {
  const STOCK = "GET https://stock.internal/items";

  function reportSlow(key: { transaction: string; op?: string; description?: string }) {
    reportWeeks(300, key);
    bench.spans.reportMany(100, key, { atMs: nowMs(), durationMs: 2_400 });
  }

  /** One host answers slowly, and with it two transactions that ask it. */
  function reportSlowHost() {
    for (const transaction of ["GET /a", "GET /b"]) {
      reportSlow({ transaction });
      reportSlow({ transaction, op: "http.client", description: STOCK });
    }
  }

  it("that is one slow callee in many transactions is one incident, with the reason and one issue", async () => {
    reportSlowHost();
    reportSlow({ transaction: "GET /other" });
    await look();
    await bench.settle();
    // Who waits for somebody else gets its issue after the time that its cause has to show up.
    bench.clock.advance(2 * MINUTE_MS);
    await bench.settle();
    const all = await incidents();
    const cause = all.find((one) => one.causeId === null && one.title.includes("stock.internal"));
    const symptoms = all.filter((one) => one.causeId === cause?.id);
    expect(all).toHaveLength(5);
    expect(symptoms.map((one) => one.causeReason)).toEqual(
      Array(3).fill("both wait for stock.internal, which became slow"),
    );
    expect(bench.issues.all.map((issue) => issue.title).sort()).toEqual([
      "Slow http.client: GET https://stock.internal/items in GET /a",
      "Slow http.server: GET /other",
    ]);
  });

  it("is seen by the breaker: each problem of its own counts as a new incident", async () => {
    bench.configure({ policy: { storm: { breakerIncidents: 2 } } });
    for (const name of ["a", "b", "c"]) reportSlow({ transaction: `GET /${name}` });
    await look();
    const opened = await Promise.all((await incidents()).map(({ id }) => bench.kinds(id)));
    expect(opened.flat().filter((kind) => kind === "breaker_opened")).toHaveLength(1);
  });

  it("whose cause ended is judged again, each by itself", async () => {
    reportSlowHost();
    await look();
    const cause = (await incidents()).find((one) => one.causeId === null);
    await bench.touch(cause?.id ?? "", { state: "ignored", closedAt: bench.clock.now() });
    bench.clock.advance(7 * HOUR_MS);
    reportSlowHost();
    await look();
    const alone = (await incidents()).filter((one) => one.causeId === null && one.id !== cause?.id);
    expect(alone).toHaveLength(1);
    expect(await bench.said(alone[0]?.id ?? "", "triaged")).toHaveLength(2);
  });
});
