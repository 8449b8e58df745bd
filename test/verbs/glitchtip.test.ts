import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countAlerts, snoozeIncident } from "../../lib/incidents/index.ts";
import { decideFirstStep } from "../../lib/intake/decide-first-step.ts";
import { createReceiver } from "../../lib/intake/index.ts";
import { readGlitchtip } from "../../lib/intake/read-glitchtip.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import { idFrom } from "../../lib/runtime/ids.ts";
import { readImpactReading } from "../../lib/triage/impact-model.ts";
import { intakeFacts } from "../../lib/wiring/intake-settings.ts";
import { type Bench, createBench, MINUTE_MS, mustRun, PROJECT, releaseOf } from "../support/context.ts";
import { ISSUE_ID } from "../support/error-source.ts";
import { openTestPglite } from "../support/pglite.ts";
import { fixtureJson } from "../support/sign-delivery.ts";

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

/** A GlitchTip message as the door takes it, once its token was right. */
async function deliver(body: unknown): Promise<string> {
  const delivery = readGlitchtip(headerReader({}), body, bench.clock.now());
  if (delivery.outcome === "rejected") throw new Error(delivery.reason);
  const receive = createReceiver({ query: bench.ctx.db.query, clock: bench.clock, newId: bench.ctx.newId });
  const facts = { ...intakeFacts(bench.config), source: "glitchtip" } as const;
  const receipt = await receive({ projectId: PROJECT, source: "glitchtip", delivery, facts });
  return receipt.incidentId ?? "";
}

const attachment = (issueId: string, fields: Record<string, string> = {}) => ({
  title: `Error ${issueId}`,
  title_link: `https://glitchtip.example/acme/issues/${issueId}`,
  text: "GET /api/orders",
  color: "#e52b50",
  fields: Object.entries(fields).map(([title, value]) => ({ title, value, short: true })),
});
const message = (text: string, ...attachments: unknown[]) => ({ text, attachments });
const alertFor = (issueId: string, fields?: Record<string, string>) =>
  deliver(message("GlitchTip Alert", attachment(issueId, fields)));

const incidentOf = (issueId: string) => idFrom("inc", [PROJECT, `glitchtip:${issueId}:production`]);
const uptime = (text: string, monitor = 12) =>
  deliver(
    fixtureJson(
      "glitchtip/uptime-down.json",
      ["attachments.0.text", text],
      ["attachments.0.title_link", `https://glitchtip.example/acme/uptime-monitors/${monitor}`],
    ),
  );
const DOWN = "The monitored site has gone down.";
const UP = "The monitored site is back up.";

function reportErrors(): void {
  const now = bench.clock.now();
  bench.errors.reportMany(60, new Date(now.getTime() - 60 * MINUTE_MS), now, releaseOf(bench));
}

describe("an alert that GlitchTip's API confirms", () => {
  it("is judged by the API's word: level, events, environment and release, not by the message", async () => {
    reportErrors();
    bench.errors.level = "warning";
    const incidentId = await alertFor(ISSUE_ID, { Environment: "staging", Release: "web@message", Project: "Other" });
    await mustRun(bench, ASSESS, { incidentId });
    expect(await bench.incident(incidentId)).toMatchObject({
      source: "glitchtip",
      level: "warning",
      environment: "production",
      release: releaseOf(bench),
      events: 60,
      title: bench.errors.title,
    });
  });

  it("is worked on like any other", async () => {
    reportErrors();
    const incidentId = await alertFor(ISSUE_ID);
    await mustRun(bench, ASSESS, { incidentId });
    await mustRun(bench, "investigate.investigate-incident", { incidentId });
    const { investigation } = await bench.incident(incidentId);
    expect(investigation).toMatchObject({ errorType: "TypeError" });
    expect(Object.keys(await bench.waitingJobs())).toContain("repair.start-repair");
  });

  it("of another environment is left without a judgement", async () => {
    bench.errors.report(bench.clock.now(), null, "staging");
    const incidentId = await alertFor(ISSUE_ID, { Environment: "production" });
    bench.clock.advance(MINUTE_MS);
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "observed", priority: null });
    expect(bench.issues.all).toEqual([]);
  });
});

