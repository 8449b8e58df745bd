import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { deliveries, incidents, jobs } from "../../lib/db/schema/index.ts";
import { findLatestAlert } from "../../lib/incidents/index.ts";
import type { Door } from "../../lib/wiring/lazy-door.ts";
import { createWebhooksDoor } from "../../lib/wiring/webhooks.ts";
import { openTestPglite } from "../support/pglite.ts";
import { fixtureJson, fixtureText } from "../support/sign-delivery.ts";
import {
  GLITCHTIP_TOKEN,
  LEGACY_TOKEN,
  openDoor,
  post,
  send,
  sendAlert,
  webhookConfig,
} from "../support/webhook-world.ts";

const JSON_TYPE = { "content-type": "application/json" };

let database: Awaited<ReturnType<typeof openTestPglite>>;
let door: Door;
let statements: () => number;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.client.exec("truncate jobs, deliveries, timeline, incidents restart identity cascade");
  ({ door, statements } = openDoor(database.query));
});

const stored = async () => ({
  deliveries: await database.db.select().from(deliveries).orderBy(deliveries.receivedAt, deliveries.id),
  incidents: await database.db.select().from(incidents).orderBy(incidents.number),
  jobs: await database.db.select().from(jobs).orderBy(jobs.createdAt, jobs.id),
});

describe("an alert", () => {
  it("is answered 202 when delivery, incident and first job are committed, all in one statement", async () => {
    const answer = await sendAlert(door, 1, 42);
    const {
      deliveries: [delivery],
      incidents: [incident],
      jobs: [job],
    } = await stored();
    expect(answer).toMatchObject({
      status: 202,
      body: { outcome: "accepted", deliveryId: delivery?.id, incidentId: incident?.id },
    });
    expect(incident).toMatchObject({
      number: 1,
      state: "new",
      source: "sentry",
      identityKey: "sentry:42:production",
      sourceIssueId: "42",
      environment: "production",
      release: "shop@1.4.2",
      title: "TypeError: Cannot read properties of undefined (reading 'price')",
      firstSeenAt: new Date("2026-10-05T21:06:17.677Z"),
    });
    expect(delivery).toMatchObject({
      outcome: "accepted",
      incidentId: incident?.id,
      signal: { kind: "alert", issueId: "42" },
    });
    expect(job).toMatchObject({
      name: "triage.assess-incident",
      payload: { incidentId: incident?.id },
      key: `triage.assess-incident:${incident?.id}`,
      state: "pending",
      maxAttempts: 12,
    });
    expect(statements()).toBe(1);
  });

  it("delivered twice opens one incident and one job, and the second answer says duplicate", async () => {
    const first = await sendAlert(door, 1, 42);
    const second = await sendAlert(door, 1, 42);
    expect(second).toMatchObject({ status: 202, body: { ...first.body, outcome: "duplicate" } });
    const all = await stored();
    expect([all.deliveries.length, all.incidents.length, all.jobs.length]).toEqual([1, 1, 1]);
  });

  it("delivered twice within one batch is a delivery and its duplicate", async () => {
    const outcomes = await Promise.all([1, 1, 1, 1].map((event) => sendAlert(door, event, 42)));
    expect(outcomes.map(({ body }) => body.outcome).sort()).toEqual([
      "accepted",
      "duplicate",
      "duplicate",
      "duplicate",
    ]);
    expect((await stored()).deliveries).toHaveLength(1);
  });

  it("of a known issue is counted by its row, and asks for no second job while the first one waits", async () => {
    for (const event of [1, 2, 3]) expect((await sendAlert(door, event, 42)).body.outcome).toBe("accepted");
    const all = await stored();
    expect([all.deliveries.length, all.incidents.length, all.jobs.length]).toEqual([3, 1, 1]);
    expect(all.incidents[0]?.version).toBe(1);
  });

  it("leaves the incidents' numbers dense, however many alerts an incident gets", async () => {
    await sendAlert(door, 1, 42);
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => sendAlert(door, 2 + batch * 50 + index, 42)));
    }
    await sendAlert(door, 5_000, 43);
    const all = await stored();
    expect(all.incidents.map((incident) => incident.number)).toEqual([1, 2]);
    expect(all.deliveries).toHaveLength(1_002);
  });

  it("of a storm is stored like every other, but only the first keeps the event, which a later look still finds", async () => {
    for (const event of [1, 2, 3]) await sendAlert(door, event, 42);
    const {
      deliveries: all,
      incidents: [incident],
    } = await stored();
    const events = all.map(({ signal }) => (signal?.kind === "alert" ? signal.event : null));
    expect(events.filter((event) => event !== null)).toHaveLength(1);
    const latest = await findLatestAlert(database.db, incident?.id ?? "");
    expect(latest).toMatchObject({ signal: { issueId: "42", event: { errorType: "TypeError" } } });
    expect(latest?.receivedAt).toEqual(all.at(-1)?.receivedAt);
  });

  it("with a title that is cut inside a character is stored all the same", async () => {
    const title = `${"x".repeat(299)}😀 and so on`;
    const body = JSON.stringify(fixtureJson("sentry/event_alert.triggered.json", ["data.event.title", title]));
    const answer = await send(door, "sentry", body, { "sentry-hook-resource": "event_alert" });
    expect(answer.status).toBe(202);
    expect((await stored()).incidents[0]?.title).toBe(`${"x".repeat(299)}\uFFFD`);
  });
});

