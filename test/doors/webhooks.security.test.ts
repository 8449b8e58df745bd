import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../../lib/config/read-config.ts";
import { SOURCES, type Source } from "../../lib/intake/model.ts";
import { jsonLogger } from "../../lib/runtime/logger.ts";
import type { Door } from "../../lib/wiring/lazy-door.ts";
import { createWebhooksDoor } from "../../lib/wiring/webhooks.ts";
import { composeEventAlert, eventAlertHeaders, eventIdOf } from "../support/event-alert.ts";
import { openTestPglite } from "../support/pglite.ts";
import { fixtureJson, fixtureText, SECRET, signedHeaders } from "../support/sign-delivery.ts";
import { GLITCHTIP_TOKEN, LEGACY_TOKEN, openDoor, post, send, webhookConfig } from "../support/webhook-world.ts";

const JSON_TYPE = { "content-type": "application/json" };
const MEGABYTE = 1024 * 1024;

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

const alert = composeEventAlert({ eventId: eventIdOf(1), issueId: "42" });
const signed = (body = alert) => eventAlertHeaders(body, SECRET);

describe("who is let in", () => {
  it.each<[string, () => ReturnType<typeof post>]>([
    ["no signature", () => post(door, "sentry", alert, JSON_TYPE)],
    ["another secret's signature", () => post(door, "sentry", alert, eventAlertHeaders(alert, "another secret"))],
    ["a signature for another body", () => post(door, "sentry", `${alert} `, signed())],
    ["a signature that is no hex", () => post(door, "sentry", alert, { ...signed(), "sentry-hook-signature": "zz" })],
    [
      "an upper-case signature",
      () =>
        post(door, "sentry", alert, {
          ...signed(),
          "sentry-hook-signature": (signed()["sentry-hook-signature"] ?? "").toUpperCase(),
        }),
    ],
    [
      "another source's signature",
      () => post(door, "github", alert, { ...JSON_TYPE, ...signedHeaders("vercel", alert) }),
    ],
    [
      "a wrong token",
      () => post(door, `sentry?token=${LEGACY_TOKEN}x`, fixtureText("sentry/legacy-plugin.json"), JSON_TYPE),
    ],
    ["the plugin's token for what is signed", () => post(door, `sentry?token=${LEGACY_TOKEN}`, alert, JSON_TYPE)],
    [
      "a wrong GlitchTip token",
      () => post(door, "glitchtip/guess", fixtureText("glitchtip/issue-alert.json"), JSON_TYPE),
    ],
    [
      "Telegram, which is not configured",
      () => post(door, "telegram", "{}", { ...JSON_TYPE, ...signedHeaders("telegram", "{}") }),
    ],
    [
      "Slack, which is not configured",
      () => post(door, "slack", "{}", { ...JSON_TYPE, ...signedHeaders("slack", "{}") }),
    ],
  ])("%s is 401, and the database is not asked", async (_, knock) => {
    const answer = await knock();
    expect(answer).toMatchObject({
      status: 401,
      body: { error: { code: "unauthorized", requestId: expect.any(String) } },
    });
    expect(statements()).toBe(0);
  });

  it("without a secret nobody is, not even who signs with an empty one", async () => {
    const read = readConfig({});
    if (!read.ok) throw new Error(read.faults.join());
    const { door: unset } = openDoor(database.query, read.config);
    for (const source of SOURCES) {
      const path = source === "glitchtip" ? "glitchtip/undefined" : source;
      const answer = await post(unset, path, alert, { ...JSON_TYPE, ...(await emptySignature(source)) });
      expect([source, answer.status]).toEqual([source, 401]);
    }
  });

  it("other paths and methods are not there", async () => {
    for (const path of ["", "/unknown", "/glitchtip", "/sentry/extra"]) {
      const request = new Request(`https://patchpilot.example/api/webhooks${path}`, { method: "POST", body: "{}" });
      expect([path, (await door.fetch(request)).status]).toEqual([path, 404]);
    }
    expect((await door.fetch(new Request("https://patchpilot.example/api/webhooks/sentry"))).status).toBe(404);
  });
});