describe("a forged alert, sent with a leaked token", () => {
  it("for an issue that GlitchTip does not know acts on nothing and tells nobody", async () => {
    const incidentId = await alertFor("999", { Environment: "production" });
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "observed", priority: null, worthRepair: null });
    expect(await bench.said(incidentId, "triaged")).toEqual(["GlitchTip does not know this issue"]);
    expect(bench.issues.all).toEqual([]);
    expect(await bench.waitingJobs()).toEqual({});
  });

  it("sent again and again changes nothing more", async () => {
    const incidentId = await alertFor("999");
    await bench.settle();
    const before = await bench.incident(incidentId);
    for (let time = 0; time < 3; time++) {
      bench.clock.advance(MINUTE_MS);
      await alertFor("999", { Release: `r${time}` });
      await bench.settle();
    }
    expect(await bench.incident(incidentId)).toEqual(before);
    expect(await bench.kinds(incidentId)).toEqual(["triaged"]);
  });

  it("is believed as soon as GlitchTip does know the issue", async () => {
    const incidentId = await alertFor(ISSUE_ID);
    await bench.settle();
    reportErrors();
    await alertFor(ISSUE_ID, { Release: "later" });
    await mustRun(bench, ASSESS, { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("investigating");
  });

  it("for a known issue brings nothing but a look at what is true", async () => {
    reportErrors();
    bench.errors.level = "info";
    const incidentId = await alertFor(ISSUE_ID, { Level: "fatal", Environment: "production" });
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "observed", worthRepair: false });
  });

  it("that a site is down or up moves nothing while its monitor says otherwise", async () => {
    bench.glitchtip.monitors.set("12", { name: "Landing page", isUp: true, since: null });
    const incidentId = await uptime(DOWN);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("observed");
    const unknown = await uptime(DOWN, 13);
    await bench.settle();
    expect(await bench.said(unknown, "triaged")).toEqual(["its source does not know this monitor"]);
    expect(bench.issues.all).toEqual([]);
  });
});

describe("an alert for more issues than it names", () => {
  const three = () => message("GlitchTip Alert (5 issues)", attachment("1"), attachment("2"), attachment("3"));

  it("opens the others too, as the API lists them", async () => {
    for (const id of ["1", "2", "3", "4", "5"]) bench.glitchtip.addIssue(id, bench.clock.now());
    await deliver(three());
    await bench.settle();
    for (const id of ["1", "2", "3", "4", "5"]) {
      expect(await bench.incident(await incidentOf(id)), id).toMatchObject({
        title: `Error ${id}`,
        source: "glitchtip",
      });
    }
  });

  it("leaves alone what is resolved, was silent since, or has its incident", async () => {
    const now = bench.clock.now();
    await alertFor("4");
    await bench.settle();
    bench.glitchtip.addIssue("4", now);
    bench.glitchtip.addIssue("6", now, { status: "resolved" });
    bench.glitchtip.addIssue("7", new Date(now.getTime() - 90 * MINUTE_MS));
    bench.clock.advance(MINUTE_MS);
    await deliver(three());
    await bench.settle();
    expect((await countAlerts(database.db, await incidentOf("4"))).alerts).toBe(1);
    for (const id of ["6", "7"]) await expect(bench.incident(await incidentOf(id)), id).rejects.toThrow();
  });

  it("delivered twice opens each once", async () => {
    bench.glitchtip.addIssue("4", bench.clock.now());
    await deliver(three());
    await deliver(three());
    await bench.settle();
    await bench.redeliver("intake.list-unnamed");
    expect((await countAlerts(database.db, await incidentOf("4"))).alerts).toBe(1);
  });
});

