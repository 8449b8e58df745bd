import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explainDelivery } from "../../lib/intake/explain-delivery.ts";
import { SOURCES, type Source, signalSchema } from "../../lib/intake/model.ts";
import { MAX_BODY_BYTES, readDelivery } from "../../lib/intake/read-delivery.ts";
import { fixtureJson, fixtureText, SECRET, signedHeaders } from "../support/sign-delivery.ts";

const NOW = new Date("2026-10-05T21:09:20Z");
const TOKEN = { given: "t0k3n", expected: "t0k3n" };
const GITHUB = { "X-GitHub-Event": "ping", "X-GitHub-Delivery": "guid-1" };

const read = (source: Source, body: string, headers: Record<string, string> = {}, token = TOKEN) =>
  readDelivery({
    source,
    headers: { ...signedHeaders(source, body), ...headers },
    body,
    secret: SECRET,
    token,
    now: NOW,
  });

const FIXTURES: [Source, string, Record<string, string>][] = [
  ["sentry", fixtureText("sentry/event_alert.triggered.json"), { "Sentry-Hook-Resource": "event_alert" }],
  ["glitchtip", fixtureText("glitchtip/issue-alert.json"), {}],
  ["vercel", fixtureText("vercel/deployment.ready.json"), {}],
  ["github", '{"zen":"Keep it logically awesome.","hook_id":1}', GITHUB],
  ["telegram", fixtureText("telegram/callback_query.json"), {}],
  ["slack", fixtureText("slack/block_actions.json"), {}],
];

describe.each(FIXTURES)("a delivery of %s", (source, body, headers) => {
  const json = { ...headers, "Content-Type": "application/json; charset=utf-8" };

  test("is answered 202, the same for text and bytes, for an object and for the Web's Headers", async () => {
    const answer = await read(source, body, json);
    expect(answer).toMatchObject({ status: 202, deliveryKey: expect.stringMatching(`^${source}:`) });
    const all = new Headers({ ...signedHeaders(source, body), ...json });
    const bytes = new TextEncoder().encode(body);
    expect(await readDelivery({ source, headers: all, body: bytes, secret: SECRET, token: TOKEN, now: NOW })).toEqual(
      answer,
    );
  });

  test("is refused 401 when nothing vouches for it, before its shape is looked at", async () => {
    const facts = { source, headers: json, secret: SECRET, now: NOW };
    for (const text of [body, "not JSON", ""]) {
      expect(await readDelivery({ ...facts, body: text })).toMatchObject({
        outcome: "rejected",
        status: 401,
        deliveryKey: null,
        signal: null,
      });
    }
  });

  test("is refused 413 over 4.5 MB, and not at 4.5 MB", async () => {
    const padded = (length: number) => body + " ".repeat(length - new TextEncoder().encode(body).length);
    expect(await read(source, padded(MAX_BODY_BYTES), json)).toMatchObject({ status: 202 });
    expect(await read(source, padded(MAX_BODY_BYTES + 1), json)).toMatchObject({ status: 413 });
  });

  test.each(["text/plain", "multipart/form-data", "application/json; charset=utf-16", "application/xml"])(
    "is refused 415 as %s",
    async (type) => {
      expect(await read(source, body, { ...headers, "Content-Type": type })).toMatchObject({
        status: 415,
        reason: expect.stringMatching("Content-Type"),
      });
    },
  );

  test("is refused 400 when it is no JSON, no UTF-8 or another shape", async () => {
    for (const text of ["", "{", "null", "[]", '"x"', "7", "{}"]) {
      expect(await read(source, text, json), text).toMatchObject({ outcome: "rejected", status: 400 });
    }
  });
});

test("bytes that are no UTF-8 are refused 400", async () => {
  const body = Uint8Array.from([0x7b, 0xff, 0x7d]);
  const headers = { "X-Telegram-Bot-Api-Secret-Token": SECRET };
  expect(await readDelivery({ source: "telegram", headers, body, secret: SECRET, now: NOW })).toMatchObject({
    status: 400,
    reason: "body: expected UTF-8",
  });
});