/** node:crypto signs with an empty key, which some receivers then take for right. */
async function emptySignature(source: Source): Promise<Record<string, string>> {
  return source === "telegram" ? { "x-telegram-bot-api-secret-token": "" } : signedHeaders(source, alert, "");
}

describe("what is too much", () => {
  it("a body over 4.5 MB is 413, told by its length or counted as it comes", async () => {
    const large = new Uint8Array(5 * MEGABYTE);
    expect((await post(door, "sentry", large, signed())).status).toBe(413);
    const chunks = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(MEGABYTE));
      },
    });
    const init = { method: "POST", body: chunks, headers: signed(), duplex: "half" };
    const response = await door.fetch(new Request("https://patchpilot.example/api/webhooks/sentry", init));
    expect(response.status).toBe(413);
    expect(statements()).toBe(0);
  });

  it("a client that is refused too often is 429 with Retry-After, and another one is not", async () => {
    const knock = (client: string) => post(door, "sentry", alert, { ...JSON_TYPE, "x-real-ip": client });
    const refusals = [];
    // More than the limit of two windows, should the minute turn meanwhile.
    for (let index = 0; index < 130; index++) refusals.push(await knock("203.0.113.9"));
    const limited = refusals.find(({ status }) => status === 429);
    expect(refusals[0]?.status).toBe(401);
    expect(limited?.body).toMatchObject({ error: { code: "rate_limited" } });
    expect(Number(limited?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await knock("203.0.113.10")).status).toBe(401);
  });

  it("who signs well is never limited, whoever else shares the address", async () => {
    const from = { "x-real-ip": "203.0.113.11" };
    for (let index = 0; index < 130; index++) await post(door, "sentry", alert, { ...JSON_TYPE, ...from });
    expect((await post(door, "sentry", alert, { ...signed(), ...from })).status).toBe(202);
  });
});

describe("what gets out", () => {
  it("every answer carries the security headers and a request id", async () => {
    for (const answer of [await send(door, "sentry", alert, signed()), await post(door, "sentry", alert)]) {
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "content-security-policy": expect.stringContaining("default-src 'none'"),
        "x-request-id": expect.stringMatching(/^req_/),
      });
    }
  });

  it("the log names neither token nor secret nor what the body says of people", async () => {
    const lines: string[] = [];
    const logging = createWebhooksDoor(
      webhookConfig(),
      database.query,
      jsonLogger((line) => lines.push(line), "debug"),
    );
    const legacy = fixtureText("sentry/legacy-plugin.json");
    await post(logging, `sentry?token=${LEGACY_TOKEN}`, legacy, JSON_TYPE);
    await send(logging, "glitchtip", fixtureText("glitchtip/issue-alert.json"));
    await post(logging, `glitchtip/${GLITCHTIP_TOKEN}x`, "{}", JSON_TYPE);
    await post(
      logging,
      "sentry",
      fixtureText("sentry/event_alert.triggered.json"),
      signed(fixtureText("sentry/event_alert.triggered.json")),
    );
    expect(lines).toHaveLength(4);
    expect(lines.join("\n")).not.toMatch(
      new RegExp([LEGACY_TOKEN, GLITCHTIP_TOKEN, SECRET, "jane@", "203\\.0\\.113"].join("|")),
    );
  });

  it("what is stored of an alert holds no user, no query and no credentials", async () => {
    const body = fixtureText("sentry/event_alert.triggered.json");
    await post(door, "sentry", body, signed(body));
    const rows = await database.query(
      "select d.signal, i.* from deliveries d join incidents i on i.id = d.incident_id",
      [],
    );
    expect(JSON.stringify(rows)).toContain("https://shop.example/checkout");
    expect(JSON.stringify(rows)).not.toMatch(/jane|203\.0\.113|shop:secret|email=/);
  });
});