describe("what is not acted on", () => {
  const ignoredBy = async (send: Promise<{ status: number; body: { outcome?: string } }>) => {
    expect(await send).toMatchObject({ status: 202, body: { outcome: "ignored" } });
    const all = await stored();
    expect([all.incidents.length, all.jobs.length]).toEqual([0, 0]);
    return all.deliveries.map((delivery) => [delivery.outcome, delivery.reason]);
  };

  it("is stored with its reason: an environment that is not watched", async () => {
    const body = JSON.stringify(
      fixtureJson("sentry/event_alert.triggered.json", ["data.event.environment", "staging"]),
    );
    expect(await ignoredBy(send(door, "sentry", body, { "sentry-hook-resource": "event_alert" }))).toEqual([
      ["ignored", "environment staging is not watched, production is"],
    ]);
  });

  it("is stored with its reason: a resource without a signal", async () => {
    const body = JSON.stringify({ action: "triggered", data: { issue: { id: "7" }, alert: {} } });
    expect(await ignoredBy(send(door, "sentry", body, { "sentry-hook-resource": "activity_alert" }))).toEqual([
      ["ignored", expect.stringContaining("activity_alert tells of an issue's history")],
    ]);
  });

  it("is stored with its reason: another repository", async () => {
    const body = JSON.stringify({
      action: "closed",
      repository: { full_name: "acme/other" },
      issue: { number: 1, state: "closed" },
      sender: { login: "jane", type: "User" },
    });
    const headers = { "x-github-event": "issues", "x-github-delivery": "guid-1" };
    expect(await ignoredBy(send(door, "github", body, headers))).toEqual([
      ["ignored", "repository acme/other is not the target"],
    ]);
  });
});

describe("what other sources send", () => {
  it("a production deployment of the target asks for the job that notes it", async () => {
    const deployment = fixtureJson("vercel/deployment.ready.json", ["payload.project.id", "prj_shop"]);
    const answer = await send(door, "vercel", JSON.stringify(deployment));
    const all = await stored();
    expect(answer).toMatchObject({ status: 202, body: { outcome: "accepted", deliveryId: all.deliveries[0]?.id } });
    expect(all.jobs).toMatchObject([
      { name: "recovery.note-deployment", payload: { deliveryId: all.deliveries[0]?.id } },
    ]);
    expect(all.incidents).toEqual([]);
  });

  it("GlitchTip's message about two issues is vouched for by the token in its address", async () => {
    const answer = await post(
      door,
      `glitchtip/${GLITCHTIP_TOKEN}`,
      fixtureText("glitchtip/issue-alert.json"),
      JSON_TYPE,
    );
    expect(answer).toMatchObject({ status: 202, body: { outcome: "accepted" } });
    expect((await stored()).incidents).toHaveLength(2);
  });

  it("GlitchTip's message about three issues opens three incidents, in one statement and once", async () => {
    const message = fixtureJson("glitchtip/issue-alert.json");
    const [attachment] = message.attachments as Record<string, unknown>[];
    const attachments = [1, 2, 3].map((id) => ({
      ...attachment,
      title_link: `https://glitchtip.example/acme/issues/${id}`,
    }));
    const body = JSON.stringify({ ...message, text: "GlitchTip Alert (3 issues)", attachments, sections: [] });
    for (const outcome of ["accepted", "duplicate"]) {
      expect((await send(door, "glitchtip", body)).body.outcome).toBe(outcome);
      const all = await stored();
      expect(all.incidents.map((incident) => incident.sourceIssueId).sort()).toEqual(["1", "2", "3"]);
      expect([all.deliveries.length, all.jobs.length]).toEqual([3, 3]);
    }
    expect(statements()).toBe(2);
  });

  it("GlitchTip's message that counts more issues than it names has one job to find the others", async () => {
    const body = fixtureText("glitchtip/issue-alert.json");
    for (const outcome of ["accepted", "duplicate"]) {
      expect((await send(door, "glitchtip", body)).body.outcome).toBe(outcome);
      const all = await stored();
      expect(all.incidents).toHaveLength(2);
      expect(all.jobs.map(({ name }) => name).sort()).toEqual([
        "intake.list-unnamed",
        "triage.assess-incident",
        "triage.assess-incident",
      ]);
    }
  });

  it("the legacy plugin, which cannot sign, is let in by its token", async () => {
    const answer = await post(
      door,
      `sentry?token=${LEGACY_TOKEN}`,
      fixtureText("sentry/legacy-plugin.json"),
      JSON_TYPE,
    );
    expect(answer).toMatchObject({ status: 202, body: { outcome: "accepted", incidentId: expect.any(String) } });
  });
});

describe("the log", () => {
  it("has a line of each request, and those that one statement answered are written together", async () => {
    const written: string[] = [];
    const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
    try {
      const own = createWebhooksDoor(webhookConfig(), database.query);
      await Promise.all(Array.from({ length: 30 }, (_, event) => sendAlert(own, event, 42)));
      await setImmediate();
      await sendAlert(own, 99, 42);
      await setImmediate();
    } finally {
      write.mockRestore();
    }
    const lines = written.flatMap((text) => text.trimEnd().split("\n")).map((line) => JSON.parse(line));
    expect(new Set(lines.map(({ deliveryId }) => deliveryId)).size).toBe(31);
    expect(lines.every(({ event, status }) => event === "request" && status === 202)).toBe(true);
    expect(written.length).toBeLessThan(10);
    expect(JSON.parse(written.at(-1) ?? "")).toMatchObject({ outcome: "accepted" });
  });
});