describe("forms", () => {
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const payload = (json: string) => new URLSearchParams({ payload: json }).toString();

  test("GitHub may send JSON in the field payload", async () => {
    const body = payload('{"zen":"z","hook_id":1}');
    expect(await read("github", body, { ...GITHUB, ...form })).toMatchObject({
      outcome: "ignored",
      deliveryKey: "github:guid-1",
    });
    expect(await read("github", "a=b", { ...GITHUB, ...form })).toMatchObject({
      status: 400,
      reason: expect.stringMatching("payload"),
    });
  });

  test("Slack sends interactions and commands so", async () => {
    const interaction = await read("slack", payload(fixtureText("slack/block_actions.json")), form);
    expect(interaction).toMatchObject({ outcome: "ignored", resource: "block_actions" });
    expect(interaction.deliveryKey).toBe(
      "slack:block_actions:12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
    );
    expect(await read("slack", "command=%2Fpatchpilot&text=status&trigger_id=1.2.3", form)).toMatchObject({
      resource: "slash_command",
      deliveryKey: "slack:slash_command:1.2.3",
    });
  });

  test("Slack's ssl_check is answered without a signature and stored once", async () => {
    const answer = await readDelivery({
      source: "slack",
      headers: form,
      body: "ssl_check=1&token=x",
      secret: SECRET,
      now: NOW,
    });
    expect(answer).toMatchObject({ outcome: "ignored", status: 202, deliveryKey: "slack:ssl_check:-" });
  });

  test("Slack's events go by their own id, also when sent again", async () => {
    const body = JSON.stringify({ type: "event_callback", event_id: "Ev1", event: { type: "app_mention" } });
    expect(await read("slack", body, { "X-Slack-Retry-Num": "1" })).toMatchObject({
      resource: "app_mention",
      deliveryKey: "slack:app_mention:Ev1",
    });
  });

  test("nobody else may send them", async () => {
    expect(await read("vercel", "payload=%7B%7D", form)).toMatchObject({ status: 415 });
  });
});

describe("Sentry's legacy plugin", () => {
  const legacy = fixtureText("sentry/legacy-plugin.json");
  const unsigned = (body: string, token = TOKEN) =>
    readDelivery({ source: "sentry", headers: {}, body, secret: SECRET, token, now: NOW });

  test("is accepted by its token", async () => {
    expect(await unsigned(legacy)).toMatchObject({ outcome: "accepted", resource: "legacy_plugin" });
    expect(await unsigned(legacy, { given: "other", expected: "t0k3n" })).toMatchObject({ status: 401 });
  });

  test("is the only thing that a token vouches for", async () => {
    for (const name of ["event_alert.triggered", "issue.created", "service-hook"]) {
      expect(await unsigned(fixtureText(`sentry/${name}.json`))).toMatchObject({ outcome: "rejected", status: 401 });
    }
  });
});

describe("explain delivery", () => {
  const body = fixtureText("sentry/event_alert.triggered.json");
  const line = { source: "sentry", headers: signedHeaders("sentry", body), body, secret: SECRET };

  test("answers exactly the contract's five fields", async () => {
    const answer = await explainDelivery(line);
    expect(Object.keys(answer)).toEqual(["outcome", "status", "reason", "deliveryKey", "signal"]);
    expect(answer).toMatchObject({ outcome: "accepted", status: 202, signal: { kind: "alert" } });
  });

  test.each([undefined, null, ""])("refuses a signed source whose secret is %j", async (secret) => {
    expect(await explainDelivery({ ...line, secret })).toEqual({
      outcome: "rejected",
      status: 401,
      reason: "no secret is given for sentry",
      deliveryKey: null,
      signal: null,
    });
  });

  test("takes the token of an address, which a line does not show, for right, unless the line names one", async () => {
    const message = { source: "glitchtip", headers: {}, body: fixtureText("glitchtip/issue-alert.json"), secret: "s" };
    expect(await explainDelivery(message)).toMatchObject({ outcome: "accepted" });
    expect(await explainDelivery({ ...message, secret: null })).toMatchObject({ outcome: "accepted" });
    expect(await explainDelivery({ ...message, token: "s" })).toMatchObject({ outcome: "accepted" });
    expect(await explainDelivery({ ...message, token: "x" })).toMatchObject({ status: 401 });
    const legacy = { source: "sentry", headers: {}, body: fixtureText("sentry/legacy-plugin.json"), secret: "s" };
    expect(await explainDelivery(legacy)).toMatchObject({ outcome: "accepted" });
    expect(await explainDelivery({ ...line, headers: {} })).toMatchObject({ status: 401 });
  });

  test("judges Slack's timestamp only against a stated now", async () => {
    const text = fixtureText("slack/block_actions.json");
    const slack = { source: "slack", headers: signedHeaders("slack", text), body: text, secret: SECRET };
    expect(await explainDelivery(slack)).toMatchObject({ status: 202 });
    expect(await explainDelivery({ ...slack, now: "2026-10-05T21:09:20Z" })).toMatchObject({ status: 202 });
    expect(await explainDelivery({ ...slack, now: "2026-10-06T00:00:00Z" })).toMatchObject({ status: 401 });
  });

  test.each<[unknown, string]>([
    [null, "line"],
    ["x", "line"],
    [{ ...line, source: "pagerduty" }, "source"],
    [{ ...line, body: { a: 1 } }, "body"],
    [{ ...line, headers: "x" }, "headers"],
    [{ ...line, now: "noon" }, "now"],
  ])("answers a line of another shape with an error that names the field (%#)", async (bad, field) => {
    expect(await explainDelivery(bad)).toEqual({ error: expect.stringMatching(`^${field}: `) });
  });
});