describe("whatever a sender sends", () => {
  /** Text that databases, parsers and browsers have been known to trip over. */
  const nasty = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      "\0",
      "\u0000null",
      "\ud800",
      "\udfff\ud800",
      "'; drop table incidents; --",
      "$1",
      "{{7*7}}",
      "__proto__",
    ),
    fc.constantFrom(
      "9".repeat(400),
      "-1",
      "1e400",
      "NaN",
      "0000-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",
      "x".repeat(5_000),
    ),
  );
  const junk = fc.oneof(
    { depthSize: "small" },
    nasty,
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(-0, 1e308, 2 ** 53, -1, 0.5),
  );
  const EVENT_FIELDS = [
    "event_id",
    "issue_id",
    "title",
    "culprit",
    "level",
    "environment",
    "release",
    "datetime",
    "timestamp",
    "exception",
    "tags",
    "request",
    "web_url",
    "url",
    "metadata",
    "platform",
  ];
  const ISSUE_FIELDS = [
    "id",
    "shortId",
    "title",
    "culprit",
    "level",
    "status",
    "count",
    "userCount",
    "firstSeen",
    "lastSeen",
    "project",
    "permalink",
    "metadata",
  ];

  const changed = (file: string, at: string, fields: string[]) =>
    fc.dictionary(fc.constantFrom(...fields), junk, { maxKeys: 5 }).map((changes) => {
      const paths = Object.entries(changes).map(([field, value]): [string, unknown] => [`${at}.${field}`, value]);
      return JSON.stringify(fixtureJson(file, ...paths));
    });

  const bodies = fc.oneof(
    fc.tuple(fc.constant("event_alert"), changed("sentry/event_alert.triggered.json", "data.event", EVENT_FIELDS)),
    fc.tuple(fc.constant("issue"), changed("sentry/issue.created.json", "data.issue", ISSUE_FIELDS)),
    fc.tuple(fc.constantFrom("event_alert", "issue", "installation", "comment", "any"), fc.json({ maxDepth: 4 })),
    fc.tuple(fc.constantFrom("event_alert", "any"), fc.string({ unit: "binary" })),
  );

  it("is answered 202 or 400, never 500, and 202 is stored", { timeout: 120_000 }, async () => {
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(bodies, { minLength: 20, maxLength: 20 }), async (batch) => {
        const answers = await Promise.all(
          batch.map(([resource, body]) => send(door, "sentry", body, { "sentry-hook-resource": resource })),
        );
        for (const { status, body } of answers) {
          seen.set(status, (seen.get(status) ?? 0) + 1);
          if (status !== 202 && status !== 400) throw new Error(`${status} ${JSON.stringify(body)}`);
        }
        const ids = answers.flatMap(({ body }) => (body.deliveryId ? [body.deliveryId] : []));
        const rows = await database.query("select id from deliveries where id = any($1)", [[...new Set(ids)]]);
        return rows.length === new Set(ids).size;
      }),
      { numRuns: 150 },
    );
    expect(seen.get(202)).toBeGreaterThan(500);
    expect(seen.get(400)).toBeGreaterThan(100);
  });

  it("in its headers is answered without a 500", async () => {
    const header = fc.stringMatching(/^[\x20-\x7e]{0,60}$/);
    await fc.assert(
      fc.asyncProperty(header, header, header, header, async (resource, type, signature, delivery) => {
        const headers = { "sentry-hook-resource": resource, "content-type": type, "request-id": delivery };
        const good = await post(door, "sentry", alert, { ...signed(), ...headers });
        const bad = await post(door, "sentry", alert, {
          ...headers,
          "sentry-hook-signature": signature,
          "x-real-ip": signature,
        });
        return [202, 400, 415].includes(good.status) && [401, 429].includes(bad.status);
      }),
      { numRuns: 300 },
    );
  });
});
