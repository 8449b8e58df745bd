import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliveries, installations } from "../../lib/db/schema/index.ts";
import { createReceiver } from "../../lib/intake/index.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { readSentry } from "../../lib/intake/read-sentry.ts";
import { readVercel } from "../../lib/intake/read-vercel.ts";
import { idFrom } from "../../lib/runtime/ids.ts";
import { intakeFacts } from "../../lib/wiring/intake-settings.ts";
import { alert, type Bench, createBench, MINUTE_MS, mustRun, openIncident, PROJECT } from "../support/context.ts";
import { ISSUE_ID } from "../support/error-source.ts";
import { expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { fixtureJson } from "../support/sign-delivery.ts";

type Change = [at: string, value: unknown];

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;
beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

/** A delivery as the door takes it, sent now (or so many seconds ago). */
function deliver(fixture: string, changes: Change[] = [], { sentSecondsAgo = 0, organization = "acme" } = {}) {
  const body = fixtureJson(`${fixture}.json`, ...changes);
  const source = fixture.startsWith("vercel/") ? "vercel" : "sentry";
  const sentAt = Math.floor(bench.clock.now().getTime() / 1_000) - sentSecondsAgo;
  const headers = headerReader({
    "Sentry-Hook-Resource": /^sentry\/([a-z_]+)/.exec(fixture)?.[1],
    "Sentry-Hook-Timestamp": String(sentAt),
  });
  const delivery = source === "vercel" ? readVercel(headers, body) : readSentry(headers, body);
  if (delivery.outcome === "rejected") throw new Error(delivery.reason);
  const receive = createReceiver({ query: bench.ctx.db.query, clock: bench.clock, newId: bench.ctx.newId });
  const facts = { ...intakeFacts(bench.config), source, organization } as const;
  return receive({ projectId: PROJECT, source, delivery, facts });
}
const findDelivery = async (id: string) =>
  (await bench.ctx.db.db.select().from(deliveries).where(eq(deliveries.id, id)))[0];

const seer = (fixture = "root_cause_completed", ...changes: Change[]) =>
  deliver(`sentry/seer.${fixture}`, [["data.group_id", ISSUE_ID], ...changes]);
const comment = (action: string, ...changes: Change[]) =>
  deliver("sentry/comment.created", [["action", action], ["data.issue_id", ISSUE_ID], ...changes]);
const metric = (action: string, changes: Change[] = [], options = {}) =>
  deliver("sentry/metric_alert.critical", [["action", action], ...changes], options);
const metricIncident = () => idFrom("inc", [PROJECT, "sentry:metric-alert-5-7:production"]);

describe("Seer's results", () => {
  it("are put on the timeline and shown in the issue as its opinion, redacted and mentioning nobody", async () => {
    const incidentId = await openIncident(bench);
    await bench.settle();
    await seer();
    await seer("pr_created");
    await bench.settle();
    const said = await bench.said(incidentId, "seer");
    expect(said).toEqual([
      expect.stringMatching(/^Sentry's Seer named a root cause: The cart is read without its coupon/),
      "Sentry's Seer opened a pull request: https://github.com/acme/shop/pull/41",
    ]);
    const { body } = bench.issues.only;
    expect(body).toContain("its opinion, which Patchpilot neither checked nor works by");
    expect(body).toContain("[acme/shop 41](https://github.com/acme/shop/pull/41)");
    expect(body).toContain("(src/cart.js)");
    for (const text of [body, ...said]) expect(text).not.toContain("jane.doe@");
    expect(body).not.toMatch(/@everyone|<img/);
  });

  it("have one effect, however often they come", async () => {
    const incidentId = await openIncident(bench);
    const { deliveryId } = await seer();
    expect(await seer()).toMatchObject({ outcome: "duplicate" });
    await expectOnce(bench, "investigate.note-seer", { deliveryId });
    expect(await bench.said(incidentId, "seer")).toHaveLength(1);
  });

  it("that overtake the alert wait for it", async () => {
    const { deliveryId } = await seer();
    expect(await bench.run("investigate.note-seer", { deliveryId })).toMatchObject({ type: "retry" });
    const incidentId = await openIncident(bench);
    expect(await bench.runWaiting("investigate.note-seer", { deliveryId })).toEqual({ type: "done" });
    expect(await bench.said(incidentId, "seer")).toHaveLength(1);
  });

  it("of an issue without an incident are kept and ignored, with that reason", async () => {
    const { deliveryId } = await seer();
    bench.clock.advance(MINUTE_MS);
    await mustRun(bench, "investigate.note-seer", { deliveryId });
    const reason = `no incident of sentry issue ${ISSUE_ID} is known`;
    expect(await findDelivery(deliveryId)).toMatchObject({ outcome: "ignored", reason, signal: { kind: "seer" } });
  });

  it("of an older run that come late do not take the newer one's place", async () => {
    await openIncident(bench);
    await bench.settle();
    await seer("root_cause_completed", ["data.run_id", 200], ["data.root_cause.description", "newer words"]);
    await bench.settle();
    await seer("root_cause_completed", ["data.run_id", 99], ["data.root_cause.description", "older words"]);
    await bench.settle();
    expect(bench.issues.only.body).toContain("newer words");
    expect(bench.issues.only.body).not.toContain("older words");
  });
});

describe("a comment in Sentry", () => {
  it("is on the timeline with who wrote it, redacted, and is no command", async () => {
    const incidentId = await openIncident(bench);
    await bench.settle();
    const { state, attempts } = await bench.incident(incidentId);
    await comment("created");
    await comment("updated", ["data.comment", "never mind"]);
    await comment("deleted");
    await bench.settle();
    expect(await bench.said(incidentId, "source_comment")).toEqual([
      expect.stringMatching(/^a comment in Sentry by colleen: \/patchpilot fix see token \[redacted:/),
      "a comment in Sentry by colleen was changed: never mind",
      "a comment in Sentry by colleen was deleted",
    ]);
    expect(await bench.incident(incidentId)).toMatchObject({ state, attempts });
  });

  it("is noted once", async () => {
    await openIncident(bench);
    const { deliveryId } = await comment("created");
    expect(await comment("created")).toMatchObject({ outcome: "duplicate" });
    await expectOnce(bench, "incidents.note-source-comment", { deliveryId });
  });

  it("that was deleted before it was heard of is noted as that", async () => {
    const incidentId = await openIncident(bench);
    await comment("deleted");
    await bench.settle();
    expect(await bench.said(incidentId, "source_comment")).toEqual(["a comment in Sentry by colleen was deleted"]);
  });
});

describe("a metric alert", () => {
  it("goes to a person with its numbers and its page, and recovers when Sentry says so", async () => {
    expect(await metric("critical")).toMatchObject({ outcome: "accepted", incidentId: await metricIncident() });
    await bench.settle();
    expect(await bench.incident(await metricIncident())).toMatchObject({
      kind: "metric",
      state: "escalated",
      priority: "P1",
      worthRepair: false,
      title: "Metric alert: Too many errors",
      sourceUrl: "https://sentry.io/organizations/acme/alerts/1/",
    });
    const issue = bench.issues.only;
    expect(issue.labels).toContain("patchpilot:needs-human");
    expect(issue.body).toContain("1000 events in the last 10 minutes; Filter: level:error");
    bench.clock.advance(MINUTE_MS);
    await metric("resolved");
    await bench.settle();
    expect(await bench.incident(await metricIncident())).toMatchObject({
      state: "recovered",
      closedAt: bench.clock.now(),
    });
    expect(bench.issues.only).toMatchObject({ state: "closed", closedAs: "completed" });
    expect(await bench.runs(await metricIncident())).toEqual([]);
  });

  it("is one incident of its rule, however often it fires, and comes back", async () => {
    await metric("warning");
    await bench.settle();
    bench.clock.advance(MINUTE_MS);
    await metric("critical");
    await bench.settle();
    bench.clock.advance(MINUTE_MS);
    await metric("resolved");
    await bench.settle();
    bench.clock.advance(MINUTE_MS);
    await metric("critical", [["data.metric_alert.id", "5"]]);
    await bench.settle();
    expect(await bench.incident(await metricIncident())).toMatchObject({ state: "escalated", reopenedCount: 1 });
    expect(await bench.kinds(await metricIncident())).toEqual([
      "escalated",
      "issue_opened",
      "triaged",
      "recovered",
      "reopened",
      "escalated",
    ]);
    expect(bench.issues.only.state).toBe("open");
  });

  it("sent twice does its work once", async () => {
    await metric("critical");
    await bench.settle();
    expect(await metric("critical")).toMatchObject({ outcome: "duplicate" });
    const { deliveryId } = await metric("resolved");
    await bench.forgetJobs();
    await expectOnce(bench, "triage.note-metric", { deliveryId });
    expect(await metric("resolved")).toMatchObject({ outcome: "duplicate" });
  });

  it("that ended is not opened again by what was sent before its end", async () => {
    expect(await metric("resolved")).not.toHaveProperty("incidentId");
    await bench.settle();
    await metric("critical", [], { sentSecondsAgo: 30 });
    await bench.settle();
    expect(await bench.incident(await metricIncident())).toMatchObject({ state: "observed", priority: null });
    await metric("warning", [], { sentSecondsAgo: 20 });
    await bench.settle();
    expect((await bench.incident(await metricIncident())).state).toBe("observed");
    expect(bench.issues.all).toEqual([]);
  });

  it("of a rule that never fired here ends nothing", async () => {
    const { deliveryId } = await metric("resolved");
    await mustRun(bench, "triage.note-metric", { deliveryId });
    expect(await bench.deadJobs()).toEqual([]);
  });

  it("within a maintenance window is told when the window is over", async () => {
    const until = new Date(bench.clock.now().getTime() + 12 * MINUTE_MS).toISOString();
    const from = bench.clock.now().toISOString();
    bench.configure({ policy: { triage: { maintenance: [{ from, to: until, reason: "migration" }] } } });
    await metric("critical");
    await bench.settle();
    expect((await bench.incident(await metricIncident())).state).toBe("observed");
    for (let look = 0; look < 3; look++) {
      bench.clock.advance(5 * MINUTE_MS);
      await bench.settle();
    }
    expect((await bench.incident(await metricIncident())).state).toBe("escalated");
  });
});

describe("an error anomaly of Vercel's", () => {
  const anomaly = (...changes: Change[]) => deliver("vercel/observability.error-anomaly", changes);

  it("is evidence on what is under way in production", async () => {
    const incidentId = await openIncident(bench);
    const { deliveryId } = await anomaly();
    await expectOnce(bench, "triage.note-anomaly", { deliveryId });
    expect(await bench.said(incidentId, "anomaly")).toEqual([
      expect.stringMatching(/^Vercel sees an error anomaly: Error rate of \/api\/cart \(.*412 counted, usually 3\.3/),
    ]);
    expect(await bench.ctx.db.db.$count(deliveries)).toBe(2);
  });

  it("goes to a person where nothing is under way, once, and a second one is evidence on it", async () => {
    const { deliveryId } = await anomaly();
    await mustRun(bench, "triage.note-anomaly", { deliveryId });
    const incidentId = (await findDelivery(deliveryId))?.incidentId ?? "";
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({
      kind: "metric",
      state: "escalated",
      priority: "P1",
      source: "vercel",
    });
    expect(bench.issues.only.body).toContain("412 counted");
    expect(await anomaly()).toMatchObject({ outcome: "duplicate" });
    await anomaly(["id", "uev_anomaly2"]);
    await bench.settle();
    expect(await bench.kinds(incidentId)).toEqual(["escalated", "issue_opened", "anomaly"]);
    expect(bench.issues.all).toHaveLength(1);
  });
});

describe("an installation", () => {
  const installation = (action: string, ...changes: Change[]) =>
    deliver("sentry/installation.created", [["action", action], ...changes]);
  const stored = () => bench.ctx.db.db.select().from(installations);

  it.each([
    ["in order", ["created", "deleted"]],
    ["out of order", ["deleted", "created"]],
  ])("is remembered by its uuid, installed and uninstalled %s", async (_, actions) => {
    for (const action of actions) {
      const { deliveryId } = await installation(action);
      await mustRun(bench, "intake.note-installation", { deliveryId });
      const once = await stored();
      bench.clock.advance(MINUTE_MS);
      expect(await bench.redeliver("intake.note-installation")).toEqual({ type: "done" });
      expect(await stored()).toEqual(once);
      expect(await installation(action)).toMatchObject({ outcome: "duplicate" });
    }
    expect(await stored()).toMatchObject([
      { installationId: "a8e5d37a-696c-4c54-adb5-b3f28d64c7de", organization: "acme", uninstalledAt: expect.any(Date) },
    ]);
  });

  it("of another organisation: its deliveries are stored, ignored with that reason, and set nothing going", async () => {
    await installation("created", ["data.installation.organization.slug", "rival"]);
    await bench.settle();
    const receipts = [
      await metric("critical"),
      await deliver("sentry/event_alert.triggered", [["installation.uuid", "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"]]),
      await seer(),
    ];
    const reason =
      "installation a8e5d37a-696c-4c54-adb5-b3f28d64c7de belongs to organization rival, and acme is watched";
    for (const receipt of receipts) {
      expect(receipt).toEqual({ outcome: "ignored", reason, deliveryId: receipt.deliveryId });
      expect(await findDelivery(receipt.deliveryId)).toMatchObject({ outcome: "ignored", reason, incidentId: null });
    }
    expect(await metric("critical")).toMatchObject({ outcome: "duplicate" });
    expect(await bench.waitingJobs()).toEqual({});
  });

  it("of the watched organisation, however it is written, and one that nobody told of: their alerts are taken", async () => {
    expect(await metric("critical")).toMatchObject({ outcome: "accepted" });
    await installation("created");
    await bench.settle();
    expect(await metric("warning", [], { organization: "Acme" })).toMatchObject({ outcome: "accepted" });
    expect(await alert(bench)).toMatch(/^inc_/);
  });
});
