import { createHmac } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as Sentry from "@sentry/node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type DemoSentry, type DemoSentryOptions, startDemoSentry } from "../../demo/sentry/index.ts";
import { PyFloat, pythonJson } from "../../demo/sentry/python-json.ts";
import { samplesDir, shapeFaults, silent, startReceiver, tempDir } from "./world-support.ts";

const TOKEN = "sntrys_test";
const SECRET = "client-secret";

let dir: ReturnType<typeof tempDir>;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let receiverStatus: number;
let sentry: DemoSentry;

beforeEach(async () => {
  dir = tempDir();
  receiverStatus = 202;
  receiver = await startReceiver(() => receiverStatus);
  sentry = await start();
});

afterEach(async () => {
  await sentry.close();
  await receiver.close();
  dir.remove();
});

function start(more: Partial<DemoSentryOptions> = {}): Promise<DemoSentry> {
  return startDemoSentry({
    dir: dir.path,
    org: "pine",
    project: "shop",
    orgAuthToken: TOKEN,
    tokens: { reader: ["event:read"] },
    clientSecret: SECRET,
    webhookUrl: receiver.url,
    alertRule: { name: "Errors in production", everyMs: 3_600_000 },
    log: silent,
    ...more,
  });
}

function sdk(release: string, dsn = sentry.dsn) {
  const client = new Sentry.NodeClient({
    dsn,
    release,
    environment: "production",
    sendClientReports: false,
    transport: Sentry.makeNodeTransport,
    stackParser: Sentry.defaultStackParser,
    integrations: [Sentry.contextLinesIntegration(), Sentry.requestDataIntegration()],
  });
  client.init();
  return {
    async capture(error: Error, user?: string) {
      const scope = new Sentry.Scope();
      if (user) scope.setUser({ id: user });
      scope.setTransactionName("POST /checkout");
      client.captureException(error, { mechanism: { type: "auto.http.node", handled: false } }, scope);
      await client.flush(2000);
    },
  };
}

function priceOf(text = "naïve café – 価格"): Error {
  return new TypeError(text);
}

