import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../lib/kernel/errors.ts";
import { readImpactReading } from "../../lib/triage/impact-model.ts";
import { alert, type Bench, createBench, MINUTE_MS, mustRun, openIncident } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";

const ASSESS = "triage.assess-incident";
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 168 * HOUR_MS;
const PAID = "checkout_completed";
const ENV = {
  POSTHOG_HOST: "https://eu.posthog.com",
  POSTHOG_API_KEY: "phx_of_the_tests",
  POSTHOG_PROJECT_ID: "123",
  POSTHOG_EVENTS: `${PAID}, signup_completed`,
};

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database, { env: ENV });
});

/** Four earlier weeks as usual, and `paid` of 90 checkouts in the last hour. */
function sell(paid: number): void {
  const now = bench.clock.now().getTime();
  for (const week of [1, 2, 3, 4]) {
    const end = now - week * WEEK_MS;
    bench.product.reportMany(PAID, 90, new Date(end - HOUR_MS), new Date(end));
    bench.product.reportMany("signup_completed", 30, new Date(end - HOUR_MS), new Date(end));
  }
  if (paid > 0) bench.product.reportMany(PAID, paid, new Date(now - HOUR_MS), new Date(now));
  bench.product.reportMany("signup_completed", 30, new Date(now - HOUR_MS), new Date(now));
}

async function judge(incidentId: string) {
  await mustRun(bench, ASSESS, { incidentId });
  const incident = await bench.incident(incidentId);
  return { incident, reading: readImpactReading(incident.triage), reasons: String(incident.triage?.reasons) };
}

const asked = () => bench.script.calls.filter((name) => name === "ask").length;

describe("a measured impact", () => {
  it("raises the priority, and is told with its numbers", async () => {
    sell(80);
    const harmless = await judge(await openIncident(bench));
    expect(harmless.reading?.impact).toMatchObject({ status: "measured", level: "none" });
    expect(harmless.reasons).not.toContain("impact");

    bench = await createBench(database, { env: ENV });
    sell(0);
    const { incident, reading, reasons } = await judge(await openIncident(bench));
    expect(reading?.impact).toMatchObject({ status: "measured", level: "critical" });
    expect(reading?.summary).toContain(`${PAID} 0 instead of`);
    expect(reasons).toContain("the measured product impact is critical");
    expect(String(incident.priority) < String(harmless.incident.priority)).toBe(true);
  });

  it("is in the issue", async () => {
    sell(0);
    const incidentId = await openIncident(bench);
    await judge(incidentId);
    await mustRun(bench, "alerts.update-issue", { incidentId });
    expect(bench.issues.only.body).toMatch(/^Impact: critical: checkout_completed 0 instead of \d+/m);
  });

  it("is asked for at most once in ten minutes, by however many alerts", async () => {
    sell(0);
    const incidentId = await openIncident(bench);
    const first = await judge(incidentId);
    expect(asked()).toBe(2);
    bench.clock.advance(9 * MINUTE_MS);
    await alert(bench);
    expect((await judge(incidentId)).reading).toEqual(first.reading);
    expect(asked()).toBe(2);
    bench.clock.advance(MINUTE_MS);
    await alert(bench);
    expect((await judge(incidentId)).reading?.readAt).not.toBe(first.reading?.readAt);
    expect(asked()).toBe(4);
  });

  it("is not asked for where another environment failed", async () => {
    sell(0);
    bench.errors.report(bench.clock.now(), null, "staging");
    const incidentId = await alert(bench, { environment: null, event: null });
    bench.clock.advance(MINUTE_MS);
    await mustRun(bench, ASSESS, { incidentId });
    expect(asked()).toBe(0);
  });
});

describe("an unknown impact is said, and holds nothing up", () => {
  it("PostHog is not configured", async () => {
    bench.configure({});
    const incidentId = await openIncident(bench);
    const { reasons, incident } = await judge(incidentId);
    expect(reasons).toContain("impact unknown: PostHog is not configured");
    expect(incident.state).toBe("investigating");
    await mustRun(bench, "alerts.update-issue", { incidentId });
    expect(bench.issues.only.body).toContain("Impact unknown: PostHog is not configured");
  });

  it("PostHog is away: judged all the same, and not asked again by the next alert", async () => {
    sell(0);
    bench.script.failAt("ask", new AppError("provider_timeout", "posthog did not answer in time", { retry: "later" }));
    const incidentId = await openIncident(bench);
    const { incident, reading, reasons } = await judge(incidentId);
    expect(incident.state).toBe("investigating");
    expect(reading?.impact).toEqual({ status: "unknown", reason: "posthog did not answer in time" });
    expect(reasons).toContain("impact unknown: posthog did not answer in time");
    const calls = asked();
    bench.clock.advance(MINUTE_MS);
    await alert(bench);
    await judge(incidentId);
    expect(asked()).toBe(calls);
    bench.clock.advance(9 * MINUTE_MS);
    await alert(bench);
    expect((await judge(incidentId)).reading?.impact).toMatchObject({ status: "measured", level: "critical" });
  });

  it("what was measured stands while PostHog is away, and a stated wait is kept", async () => {
    sell(0);
    const incidentId = await openIncident(bench);
    const first = await judge(incidentId);
    bench.clock.advance(10 * MINUTE_MS);
    bench.script.failAt("ask", new AppError("provider_rate_limited", "wait", { retry: { afterMs: 30 * MINUTE_MS } }));
    await alert(bench);
    const second = await judge(incidentId);
    expect(second.reading?.summary).toBe(first.reading?.summary);
    expect(second.reading?.askAgainAt).toBe(new Date(bench.clock.now().getTime() + 30 * MINUTE_MS).toISOString());
    expect(second.incident.priority).toBe(first.incident.priority);
  });

  it("a failure of our own is no unknown impact", async () => {
    sell(0);
    bench.script.failAt("ask", new TypeError("a bug"));
    const incidentId = await openIncident(bench);
    expect(await bench.run(ASSESS, { incidentId })).toMatchObject({ type: "retry" });
  });
});

it("an incident that has just begun is measured once it can be, without another alert, and an alert need not wait for it", async () => {
  sell(0);
  const incidentId = await alert(bench);
  const young = await judge(incidentId);
  expect(young.reading?.impact).toMatchObject({ status: "unknown", reason: expect.stringContaining("too young") });
  expect(asked()).toBe(0);
  await alert(bench);
  const waiting = await bench.waitingJobs();
  expect(waiting[ASSESS]).toBeDefined();
  await mustRun(bench, ASSESS, { incidentId });
  bench.clock.advance(11 * MINUTE_MS);
  await bench.settle();
  expect(asked()).toBe(2);
  expect(readImpactReading((await bench.incident(incidentId)).triage)?.askAgainAt).not.toBeNull();
});
