import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DemoSentry, startDemoSentry } from "../../demo/sentry/index.ts";
import { type Config, readConfig } from "../../lib/config/read-config.ts";
import { cursors, deliveries, incidents, jobs } from "../../lib/db/schema/index.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { silentLogger } from "../../lib/runtime/logger.ts";
import { createCronDoor } from "../../lib/wiring/cron.ts";
import { createContext } from "../../lib/wiring/machine.ts";
import { createWebhooksDoor } from "../../lib/wiring/webhooks.ts";
import { silent, tempDir } from "../demo/world-support.ts";
import { openTestPglite } from "../support/pglite.ts";

const SECRET = "cron-secret-of-the-tests";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let ctx: Context;
let dir: ReturnType<typeof tempDir>;
let sentry: DemoSentry;

beforeAll(async () => {
  database = await openTestPglite();
  ctx = createContext(database, silentLogger);
});
afterAll(() => database.close());

beforeEach(async () => {
  for (const table of [jobs, deliveries, incidents, cursors]) await database.db.delete(table);
  dir = tempDir();
  sentry = await startDemoSentry({
    dir: dir.path,
    org: "pine",
    project: "shop",
    orgAuthToken: "sntrys_test",
    clientSecret: "client-secret",
    webhookUrl: null,
    log: silent,
  });
});
afterEach(async () => {
  await sentry.close();
  dir.remove();
});

function configOf(changes: Record<string, string> = {}): Config {
  const read = readConfig({
    CRON_SECRET: SECRET,
    SENTRY_URL: sentry.url,
    SENTRY_ORG: "pine",
    SENTRY_PROJECT: "shop",
    SENTRY_AUTH_TOKEN: "sntrys_test",
    SENTRY_CLIENT_SECRET: "client-secret",
    ...changes,
  });
  if (!read.ok) throw new Error(read.faults.join("; "));
  return read.config;
}

async function knock(config: Config, secret: string | null = SECRET, name = "sync-sources") {
  const headers = secret === null ? {} : { authorization: `Bearer ${secret}` };
  const door = createCronDoor(config, ctx, null);
  const response = await door.fetch(new Request(`https://patchpilot.example/api/cron/${name}`, { headers }));
  return { status: response.status, body: await response.json() };
}

async function report(): Promise<void> {
  const event_id = crypto.randomUUID().replaceAll("-", "");
  const exception = { values: [{ type: "TypeError", value: "no price" }] };
  const event = { event_id, timestamp: Date.now() / 1_000, level: "error", environment: "production", exception };
  const lines = [{ event_id }, { type: "event" }, event].map((line) => JSON.stringify(line));
  const key = new URL(sentry.dsn).username;
  const url = `${sentry.url}/api/${sentry.projectId}/envelope/?sentry_key=${key}`;
  await fetch(url, { method: "POST", body: lines.join("\n") });
}

describe("/api/cron/sync-sources", () => {
  it("stores what no webhook brought, once, and says how much", async () => {
    await report();
    expect(await knock(configOf())).toMatchObject({
      status: 200,
      body: { schedule: "sync-sources", sources: 1, items: 1, stored: 1, failed: 0, unread: 0 },
    });
    expect((await knock(configOf())).body).toMatchObject({ items: 1, stored: 0 });
    expect(await database.db.select().from(incidents)).toMatchObject([{ source: "sentry", state: "new" }]);
    expect(await database.db.select().from(deliveries)).toMatchObject([{ via: "poll" }]);
    expect(await database.db.select().from(jobs)).toMatchObject([{ name: "triage.assess-incident", state: "pending" }]);
  });

  it("finds nothing where the webhook had come", async () => {
    const webhooks = createWebhooksDoor(configOf(), database.query, silentLogger);
    await report();
    const [issue] = sentry.issues();
    const at = new Date(issue?.lastSeenMs ?? 0).toISOString().replace("Z", "000Z");
    const data = { issue: { id: issue?.id, title: "TypeError", status: "unresolved", lastSeen: at, firstSeen: at } };
    const body = JSON.stringify({ action: "created", installation: { uuid: "u" }, data, actor: null });
    const answer = await webhooks.fetch(
      new Request("https://patchpilot.example/api/webhooks/sentry", {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "sentry-hook-resource": "issue",
          "sentry-hook-signature": createHmac("sha256", "client-secret").update(body).digest("hex"),
        },
      }),
    );
    expect(answer.status).toBe(202);
    expect((await knock(configOf())).body).toMatchObject({ items: 1, stored: 0 });
    expect(await database.db.select().from(deliveries)).toHaveLength(1);
  });

  it("answers 200 and keeps the cursor when the source cannot be asked", async () => {
    const { status, body } = await knock(configOf({ SENTRY_AUTH_TOKEN: "wrong-token" }));
    expect([status, body]).toMatchObject([200, { sources: 1, unread: 1, stored: 0 }]);
    const [cursor] = await database.db.select().from(cursors);
    expect(cursor?.fault).toContain("provider_unauthorized");
    await report();
    expect((await knock(configOf())).body).toMatchObject({ stored: 1, unread: 0 });
  });

  it("has nothing to do where no source is configured that can be polled", async () => {
    const read = readConfig({ CRON_SECRET: SECRET });
    if (!read.ok) throw new Error(read.faults.join("; "));
    expect(await knock(read.config)).toMatchObject({ status: 200, body: { sources: 0 } });
  });

  it.each([
    ["no secret", null, "sync-sources", 401],
    ["another secret", "guessed-secret", "sync-sources", 401],
    ["a schedule that is none of ours", SECRET, "no-such-schedule", 404],
  ])("refuses %s", async (_, secret, name, status) => {
    await report();
    expect((await knock(configOf(), secret, name)).status).toBe(status);
    expect(await database.db.select().from(deliveries)).toEqual([]);
  });
});