describe("whatever is sent", () => {
  const sources = fc.constantFrom(...SOURCES);
  const headerNames = fc.constantFrom(
    "Sentry-Hook-Resource",
    "X-GitHub-Event",
    "X-GitHub-Delivery",
    "Content-Type",
    "x-slack-signature",
    "other",
  );
  const headerValues = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "event_alert",
      "issue",
      "error",
      "installation",
      "pull_request",
      "push",
      "issue_comment",
      "issues",
      "__proto__",
      "constructor",
    ),
  );
  const STATUSES = [202, 400, 401, 413, 415];

  const check = async (answer: Awaited<ReturnType<typeof readDelivery>>) => {
    expect(STATUSES).toContain(answer.status);
    expect(answer.reason).not.toBe("");
    if (answer.outcome === "rejected") return;
    expect(answer.deliveryKey.length).toBeLessThan(1000);
    expect(`${answer.deliveryKey}${JSON.stringify(answer.signal)}`).not.toMatch(/\0|\\u0000|\\ud[89a-f]/i);
    if (answer.outcome === "accepted") expect(() => signalSchema.parse(answer.signal)).not.toThrow();
  };

  test("bytes and headers are never an exception, and unsigned never more than a refusal or a probe", async () => {
    const given = fc.record({
      source: sources,
      headers: fc.dictionary(headerNames, headerValues),
      body: fc.uint8Array({ maxLength: 200 }),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ source, headers, body }) => {
        const answer = await readDelivery({ source, headers, body: Uint8Array.from(body), secret: SECRET, now: NOW });
        expect(answer).toMatchObject({ outcome: "rejected", status: 401 });
      }),
      { numRuns: 300 },
    );
  });

  test("signed JSON of any shape is never an exception", async () => {
    const given = fc.record({
      source: sources,
      headers: fc.dictionary(headerNames, headerValues),
      json: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ source, headers, json }) => {
        delete headers["x-slack-signature"];
        delete headers["Content-Type"];
        await check(await read(source, JSON.stringify(json), headers));
      }),
      { numRuns: 600 },
    );
  });

  test("a real delivery with any one value replaced by junk is never an exception, and what is accepted is a valid signal", async () => {
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(null, "", "\u0000\ud800", 1e308, -1, "9".repeat(400), "x".repeat(5000)),
    );
    const bodies: [Source, Record<string, unknown>, Record<string, string>][] = [
      ...FIXTURES.map(([source, body, headers]): [Source, Record<string, unknown>, Record<string, string>] => [
        source,
        JSON.parse(body),
        headers,
      ]),
      ["sentry", fixtureJson("sentry/issue.created.json"), { "Sentry-Hook-Resource": "issue" }],
      ["sentry", fixtureJson("sentry/legacy-plugin.json"), {}],
      ["sentry", fixtureJson("sentry/service-hook.json"), {}],
      ["glitchtip", fixtureJson("glitchtip/uptime-down.json"), {}],
      ["vercel", fixtureJson("vercel/deployment.rollback.json"), {}],
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bodies), fc.nat(), junk, async ([source, json, headers], at, value) => {
        await check(await read(source, JSON.stringify(replaceNth(json, at, value)), headers));
      }),
      { numRuns: 1500 },
    );
  });

  test("nesting a hundred thousand deep is read like anything else", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    for (const [source, body, headers] of FIXTURES) {
      await check(await read(source, body.replace("{", `{"deep":${deep},`), headers));
      await check(
        await read(
          source,
          `{"action":"triggered","data":{"event":${deep}},"attachments":${deep},"embeds":${deep}}`,
          headers,
        ),
      );
    }
  });
});

/** A copy with the value at one of its paths, chosen by `at`, replaced. */
function replaceNth(json: Record<string, unknown>, at: number, value: unknown): unknown {
  const copy = structuredClone(json);
  const slots: (() => void)[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      slots.push(() => Object.assign(node, { [key]: value }));
      visit(child);
    }
  };
  visit(copy);
  slots[at % slots.length]?.();
  return copy;
}
