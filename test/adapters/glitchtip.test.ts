import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DemoGlitchtip, startDemoGlitchtip } from "../../demo/glitchtip/index.ts";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { createGlitchtip, type Glitchtip, type GlitchtipConfig } from "../../lib/adapters/glitchtip/index.ts";
import { readGlitchtip } from "../../lib/intake/read-glitchtip.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import apiEvent from "../fixtures/glitchtip/api-event.json" with { type: "json" };
import apiIssue from "../fixtures/glitchtip/api-issue.json" with { type: "json" };
import { withPermit } from "../support/permits.ts";

const TOKEN = "glitchtip-token";

function create(url: string, more: Partial<GlitchtipConfig> = {}): Glitchtip {
  return createGlitchtip({
    url,
    authToken: TOKEN,
    org: "acme",
    project: null,
    environment: "production",
    clock: { now: () => new Date() },
    timeoutMs: 2_000,
    ...more,
  });
}

describe("documented answers", () => {
  const ISSUE = "/api/0/issues/4711/";
  let app: Hono;
  let served: Served;
  let requests: string[];

  beforeEach(async () => {
    app = new Hono();
    requests = [];
    app.use(async (c, next) => {
      requests.push(`${c.req.method} ${c.req.path}`);
      return next();
    });
    served = await serveApp(app);
  });
  afterEach(() => served.close());

  it("an issue has its page's address, which the API does not tell, and its level", async () => {
    app.get(ISSUE, (c) => c.json(apiIssue));
    expect(await create(`${served.url}/`).errorSource.findIssue("4711")).toEqual({
      issueId: "4711",
      shortId: "WEB-2K",
      title: "TypeError: Cannot read properties of undefined (reading 'id')",
      culprit: "GET /api/orders/[id]",
      level: "warning",
      status: "unresolved",
      isRegressed: false,
      url: `${served.url}/acme/issues/4711`,
      events: 17,
      users: 0,
      firstSeenAt: "2026-10-05T21:19:55.020Z",
      lastSeenAt: "2026-10-06T11:58:01.919Z",
    });
  });

  it("an event has its frames, crash last, and whether it was handled", async () => {
    app.get(`${ISSUE}events/latest/`, (c) => c.json(apiEvent));
    expect(await create(served.url).errorSource.findLatestEvent("4711")).toMatchObject({
      release: "web@1f0c3ab",
      environment: "production",
      excerpt: {
        eventId: "9999aaaaca8b46d797c23c6077c6ff01",
        errorType: "TypeError",
        handled: false,
        requestUrl: "https://shop.example/api/orders/7",
        frames: [{ inApp: false }, { function: "show", line: 12, contextLine: "  return order.id;" }],
      },
    });
  });

  it("an issue of another project than the configured one counts as unknown", async () => {
    app.get(ISSUE, (c) => c.json(apiIssue));
    expect(await create(served.url, { project: "api" }).errorSource.findIssue("4711")).toBeNull();
    for (const project of ["web", "3"])
      expect(await create(served.url, { project }).errorSource.findIssue("4711")).not.toBeNull();
  });

  it.each(["9223372036854775808", "99999999999999999999999999", "-1", "1/../2", "uptime-monitor-3", ""])(
    "the id '%s' is not asked for: it can be no issue's",
    async (id) => {
      const { errorSource, errorHistory, monitors } = create(served.url);
      const range = { environment: null, from: "2026-10-05T00:00:00Z", to: "2026-10-06T00:00:00Z" };
      expect(await errorSource.findIssue(id)).toBeNull();
      expect(await errorSource.findLatestEvent(id)).toBeNull();
      expect(await errorHistory.findStatus(id)).toBeNull();
      expect(await errorHistory.listEvents({ issueId: id, ...range })).toEqual({ events: [], truncated: false });
      expect(await monitors.findMonitor(id)).toBeNull();
      expect(requests).toEqual([]);
    },
  );

  it("the organization is found where the token sees one, once, and asked for where it sees several", async () => {
    let slugs = ["acme", "beta"];
    app.get(ISSUE, (c) => c.json(apiIssue));
    app.get("/api/0/organizations/", (c) => c.json(slugs.map((slug) => ({ slug }))));
    const glitchtip = create(served.url, { org: null });
    const unclear = { code: "glitchtip_org_unclear", retry: "never" };
    await expect(glitchtip.errorSource.findIssue("4711")).rejects.toMatchObject(unclear);
    slugs = ["acme"];
    await glitchtip.errorSource.findIssue("4711");
    expect(await glitchtip.errorSource.findIssue("4711")).toMatchObject({ url: `${served.url}/acme/issues/4711` });
    expect(requests.filter((one) => one.endsWith("/organizations/"))).toHaveLength(2);
  });

  it("an issue that has no short id, and one that is written with none, have none", async () => {
    app.get(ISSUE, (c) => c.json({ ...apiIssue, shortId: "" }));
    expect(await create(served.url).errorSource.findIssue("4711")).toMatchObject({ shortId: null });
  });

  it("a wrong token is an error of its own, not an unknown issue", async () => {
    app.get(ISSUE, (c) => c.json({ detail: "Unauthorized" }, 401));
    await expect(create(served.url).errorSource.findIssue("4711")).rejects.toMatchObject({
      code: "provider_unauthorized",
    });
  });

  it("the list of events is read in either spelling", async () => {
    const [at, tags] = ["2026-10-06T11:00:00Z", apiEvent.tags];
    app.get(`${ISSUE}events/`, (c) =>
      c.json([
        { id: "b", dateCreated: at, dateReceived: at, tags },
        { id: "a", date_created: at, date_received: at, tags },
      ]),
    );
    const range = { environment: "production", from: "2026-10-06T10:00:00Z", to: "2026-10-06T12:00:00Z" };
    const { events } = await create(served.url).errorHistory.listEvents({ issueId: "4711", ...range });
    expect(events).toEqual(Array(2).fill({ at: "2026-10-06T11:00:00.000Z", release: "web@1f0c3ab" }));
  });
});

