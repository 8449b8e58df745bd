import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDemoGitHub } from "../../demo/github/index.ts";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { type DemoSentry, startDemoSentry } from "../../demo/sentry/index.ts";
import { createSentry } from "../../lib/adapters/sentry/index.ts";
import { createDeploymentFeed } from "../../lib/adapters/vercel/index.ts";
import type { IssueFeed, PolledPage } from "../../lib/reconcile/ports.ts";
import { systemClock } from "../../lib/runtime/clock.ts";
import { silent, tempDir } from "../demo/world-support.ts";
import issue from "../fixtures/sentry/api-issue.json" with { type: "json" };
import deployments from "../fixtures/vercel/api-deployments.json" with { type: "json" };
import { connectGitHub } from "../support/demo-github.ts";
import { withPermit } from "../support/permits.ts";
import { openScriptedGitHub } from "../support/scripted-github.ts";

const SINCE = "2026-10-06T10:00:00.000Z";
const UNTIL = "2026-10-06T12:00:00.000Z";
const first = { since: SINCE, until: UNTIL, cursor: null };

/** Every page of a list, as a look reads them. */
async function readAll<T>(list: (cursor: string | null) => Promise<PolledPage<T>>) {
  const items: T[] = [];
  let pages = 0;
  for (let cursor: string | null = null; pages === 0 || cursor !== null; pages += 1) {
    const page: PolledPage<T> = await list(cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return { items, pages };
}

describe("Sentry's list of issues", () => {
  let app: Hono;
  let served: Served;
  let queries: Record<string, string>[];
  const ISSUES = "/api/0/organizations/acme/issues/";

  beforeEach(async () => {
    app = new Hono();
    queries = [];
    app.use(async (c, next) => {
      queries.push(c.req.query());
      return next();
    });
    served = await serveApp(app);
  });
  afterEach(() => served.close());

  const feed = (project: string | null = "shop-api"): IssueFeed =>
    createSentry({
      url: served.url,
      authToken: "sntrys_token",
      org: "acme",
      project,
      environment: "production",
      clock: systemClock,
      timeoutMs: 1_000,
    }).issueFeed;
  const link = (at: number, results: boolean) =>
    `<${served.url}${ISSUES}?&cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", ` +
    `<${served.url}${ISSUES}?&cursor=0:${at}:0>; rel="next"; results="${results}"; cursor="0:${at}:0"`;

  it("is asked for whole: any status, the watched environment and project, events of that time", async () => {
    app.get(ISSUES, (c) => c.json([]));
    await feed().listChangedIssues(first);
    await feed("4509062593708032").listChangedIssues({ ...first, cursor: "0:100:0" });
    await feed(null).listChangedIssues(first);
    const asked = { sort: "date", limit: "100", environment: "production", start: SINCE, end: UNTIL };
    expect(queries).toEqual([
      { ...asked, query: 'project:"shop-api"', project: "-1" },
      { ...asked, query: "", project: "4509062593708032", cursor: "0:100:0" },
      { ...asked, query: "", project: "-1" },
    ]);
  });

  it("is read in our words, with the times as Sentry writes them", async () => {
    app.get(ISSUES, (c) => c.json([{ ...issue, issueCategory: "error", substatus: "escalating" }]));
    expect((await feed().listChangedIssues(first)).items).toEqual([
      {
        issueId: "6507376925",
        shortId: "SHOP-API-2K",
        title: "TypeError: Cannot read properties of undefined (reading 'price')",
        culprit: "POST /cart",
        level: "error",
        status: "unresolved",
        isRegressed: true,
        category: "error",
        url: "https://acme.sentry.io/issues/6507376925/",
        sourceProject: "shop-api",
        events: 150,
        users: 12,
        firstSeenAt: "2026-10-05T21:19:55.000Z",
        lastSeenAt: "2026-10-06T11:58:01.919Z",
        raw: { firstSeen: issue.firstSeen, lastSeen: issue.lastSeen },
      },
    ]);
  });

  it('ends where `results` is "false", although a next page is named', async () => {
    app.get(ISSUES, (c) => {
      const at = Number(c.req.query("cursor")?.split(":")[1] ?? 0);
      c.header("link", link(at + 1, at < 2));
      return c.json([{ ...issue, id: String(at + 1) }]);
    });
    const { items, pages } = await readAll((cursor) => feed().listChangedIssues({ ...first, cursor }));
    expect([items.map((one) => one.issueId), pages]).toEqual([["1", "2", "3"], 3]);
  });

  it("with an item of another shape still gives the others, and names it with its time", async () => {
    const odd = { id: 7, lastSeen: "2026-10-06T11:00:00Z" };
    app.get(ISSUES, (c) => c.json([odd, "junk", issue, { ...issue, id: "8", status: "pending_deletion" }]));
    const page = await feed().listChangedIssues(first);
    expect(page.items.map((one) => one.issueId)).toEqual(["6507376925"]);
    expect(page.unreadable).toMatchObject([
      { id: "7", at: "2026-10-06T11:00:00.000Z", fault: expect.stringContaining("title") },
      { id: "unknown", at: null },
    ]);
  });

  it("with text that no database stores is made storable", async () => {
    app.get(ISSUES, (c) => c.json([{ ...issue, title: `bad \0 and \ud800 ${"x".repeat(900)}` }]));
    const [read] = (await feed().listChangedIssues(first)).items;
    expect(read?.title.startsWith("bad \uFFFD and \uFFFD x")).toBe(true);
    expect(read?.title.length).toBe(500);
  });

  it("is left alone for as long as Sentry says", async () => {
    app.get(ISSUES, (c) => c.json({ detail: "slow down" }, 429, { "retry-after": "7" }));
    await expect(feed().listChangedIssues(first)).rejects.toMatchObject({
      code: "provider_rate_limited",
      retry: { afterMs: 7_000 },
    });
  });

  it("has no issue that is gone", async () => {
    expect(await feed().findIssue("1")).toBeNull();
  });
});

describe("Sentry's list of issues in the demo world", () => {
  let demo: DemoSentry;
  let dir: ReturnType<typeof tempDir>;

  beforeEach(async () => {
    dir = tempDir();
    demo = await startDemoSentry({
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
    await demo.close();
    dir.remove();
  });

  async function report(value: string, ageMs: number, environment: string): Promise<void> {
    const event_id = crypto.randomUUID().replaceAll("-", "");
    const exception = { values: [{ type: value, value }] };
    const event = { event_id, timestamp: (Date.now() - ageMs) / 1_000, level: "error", environment, exception };
    const lines = [{ event_id }, { type: "event" }, event].map((line) => JSON.stringify(line));
    const key = new URL(demo.dsn).username;
    const url = `${demo.url}/api/${demo.projectId}/envelope/?sentry_key=${key}`;
    expect((await fetch(url, { method: "POST", body: lines.join("\n") })).status).toBe(200);
  }

  it("holds what had an event in that time and environment, whatever its status, over all pages", async () => {
    for (let at = 0; at < 103; at += 1) await report(`Error${at}`, 60_000, "production");
    await report("OnlyOnStaging", 60_000, "staging");
    await report("LongAgo", 7_200_000, "production");
    const resolved = demo.issues()[5]?.id ?? "";
    demo.setStatus(resolved, { status: "resolved" });
    const { issueFeed } = createSentry({
      url: demo.url,
      authToken: "sntrys_test",
      org: "pine",
      project: "shop",
      environment: "production",
      clock: systemClock,
      timeoutMs: 5_000,
    });
    const range = { since: new Date(Date.now() - 3_600_000).toISOString(), until: new Date().toISOString() };
    const { items, pages } = await readAll((cursor) => issueFeed.listChangedIssues({ ...range, cursor }));
    expect([items.length, pages]).toEqual([103, 2]);
    expect(items.filter((one) => one.status === "resolved").map((one) => one.issueId)).toEqual([resolved]);
    expect(await issueFeed.findIssue(resolved)).toMatchObject({ issueId: resolved, status: "resolved" });
  });
});

describe("Vercel's list of deployments", () => {
  let app: Hono;
  let served: Served;
  let queries: Record<string, string>[];

  beforeEach(async () => {
    app = new Hono();
    queries = [];
    served = await serveApp(app);
  });
  afterEach(() => served.close());
  const feed = () =>
    createDeploymentFeed({ url: served.url, token: "t", teamId: "team", projectId: "prj_shop", timeoutMs: 1_000 });
  const range = { since: "2026-10-01T00:00:00.000Z", until: "2026-10-06T12:00:00.000Z", cursor: null };

  it("is read in our words, previews left out, by creation time and over pages", async () => {
    const [newest, ...older] = deployments.deployments;
    app.get("/v7/deployments", (c) => {
      queries.push(c.req.query());
      const isSecond = queries.length > 1;
      return c.json({
        deployments: isSecond ? older : [newest],
        pagination: { next: isSecond ? null : 1_791_201_604_999 },
      });
    });
    const { items, pages } = await readAll((cursor) => feed().listDeployments({ ...range, cursor }));
    expect(pages).toBe(2);
    expect(items.map((one) => [one.deploymentId, one.state])).toEqual([
      ["dpl_f", "building"],
      ["dpl_e", "error"],
      ["dpl_c", "ready"],
      ["dpl_b", "ready"],
      ["dpl_a", "ready"],
    ]);
    const asked = { projectId: "prj_shop", teamId: "team", target: "production", limit: "100" };
    const since = String(Date.parse(range.since));
    expect(queries).toEqual([
      { ...asked, since, until: String(Date.parse(range.until)) },
      { ...asked, since, until: "1791201604999" },
    ]);
  });

  it("with a deployment in words that are not known still gives the others", async () => {
    const [newest, second] = deployments.deployments;
    app.get("/v7/deployments", (c) =>
      c.json({ deployments: [{ ...newest, readyState: "DREAMING" }, second, { uid: 3, target: "production" }] }),
    );
    const page = await feed().listDeployments(range);
    expect(page.items.map((one) => one.deploymentId)).toEqual(["dpl_e"]);
    expect(page.unreadable).toMatchObject([
      { id: "dpl_f", at: "2026-10-05T12:00:05.000Z" },
      { id: "unknown", at: null },
    ]);
  });
});

describe("GitHub's failed deliveries", () => {
  it("are read over pages by their cursor, until they are too old", async () => {
    const scripted = await openScriptedGitHub();
    const item = (id: number, delivered_at: string) => ({
      id,
      guid: `guid-${id}`,
      delivered_at,
      redelivery: false,
      duration: 0.1,
      status: "failed to connect to host",
      status_code: 502,
      event: id === 1 ? "push" : "issues",
      action: id === 1 ? null : "opened",
      installation_id: 100,
      repository_id: 1,
    });
    const came = { ...item(5, "2026-10-06T10:31:00Z"), status: "OK", status_code: 202 };
    scripted.app.get("/app/hook/deliveries", (c) => {
      expect(c.req.query("status")).toBe("failure");
      if (c.req.query("cursor") === "v1_2")
        return c.json([came, item(2, "2026-10-06T10:30:00Z"), item(3, "2026-10-06T09:59:59Z")], 200, {
          link: `<${scripted.url}/app/hook/deliveries?cursor=v1_4>; rel="next"`,
        });
      const link = `<${scripted.url}/app/hook/deliveries?per_page=100&cursor=v1_2>; rel="next"`;
      return c.json([item(1, "2026-10-06T11:00:00Z"), { guid: "odd", delivered_at: "2026-10-06T10:45:00Z" }], 200, {
        link,
      });
    });
    const { failedDeliveries } = scripted.create();
    const page = await failedDeliveries.listFailedAttempts(first);
    expect(page.unreadable).toMatchObject([{ id: "odd", at: "2026-10-06T10:45:00.000Z" }]);
    const { items, pages } = await readAll((cursor) => failedDeliveries.listFailedAttempts({ ...first, cursor }));
    expect(pages).toBe(2);
    expect(items).toEqual([
      { attemptId: "1", guid: "guid-1", event: "push", at: "2026-10-06T11:00:00.000Z", statusCode: 502 },
      { attemptId: "2", guid: "guid-2", event: "issues.opened", at: "2026-10-06T10:30:00.000Z", statusCode: 502 },
    ]);
    expect(scripted.tokens).toEqual([]);
    await scripted.close();
  });

  it("keep their ids, which have more digits than a number holds", async () => {
    const scripted = await openScriptedGitHub();
    const item = '"guid":"g","delivered_at":"2026-10-06T11:00:00Z","status_code":502,"event":"push","action":null';
    scripted.app.get("/app/hook/deliveries", (c) =>
      c.body(`[{"id":3804004623172239366,${item}}]`, 200, { "content-type": "application/json; charset=utf-8" }),
    );
    scripted.app.post("/app/hook/deliveries/:id/attempts", (c) => c.json({}, 202));
    const { failedDeliveries } = scripted.create();
    const [attempt] = (await failedDeliveries.listFailedAttempts(first)).items;
    expect(attempt?.attemptId).toBe("3804004623172239366");
    await withPermit("github.redelivery", (permit) =>
      failedDeliveries.ensureRedelivered(permit, attempt?.attemptId ?? ""),
    );
    expect(scripted.calls.at(-1)).toBe("POST /app/hook/deliveries/3804004623172239366/attempts");
    await scripted.close();
  });

  it("come again under the same guid when they are asked for, in the demo world", async () => {
    const dir = await mkdtemp(join(tmpdir(), "patchpilot-demo-github-"));
    const heard: (string | undefined)[] = [];
    const receiver = await serveApp(
      new Hono().post("/hook", (c) => {
        heard.push(c.req.header("x-github-delivery"));
        return c.json({}, 202);
      }),
    );
    const app = { id: 12345, slug: "patchpilot", webhookSecret: "secret", webhookUrl: `${receiver.url}/hook` };
    const demo = await startDemoGitHub({ dir, app });
    demo.addUser({ login: "maintainer", permission: "admin" });
    await demo.createRepository({ owner: "maintainer", name: "shop" });
    await demo.seed("maintainer/shop", { "README.md": "# shop\n" }, "first");
    await demo.settled();
    heard.length = 0;
    demo.dropWebhooks(true);
    await demo.person("maintainer").openIssue("lost", "");
    await demo.settled();
    demo.dropWebhooks(false);
    const { failedDeliveries } = connectGitHub(demo);
    const range = {
      since: new Date(Date.now() - 60_000).toISOString(),
      until: new Date(Date.now() + 60_000).toISOString(),
    };
    const { items } = await readAll((cursor) => failedDeliveries.listFailedAttempts({ ...range, cursor }));
    const lost = items.find((one) => one.event === "issues.opened");
    expect(lost).toMatchObject({ statusCode: 502 });
    await withPermit("github.redelivery", (permit) =>
      failedDeliveries.ensureRedelivered(permit, lost?.attemptId ?? ""),
    );
    await demo.settled();
    expect(heard).toEqual([lost?.guid]);
    await demo.close();
    await receiver.close();
    await rm(dir, { recursive: true, force: true });
  });
});