function api(path: string, init: RequestInit = {}, token: string | null = TOKEN): Promise<Response> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${sentry.url}/api/0${path}`, { ...init, headers });
}

const put = (id: string, body: unknown) =>
  api(`/organizations/pine/issues/${id}/`, { method: "PUT", body: JSON.stringify(body) });

function onlyIssue() {
  const [issue] = sentry.issues();
  if (!issue) throw new Error("no issue");
  return issue;
}

const kinds = () => receiver.received.map(({ headers, body }) => `${headers["sentry-hook-resource"]}.${body.action}`);

/** A minimal event, as a second SDK would send it, in an envelope of its own. */
function envelope(event: Record<string, unknown>, type = "event"): Buffer {
  const payload = JSON.stringify(event);
  return Buffer.from(
    `${JSON.stringify({ event_id: event.event_id })}\n${JSON.stringify({ type, length: Buffer.byteLength(payload) })}\n${payload}\n`,
  );
}

function post(body: Buffer, options: { key?: string; gzip?: boolean } = {}): Promise<Response> {
  const [, key] = /\/\/([0-9a-f]+)@/.exec(sentry.dsn) ?? [];
  const url = `${sentry.url}/api/${sentry.projectId}/envelope/?sentry_key=${options.key ?? key}`;
  const init = options.gzip ? { body: gzipSync(body), headers: { "content-encoding": "gzip" } } : { body };
  return fetch(url, { method: "POST", ...init } as RequestInit);
}

const eventId = (number: number) => number.toString(16).padStart(32, "0");

describe("taking errors", () => {
  test("an error that the real SDK reports becomes one issue with its crash frame, tags and counts", async () => {
    const shop = sdk("1".repeat(40));
    await shop.capture(priceOf(), "ada");
    await shop.capture(priceOf(), "bob");
    const issue = onlyIssue();
    expect(issue).toMatchObject({
      shortId: "SHOP-1",
      count: 2,
      status: "unresolved",
      substatus: "new",
      firstRelease: "1".repeat(40),
    });
    expect(issue.id).toMatch(/^\d{10}$/);
    expect(issue.userKeys.size).toBe(2);
    const frame = issue.latest.exceptions.at(-1)?.frames?.at(-1);
    expect(frame).toMatchObject({ function: "priceOf", inApp: true });
    expect(frame?.contextLine).toContain("new TypeError(text)");
    expect(
      issue.latest.exceptions[0]?.frames
        ?.filter((one) => one.absPath?.includes("node_modules"))
        .every((one) => !one.inApp),
    ).toBe(true);
    expect(Object.fromEntries(issue.latest.tags)).toMatchObject({
      environment: "production",
      handled: "no",
      level: "error",
      user: "id:bob",
    });
  });

  test("errors of another type or place are other issues", async () => {
    const shop = sdk("r1");
    await shop.capture(priceOf());
    await shop.capture(new RangeError("elsewhere"));
    expect(sentry.issues().map((issue) => issue.shortId)).toEqual(["SHOP-1", "SHOP-2"]);
  });

  test("a fingerprint decides the issue over type and frames", async () => {
    await post(envelope({ event_id: eventId(1), message: "one", fingerprint: ["same"] }));
    await post(envelope({ event_id: eventId(2), message: "two", fingerprint: ["same"] }), { gzip: true });
    expect(onlyIssue().count).toBe(2);
  });

  test("messages that differ only in numbers are one issue", async () => {
    await post(envelope({ event_id: eventId(1), message: "order 12 is late", level: "warning" }));
    await post(envelope({ event_id: eventId(2), message: "order 13 is late", level: "warning" }));
    expect(onlyIssue()).toMatchObject({ count: 2, level: "warning" });
  });

  test("the same event twice counts once", async () => {
    const body = envelope({ event_id: eventId(7), message: "once" });
    await post(body);
    await post(body);
    expect(onlyIssue().count).toBe(1);
  });

  test("a wrong key is refused with 403 and a broken envelope with 400, and nothing is kept", async () => {
    expect((await post(envelope({ event_id: eventId(1), message: "x" }), { key: "f".repeat(32) })).status).toBe(403);
    expect((await post(Buffer.from("no envelope\n"))).status).toBe(400);
    expect((await post(Buffer.from('{}\n{"type":"event","length":999}\n{}'))).status).toBe(400);
    expect(sentry.issues()).toEqual([]);
  });

  test("sessions are counted by release, once for each that begins", async () => {
    const attrs = { release: "r1", environment: "production" };
    const started = new Date().toISOString();
    await post(envelope({ attrs, aggregates: [{ started, exited: 5, crashed: 2, errored: 1 }] }, "sessions"));
    await post(envelope({ sid: "a", init: true, started, status: "ok", attrs }, "session"));
    await post(envelope({ sid: "a", started, status: "crashed", attrs }, "session"));
    const answer = await api(
      "/organizations/pine/sessions/?field=sum(session)&field=crash_rate(session)&groupBy=release&statsPeriod=1h",
    );
    const body = await answer.json();
    expect(body.groups).toHaveLength(1);
    expect(body.groups[0]).toMatchObject({
      by: { release: "r1" },
      totals: { "sum(session)": 9, "crash_rate(session)": 3 / 9 },
    });
  });
});

describe("webhooks", () => {
  test("a new issue sends issue.created and the alert, each signed over its exact bytes", async () => {
    await sdk("r1").capture(priceOf());
    await sentry.webhooksSettled();
    expect(kinds()).toEqual(["issue.created", "event_alert.triggered"]);
    for (const { headers, raw, body } of receiver.received) {
      const sign = (bytes: Buffer | string) => createHmac("sha256", SECRET).update(bytes).digest("hex");
      expect(headers["sentry-hook-signature"]).toBe(sign(raw));
      expect(headers["sentry-hook-signature"]).not.toBe(sign(JSON.stringify(body)));
      expect(headers["request-id"]).toMatch(/^[0-9a-f]{32}$/);
      expect(Number(headers["sentry-hook-timestamp"])).toBeGreaterThan(1_700_000_000);
      expect(raw.every((byte) => byte < 0x80)).toBe(true);
      expect(body.installation).toEqual({ uuid: sentry.installationUuid });
    }
  });

  test("the alert for one issue comes at most once in its interval, and the next issue has its own", async () => {
    const shop = sdk("r1");
    await shop.capture(priceOf());
    await shop.capture(priceOf());
    await shop.capture(new RangeError("other"));
    await sentry.webhooksSettled();
    expect(kinds()).toEqual(["issue.created", "event_alert.triggered", "issue.created", "event_alert.triggered"]);
  });

  test("a receiver that fails is not asked again", async () => {
    receiverStatus = 503;
    await sdk("r1").capture(priceOf());
    await sentry.webhooksSettled();
    expect(kinds()).toHaveLength(2);
    expect(sentry.deliveries.map((one) => one.status)).toEqual([503, 503]);
  });

  test("a receiver that takes longer than a second has lost the delivery", async () => {
    receiverStatus = 0;
    await sdk("r1").capture(priceOf());
    await sentry.webhooksSettled();
    expect(sentry.deliveries.map((one) => one.error)).toEqual(["timeout", "timeout"]);
  });

  test("while webhooks are dropped, nothing arrives, and the API still knows", async () => {
    sentry.dropWebhooks(true);
    await sdk("r1").capture(priceOf());
    await sentry.webhooksSettled();
    expect(receiver.received).toEqual([]);
    expect(await (await api("/organizations/pine/issues/")).json()).toHaveLength(1);
  });

  test("an installation and every error are told where the plan and the set-up say so", async () => {
    await sentry.close();
    sentry = await start({ sendErrorWebhooks: true, sendInstallationWebhook: true });
    await sdk("r1").capture(priceOf());
    await sentry.webhooksSettled();
    expect(kinds()).toEqual(["installation.created", "error.created", "issue.created", "event_alert.triggered"]);
  });

  test("JSON is written as Python writes it", () => {
    expect(
      pythonJson({ at: new PyFloat(1566248777), part: new PyFloat(1.5), n: 3, text: "é\u007f😀", no: undefined }),
    ).toBe('{"at":1566248777.0,"part":1.5,"n":3,"text":"\\u00e9\\u007f\\ud83d\\ude00"}');
  });
});

describe("an issue's life", () => {
  test("resolving says so, and the next error is a regression that says so too", async () => {
    const shop = sdk("r1");
    await shop.capture(priceOf());
    const { id } = onlyIssue();
    expect((await put(id, { status: "resolved" })).status).toBe(200);
    await vi.waitFor(() => expect(onlyIssue().resolvedAtMs).toBeLessThan(Date.now()));
    await shop.capture(priceOf());
    await sentry.webhooksSettled();
    expect(onlyIssue()).toMatchObject({ status: "unresolved", substatus: "regressed", count: 2 });
    expect(kinds().slice(2)).toEqual(["issue.resolved", "issue.unresolved"]);
  });

  test("resolved in the next release, the error may go on in this one and regresses in the next", async () => {
    await sdk("r1").capture(priceOf());
    const { id } = onlyIssue();
    await put(id, { status: "resolved", statusDetails: { inNextRelease: true } });
    await sdk("r1").capture(priceOf());
    expect(onlyIssue()).toMatchObject({ status: "resolved", count: 2 });
    await sdk("r2").capture(priceOf());
    expect(onlyIssue()).toMatchObject({ status: "unresolved", substatus: "regressed", count: 3, lastRelease: "r2" });
  });

  test("resolved in a release, only that one and later ones regress", async () => {
    await sdk("r1").capture(priceOf());
    const { id } = onlyIssue();
    expect((await put(id, { status: "resolved", statusDetails: { inRelease: "nope" } })).status).toBe(400);
    await api("/organizations/pine/releases/", {
      method: "POST",
      body: JSON.stringify({ version: "r2", projects: ["shop"] }),
    });
    await put(id, { status: "resolved", statusDetails: { inRelease: "r2" } });
    await sdk("r1").capture(priceOf());
    expect(onlyIssue().status).toBe("resolved");
    await sdk("r2").capture(priceOf());
    expect(onlyIssue().status).toBe("unresolved");
  });

  test("an archived issue stays archived, and one archived for a number of events comes back", async () => {
    await sdk("r1").capture(priceOf());
    sentry.setStatus(onlyIssue().id, { status: "ignored" });
    await sdk("r1").capture(priceOf());
    expect(onlyIssue()).toMatchObject({ status: "ignored", substatus: "archived_until_escalating" });
    sentry.setStatus(onlyIssue().id, { status: "ignored", statusDetails: { ignoreCount: 1 } });
    await sdk("r1").capture(priceOf());
    await sdk("r1").capture(priceOf());
    expect(onlyIssue().status).toBe("unresolved");
  });

  test("a restart remembers issues, status, releases and keys, also after a line cut short", async () => {
    await sdk("r1").capture(priceOf(), "ada");
    sentry.setStatus(onlyIssue().id, { status: "resolved", statusDetails: { inNextRelease: true } });
    const { id } = onlyIssue();
    const [before] = /\/\/[0-9a-f]+@/.exec(sentry.dsn) ?? [];
    await sentry.close();
    appendFileSync(join(dir.path, "sentry.jsonl"), '{"kind":"event","eve');
    sentry = await start();
    expect(onlyIssue()).toMatchObject({
      id,
      count: 1,
      status: "resolved",
      resolution: { kind: "inNextRelease", release: "r1" },
    });
    expect(sentry.dsn).toContain(before);
    await sdk("r2").capture(priceOf());
    expect(onlyIssue()).toMatchObject({ status: "unresolved", count: 2 });
    await sentry.close();
    sentry = await start();
    expect(onlyIssue().count).toBe(2);
  });
});

describe("the Web API", () => {
  test("nobody gets 401, a token without the scope 403, another organization 404", async () => {
    await sdk("r1").capture(priceOf());
    const { id } = onlyIssue();
    expect((await api(`/organizations/pine/issues/${id}/`, {}, null)).status).toBe(401);
    expect((await api(`/organizations/pine/issues/${id}/`, {}, "wrong")).status).toBe(401);
    expect((await api(`/organizations/pine/issues/${id}/`, {}, "reader")).status).toBe(200);
    expect((await api(`/organizations/pine/issues/${id}/`, { method: "PUT", body: "{}" }, "reader")).status).toBe(403);
    expect((await api("/organizations/pine/events/?dataset=errors&field=count()", {}, "reader")).status).toBe(403);
    expect((await api(`/organizations/other/issues/${id}/`)).status).toBe(404);
    expect((await api("/organizations/pine/issues/1/")).status).toBe(404);
  });

  test("answers carry the rate limit, and more than the limit in a second is refused", async () => {
    const first = await api("/organizations/pine/issues/");
    expect(first.headers.get("x-sentry-rate-limit-limit")).toBe("40");
    expect(Number(first.headers.get("x-sentry-rate-limit-reset"))).toBeGreaterThan(0);
    const burst = await Promise.all(Array.from({ length: 120 }, () => api("/organizations/pine/issues/")));
    expect(burst.some((one) => one.status === 429)).toBe(true);
  });

  test("pages of events carry both relations, and the last says that there is no more", async () => {
    for (let number = 1; number <= 5; number += 1)
      await post(envelope({ event_id: eventId(number), message: "again", release: number > 3 ? "r2" : "r1" }));
    const { id } = onlyIssue();
    const pages: string[][] = [];
    let url = `/organizations/pine/issues/${id}/events/?per_page=2`;
    for (let more = true; more; ) {
      const answer = await api(url);
      pages.push((await answer.json()).map((event: { id: string }) => event.id));
      const link = answer.headers.get("link") ?? "";
      expect(link).toContain('rel="previous"');
      const next = /<([^>]+)>; rel="next"; results="(true|false)"; cursor="[^"]+"$/.exec(link);
      more = next?.[2] === "true";
      url = (next?.[1] ?? "").replace(`${sentry.url}/api/0`, "");
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(new Set(pages.flat()).size).toBe(5);
    const ofRelease = await (
      await api(`/organizations/pine/issues/${id}/events/?query=${encodeURIComponent("release:r2")}&full=true`)
    ).json();
    expect(ofRelease).toHaveLength(2);
    expect(ofRelease[0]).toHaveProperty("entries");
  });

  test("events are found by name, by id, and counted in a window", async () => {
    await post(envelope({ event_id: eventId(1), message: "again", timestamp: Date.now() / 1000 - 7200 }));
    await post(envelope({ event_id: eventId(2), message: "again", timestamp: Date.now() / 1000 }));
    const { id } = onlyIssue();
    const idOf = async (name: string) => (await (await api(`/issues/${id}/events/${name}/`)).json()).id;
    expect(await idOf("latest")).toBe(eventId(2));
    expect(await idOf("oldest")).toBe(eventId(1));
    expect(await idOf("recommended")).toBe(eventId(2));
    expect(await idOf(eventId(1))).toBe(eventId(1));
    const recent = new URLSearchParams({
      start: new Date(Date.now() - 60_000).toISOString(),
      end: new Date(Date.now() + 60_000).toISOString(),
    });
    expect(await (await api(`/organizations/pine/issues/${id}/events/?${recent}`)).json()).toHaveLength(1);
  });

  test("issues are listed by state, environment and text", async () => {
    await post(envelope({ event_id: eventId(1), message: "first kind", environment: "production" }));
    await post(envelope({ event_id: eventId(2), message: "second sort", environment: "staging" }));
    const list = async (query: string) =>
      (await (await api(`/organizations/pine/issues/?${query}`)).json()).map(
        (issue: { shortId: string }) => issue.shortId,
      );
    expect(await list("sort=date")).toEqual(["SHOP-2", "SHOP-1"]);
    expect(await list("environment=staging")).toEqual(["SHOP-2"]);
    expect(await list(`query=${encodeURIComponent("is:unresolved first")}`)).toEqual(["SHOP-1"]);
    sentry.setStatus(sentry.issues()[0]?.id ?? "", { status: "resolved" });
    expect(await list("query=is:unresolved")).toEqual(["SHOP-2"]);
    expect(await list("query=")).toHaveLength(2);
    const bad = await api("/organizations/pine/issues/?statsPeriod=soon");
    expect([bad.status, await bad.json()]).toEqual([400, { detail: "Invalid statsPeriod: 'soon'" }]);
  });

  test("explore counts the errors of an issue by release", async () => {
    for (let number = 1; number <= 5; number += 1)
      await post(envelope({ event_id: eventId(number), message: "again", release: number > 3 ? "r2" : "r1" }));
    const { id } = onlyIssue();
    const query = new URLSearchParams([
      ["dataset", "errors"],
      ["field", "release"],
      ["field", "count()"],
      ["sort", "-count"],
      ["query", `issue.id:${id}`],
    ]);
    const body = await (await api(`/organizations/pine/events/?${query}`)).json();
    expect(body.data).toEqual([
      { release: "r1", "count()": 3 },
      { release: "r2", "count()": 2 },
    ]);
    expect((await api("/organizations/pine/events/?field=count()")).status).toBe(400);
    const none = await (await api("/organizations/pine/events/?dataset=errors&field=count()&query=release:r9")).json();
    expect(none.data).toEqual([{ "count()": 0 }]);
    const stats = await (
      await api(`/organizations/pine/events-stats/?dataset=errors&interval=1h&query=issue.id:${id}`)
    ).json();
    expect(stats.data.reduce((sum: number, [, [{ count }]]: [number, [{ count: number }]]) => sum + count, 0)).toBe(5);
  });

  test("a release is created once with its commits, and listed newest first", async () => {
    const body = JSON.stringify({
      version: "pkg@1.2+build",
      projects: ["shop"],
      commits: [{ id: "c".repeat(40), message: "fix", author_name: "Ada", author_email: "ada@example.com" }],
    });
    const create = () => api("/organizations/pine/releases/", { method: "POST", body });
    expect((await create()).status).toBe(201);
    expect((await create()).status).toBe(208);
    const commits = await (
      await api(`/organizations/pine/releases/${encodeURIComponent("pkg@1.2+build")}/commits/`)
    ).json();
    expect(commits[0]).toMatchObject({ id: "c".repeat(40), author: { name: "Ada" } });
    await post(envelope({ event_id: eventId(1), message: "x", release: "later" }));
    const list = await (await api("/organizations/pine/releases/")).json();
    expect(list.map((one: { version: string }) => one.version)).toEqual(["later", "pkg@1.2+build"]);
  });

  test("the issue page shows the error and lets no markup through", async () => {
    await post(
      envelope({
        event_id: eventId(1),
        exception: { values: [{ type: "Error", value: "<script>alert(1)</script>" }] },
      }),
    );
    const answer = await fetch(`${sentry.url}/organizations/pine/issues/${onlyIssue().id}/`);
    const text = await answer.text();
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script>");
  });
});

const samples = samplesDir("sentry");
// Recorded payloads are not part of the project: without them there is nothing to compare with.
describe.skipIf(samples === null)(
  "shapes beside Sentry's own samples (skipped where the samples folder is not there)",
  () => {
    const sample = (name: string) => JSON.parse(readFileSync(join(samples ?? "", name), "utf8"));
    // What an event happens to carry differs between a browser's sample and a Node program.
    const FREE = [
      "contexts",
      "metadata",
      "statusDetails",
      "data",
      "user",
      "mechanism",
      "sdk",
      "context",
      "packages",
      "_meta",
      "errors",
      "seenBy",
      "activity",
      "assignedTo",
      "groupingConfig",
      "rawStacktrace",
    ];

    test("every field of Sentry's sample is there, with its type", async () => {
      await sentry.close();
      sentry = await start({ sendErrorWebhooks: true, sendInstallationWebhook: true });
      await sdk("b".repeat(40)).capture(priceOf(), "ada");
      await sdk("b".repeat(40)).capture(priceOf(), "ada");
      await sentry.webhooksSettled();
      const { id, shortId } = onlyIssue();
      sentry.setStatus(id, { status: "resolved" });
      await sentry.webhooksSettled();
      const hook = (kind: string) => receiver.received[kinds().indexOf(kind)]?.body;
      const get = async (path: string) => (await api(path)).json();
      const issue = await get(`/organizations/pine/issues/${id}/`);
      const faults = {
        installation: shapeFaults(
          sample("webhook-installation.created.json").data.installation,
          hook("installation.created")?.data?.installation,
        ),
        created: shapeFaults(sample("webhook-issue.created.json").data.issue, hook("issue.created")?.data?.issue, FREE),
        resolved: shapeFaults(
          sample("webhook-example-app-issue.resolved.json").data.issue,
          hook("issue.resolved")?.data?.issue,
          FREE,
        ),
        alert: shapeFaults(
          sample("webhook-event_alert.triggered.json").data.event,
          hook("event_alert.triggered")?.data?.event,
          FREE,
        ),
        error: shapeFaults(sample("webhook-error.created.json").data.error, hook("error.created")?.data?.error, FREE),
        issue: shapeFaults(sample("api-issue-get.json"), issue, FREE),
        issueRecorded: shapeFaults(sample("mcp-fixture-issue.json"), issue, FREE),
        list: shapeFaults(sample("api-issues-list.json"), await get("/organizations/pine/issues/?query="), [
          ...FREE,
          "inbox",
          "owners",
          "derivedData",
        ]),
        shortId: shapeFaults(sample("api-shortid.json"), await get(`/organizations/pine/shortids/${shortId}/`), FREE),
        event: shapeFaults(
          sample("api-issue-event-latest.json"),
          await get(`/organizations/pine/issues/${id}/events/latest/`),
          [...FREE, "release", "entries"],
        ),
        recorded: shapeFaults(
          sample("mcp-fixture-event.json"),
          await get(`/organizations/pine/issues/${id}/events/latest/`),
          FREE,
        ),
        releases: shapeFaults(sample("api-releases-list.json"), await get("/organizations/pine/releases/"), [
          "versionInfo",
        ]),
        release: shapeFaults(
          sample("mcp-fixture-release.json"),
          await get(`/organizations/pine/releases/${"b".repeat(40)}/`),
        ),
        explore: shapeFaults(
          sample("mcp-fixture-events-errors.json"),
          await get(
            "/organizations/pine/events/?dataset=errors&field=issue.id&field=title&field=project&field=count()&field=last_seen()&field=issue",
          ),
        ),
        timeseries: shapeFaults(
          sample("api-events-timeseries.json"),
          await get("/organizations/pine/events-timeseries/?dataset=errors&interval=1h"),
          ["groupBy"],
        ),
      };
      expect(Object.fromEntries(Object.entries(faults).filter(([, list]) => list.length > 0))).toEqual({});
    });

    test("the exception entry of an event has the frames of the recorded one", async () => {
      await sdk("b".repeat(40)).capture(priceOf());
      const ours = await (await api(`/issues/${onlyIssue().id}/events/latest/`)).json();
      const exception = (event: { entries: { type: string }[] }) =>
        event.entries.find((entry) => entry.type === "exception");
      expect(
        shapeFaults(exception(sample("mcp-fixture-event.json")), exception(ours), ["mechanism", "rawStacktrace"]),
      ).toEqual([]);
    });
  },
);