describe("an outage", () => {
  const monitor = (isUp: boolean | null) => ({ name: "Landing page", isUp, since: "2026-03-01T11:58:00Z" });

  it("that monitor and probe confirm goes to a person, and never to a worker", async () => {
    bench.glitchtip.monitors.set("12", monitor(false));
    bench.production.health = "fail";
    const incidentId = await uptime(DOWN);
    const jobs = await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({
      kind: "uptime",
      state: "escalated",
      priority: "P1",
      worthRepair: false,
      firstSeenAt: new Date("2026-03-01T11:58:00Z"),
    });
    expect(bench.issues.only).toMatchObject({ state: "open" });
    expect(jobs.filter((name) => name.startsWith("repair.") || name.startsWith("investigate."))).toEqual([]);
  });

  it("recovers when the monitor says so, and closes its issue", async () => {
    bench.glitchtip.monitors.set("12", monitor(false));
    bench.production.health = "fail";
    const incidentId = await uptime(DOWN);
    await bench.settle();
    bench.production.health = "pass";
    bench.glitchtip.monitors.set("12", monitor(true));
    await uptime(UP);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("recovered");
    expect(bench.issues.only.state).toBe("closed");
  });

  it("recovers also when the message that the site is back was lost, and is not trusted while our own request fails", async () => {
    bench.glitchtip.monitors.set("12", monitor(false));
    bench.production.health = "fail";
    const incidentId = await uptime(DOWN);
    await bench.settle();
    bench.glitchtip.monitors.set("12", monitor(true));
    bench.clock.advance(6 * MINUTE_MS);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    bench.production.health = "pass";
    bench.clock.advance(2 * MINUTE_MS);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("recovered");
  });

  it("that our own request does not see is doubted for ten minutes, and then told", async () => {
    bench.glitchtip.monitors.set("12", monitor(false));
    const incidentId = await uptime(DOWN);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("new");
    for (let minute = 0; minute < 11; minute++) {
      bench.clock.advance(MINUTE_MS);
      await bench.settle();
    }
    expect((await bench.incident(incidentId)).state).toBe("escalated");
  });

  it("that comes back opens the same incident again", async () => {
    bench.glitchtip.monitors.set("12", monitor(false));
    bench.production.health = "fail";
    const incidentId = await uptime(DOWN);
    await bench.settle();
    bench.production.health = "pass";
    bench.glitchtip.monitors.set("12", monitor(true));
    await uptime(UP);
    await bench.settle();
    bench.production.health = "fail";
    bench.glitchtip.monitors.set("12", monitor(false));
    bench.clock.advance(MINUTE_MS);
    expect(await uptime(DOWN)).toBe(incidentId);
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "escalated", reopenedCount: 1 });
    expect(bench.issues.only.state).toBe("open");
  });
});

it("a Sentry issue's status does not move GlitchTip's issue of the same number", async () => {
  reportErrors();
  const incidentId = await alertFor(ISSUE_ID);
  await mustRun(bench, ASSESS, { incidentId });
  await bench.receive({ kind: "issue_status", issueId: ISSUE_ID, status: "archived", by: null }, "archived");
  await bench.run("incidents.note-source-status", { deliveryId: await idFrom("dlv", [PROJECT, "sentry", "archived"]) });
  expect((await bench.incident(incidentId)).state).toBe("investigating");
});

it("what a message says of its environment does not keep an alert out", () => {
  const answer = readGlitchtip(
    headerReader({}),
    message("GlitchTip Alert", attachment("1", { Environment: "staging" })),
  );
  if (answer.outcome !== "accepted") throw new Error(answer.outcome);
  const facts = { ...intakeFacts(bench.config), source: "glitchtip" } as const;
  expect(decideFirstStep(answer.signal, facts)).toMatchObject({ type: "open_incident", environment: "production" });
});