describe("the demo GlitchTip", () => {
  let dir: string;
  let demo: DemoGlitchtip;
  let glitchtip: Glitchtip;

  const open = (more: Partial<Parameters<typeof startDemoGlitchtip>[0]> = {}) =>
    startDemoGlitchtip({
      dir,
      org: "acme",
      project: "shop",
      authToken: TOKEN,
      webhookUrl: null,
      alert: null,
      dialect: "older",
      log: () => {},
      ...more,
    });
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "glitchtip-"));
    demo = await open();
    glitchtip = create(demo.url);
  });
  afterEach(async () => {
    await demo.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** An event as an SDK sends it, with the time at which it happened. */
  async function report(more: Record<string, unknown> = {}, atMs = Date.now()): Promise<void> {
    const dsn = new URL(demo.dsn);
    const id = crypto.randomUUID().replaceAll("-", "");
    const event = {
      event_id: id,
      timestamp: atMs / 1_000,
      platform: "node",
      level: "error",
      environment: "production",
      release: "r1",
      transaction: "GET /orders",
      exception: { values: [{ type: "TypeError", value: "x is undefined", mechanism: { type: "g", handled: false } }] },
      ...more,
    };
    const body = [{ event_id: id, dsn: demo.dsn }, { type: "event" }, event]
      .map((one) => JSON.stringify(one))
      .join("\n");
    const path = `/api/${demo.projectId}/envelope/?sentry_key=${dsn.username}`;
    const answer = await fetch(`${dsn.origin}${path}`, { method: "POST", body });
    expect(answer.status).toBe(200);
  }
  const errorOf = (type: string) => ({ exception: { values: [{ type, value: "broken" }] } });
  const firstId = () => demo.issues()[0]?.id ?? "";

  it("tells of an issue and its newest event of the watched environment, also behind many of another", async () => {
    await report({ release: "r-production" }, Date.now() - 60_000);
    for (let index = 0; index < 60; index++) await report({ environment: "staging", release: "r-staging" });
    expect(await glitchtip.errorSource.findIssue(firstId())).toMatchObject({
      title: "TypeError: x is undefined",
      events: 61,
      users: 0,
      url: `${demo.url}/acme/issues/${firstId()}`,
    });
    expect(await glitchtip.errorSource.findLatestEvent(firstId())).toMatchObject({
      release: "r-production",
      environment: "production",
      excerpt: { errorType: "TypeError", handled: false },
    });
    const elsewhere = create(demo.url, { environment: "preview" });
    expect(await elsewhere.errorSource.findLatestEvent(firstId())).toBeNull();
  });

  it("counts the events of a time span and environment over all pages, newest first", async () => {
    const now = Date.now();
    for (let index = 0; index < 130; index++) await report({ release: `r${index % 2}` }, now - index * 1_000);
    await report({ environment: "staging" });
    const range = { from: new Date(now - 119_500).toISOString(), to: new Date(Date.now() + 1_000).toISOString() };
    const all = await glitchtip.errorHistory.listEvents({ issueId: firstId(), environment: null, ...range });
    const ours = await glitchtip.errorHistory.listEvents({ issueId: firstId(), environment: "production", ...range });
    expect(all.truncated).toBe(false);
    expect(all.events.length - ours.events.length).toBe(1);
    expect(ours.events).toHaveLength(120);
    expect(ours.events.map(({ at }) => at)).toEqual(
      ours.events
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    expect(new Set(ours.events.map(({ release }) => release))).toEqual(new Set(["r0", "r1"]));
  });

  it("is resolved once, with or without a release", async () => {
    await report();
    const issueId = firstId();
    for (let time = 0; time < 2; time++) {
      await withPermit("source.status", (permit) =>
        glitchtip.errorHistory.ensureResolved(permit, { issueId, release: "r2" }),
      );
    }
    expect(await glitchtip.errorHistory.findStatus(issueId)).toBe("resolved");
    expect(demo.issues()[0]?.activity.filter(({ type }) => type === "set_resolved")).toHaveLength(1);
  });

  it("lists unresolved issues of the watched environment since a moment, over all pages", async () => {
    for (let index = 0; index < 57; index++)
      await report(errorOf(`Error${String.fromCharCode(65 + (index % 26))}${index}x`));
    await report({ ...errorOf("StagingError"), environment: "staging" });
    await report(errorOf("OldError"), Date.now() - 3_600_000);
    await report(errorOf("ResolvedError"));
    const resolved = demo.issues().find(({ latest }) => latest.title.startsWith("ResolvedError"));
    demo.setStatus(resolved?.id ?? "", "resolved");
    const since = new Date(Date.now() - 60_000).toISOString();
    const listed = await glitchtip.issueListing.listRecentIssues({ since, limit: 100 });
    expect(listed).toHaveLength(57);
    expect(listed.every(({ title }) => /^Error/.test(title))).toBe(true);
    expect(await glitchtip.issueListing.listRecentIssues({ since, limit: 5 })).toHaveLength(5);
    const ofProject = create(demo.url, { project: "shop" });
    expect(await ofProject.issueListing.listRecentIssues({ since, limit: 100 })).toHaveLength(57);
  });

  it("can be polled for what changed, in any status, over all pages and no further back than asked", async () => {
    for (let index = 0; index < 55; index++)
      await report(errorOf(`Error${String.fromCharCode(65 + (index % 26))}${index}x`));
    for (let index = 0; index < 55; index++) await report(errorOf(`Old${index}x`), Date.now() - 3_600_000);
    demo.setStatus(firstId(), "resolved");
    const range = { since: new Date(Date.now() - 60_000).toISOString(), until: new Date().toISOString() };
    const first = await glitchtip.issueFeed.listChangedIssues({ ...range, cursor: null });
    expect(first.nextCursor).not.toBeNull();
    const second = await glitchtip.issueFeed.listChangedIssues({ ...range, cursor: first.nextCursor });
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([50, 5, null]);
    expect([...first.items, ...second.items].filter(({ status }) => status === "resolved")).toHaveLength(1);
    expect(await glitchtip.issueFeed.findIssue(firstId())).toMatchObject({
      status: "resolved",
      users: null,
      url: `${demo.url}/acme/issues/${firstId()}`,
    });
    expect(await glitchtip.issueFeed.findIssue("uptime-monitor-12")).toBeNull();
  });

  it("knows its monitors", async () => {
    demo.checkMonitor("12", "Landing page", false);
    expect(await glitchtip.monitors.findMonitor("12")).toMatchObject({ name: "Landing page", isUp: false });
    expect(await glitchtip.monitors.findMonitor("13")).toBeNull();
  });

  it("refuses a token without the scope, and another's", async () => {
    await report();
    const other = create(demo.url, { authToken: "another" });
    await expect(other.errorSource.findIssue(firstId())).rejects.toMatchObject({ code: "provider_unauthorized" });
  });
});

describe("its messages", () => {
  it.each(["older", "newer"] as const)(
    "in the %s dialect are read, three issues of seven, each told of once ever",
    async (dialect) => {
      const bodies: unknown[] = [];
      const app = new Hono();
      app.post("/hook/token", async (c) => {
        bodies.push(await c.req.json());
        return c.body(null, 202);
      });
      const hook = await serveApp(app);
      const dir = mkdtempSync(join(tmpdir(), "glitchtip-"));
      const alert = { quantity: 1, timespanMinutes: 1, everyMs: 3_600_000 };
      const webhookUrl = `${hook.url}/hook/token`;
      const shared = { dir, org: "acme", project: "shop", authToken: TOKEN, log: () => {} };
      const demo = await startDemoGlitchtip({ ...shared, webhookUrl, alert, dialect });
      const dsn = new URL(demo.dsn);
      const reportSeven = async () => {
        for (const type of ["A", "B", "C", "D", "E", "F", "G"]) {
          const event = {
            event_id: crypto.randomUUID().replaceAll("-", ""),
            environment: "production",
            exception: { values: [{ type: `${type}Error`, value: "broken" }] },
          };
          const body = [{}, { type: "event" }, event].map((one) => JSON.stringify(one)).join("\n");
          const address = `${dsn.origin}/api/${demo.projectId}/envelope/?sentry_key=${dsn.username}`;
          await fetch(address, { method: "POST", body });
        }
      };
      await reportSeven();
      demo.processAlerts();
      await reportSeven();
      demo.processAlerts();
      demo.checkMonitor("12", "Landing page", false);
      demo.checkMonitor("12", "Landing page", true);
      await demo.webhooksSettled();
      await demo.close();
      await hook.close();
      rmSync(dir, { recursive: true, force: true });
      const read = bodies.map((body) => readGlitchtip(headerReader({}), body, new Date()));
      expect(read).toMatchObject([
        { outcome: "accepted", unnamed: 4, signal: { kind: "alert" }, further: [{ kind: "alert" }, { kind: "alert" }] },
        { outcome: "accepted", signal: { problem: "uptime", issueId: "uptime-monitor-12" } },
        { outcome: "accepted", signal: { kind: "issue_status", status: "resolved" } },
      ]);
      const shortIds = read.map(
        (one) => one.outcome === "accepted" && one.signal.kind === "alert" && one.signal.shortId,
      );
      expect(shortIds[0]).toBe(dialect === "older" ? "SHOP-1" : null);
    },
  );
});