describe("an outage in a quiet time", () => {
  const isDown = { name: "Landing page", isUp: false, since: "2026-03-01T11:58:00Z" };
  beforeEach(() => {
    bench.glitchtip.monitors.set("12", isDown);
    bench.production.health = "fail";
  });

  it("of maintenance is left alone with that reason, and goes to a person when it lasts longer", async () => {
    const now = bench.clock.now().getTime();
    const [from, to] = [now - MINUTE_MS, now + 30 * MINUTE_MS].map((ms) => new Date(ms).toISOString());
    bench.configure({ policy: { triage: { maintenance: [{ from, to, reason: "new cable" }] } } });
    const incidentId = await uptime(DOWN);
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "observed", priority: null });
    expect(await bench.said(incidentId, "triaged")).toEqual([
      `Landing page is down, and left alone: maintenance until ${to}: new cable`,
    ]);
    expect(bench.issues.all).toEqual([]);
    bench.clock.advance(31 * MINUTE_MS);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("escalated");
  });

  it("that was snoozed is not told of until then", async () => {
    const incidentId = await uptime(DOWN);
    const until = new Date(bench.clock.now().getTime() + 30 * MINUTE_MS);
    await snoozeIncident(bench.ctx, { incidentId, until });
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("observed");
    bench.clock.advance(31 * MINUTE_MS);
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("escalated");
  });
});

describe("an outage's product impact", () => {
  const ENV = {
    POSTHOG_HOST: "https://eu.posthog.com",
    POSTHOG_API_KEY: "phx_of_the_tests",
    POSTHOG_PROJECT_ID: "123",
    POSTHOG_EVENTS: "checkout_completed",
  };
  const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;
  const since = () => new Date(bench.clock.now().getTime() - 2 * MINUTE_MS);

  async function goDown(): Promise<string> {
    bench.glitchtip.monitors.set("12", { name: "Landing page", isUp: false, since: since().toISOString() });
    bench.production.health = "fail";
    const incidentId = await uptime(DOWN);
    await bench.settle();
    return incidentId;
  }
  async function downFor(minutes: number): Promise<void> {
    for (let passed = 0; passed < minutes; passed += 5) {
      bench.clock.advance(5 * MINUTE_MS);
      await bench.settle();
    }
  }

  it("is measured since the site is down, and told on its issue", async () => {
    bench.configure({ env: ENV });
    for (const week of [1, 2, 3, 4]) {
      const from = new Date(since().getTime() - week * WEEK_MS);
      bench.product.reportMany("checkout_completed", 90, from, new Date(from.getTime() + 60 * MINUTE_MS));
    }
    const began = since().toISOString();
    const incidentId = await goDown();
    expect(bench.issues.only.body).toContain("Impact unknown: too young to be measured");
    await downFor(30);
    const { triage } = await bench.incident(incidentId);
    expect(readImpactReading(triage)?.impact).toMatchObject({ status: "measured", level: "critical" });
    expect(readImpactReading(triage)?.impact).toMatchObject({ window: { from: began } });
    expect(await bench.said(incidentId, "impact")).toEqual([
      expect.stringMatching(/^product impact since it is down: critical: checkout_completed 0 instead of/),
    ]);
    expect(bench.issues.only.body).toContain("critical: checkout");
  });

  it("is unknown, and said so, where PostHog is away or not there", async () => {
    const incidentId = await goDown();
    expect(bench.issues.only.body).toContain("Impact unknown: PostHog is not configured");
    bench.configure({ env: ENV });
    bench.script.failAt("ask", new AppError("provider_unavailable", "PostHog answered 503", { retry: "later" }));
    await downFor(15);
    expect(await bench.said(incidentId, "impact")).toContainEqual(
      expect.stringContaining("impact unknown: PostHog answered 503"),
    );
    expect((await bench.incident(incidentId)).state).toBe("escalated");
  });
});
