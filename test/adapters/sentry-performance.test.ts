import { existsSync, readFileSync } from "node:fs";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { type DemoSentry, startDemoSentry } from "../../demo/sentry/index.ts";
import { createSentry, type SentryConfig } from "../../lib/adapters/sentry/index.ts";
import { silent, tempDir } from "../demo/world-support.ts";

const EVENTS = "/api/0/organizations/acme/events/";
const NOW = "2026-10-06T12:00:00.000Z";

let app: Hono;
let served: Served;
let asked: URL[];

beforeEach(async () => {
  app = new Hono();
  asked = [];
  app.use(async (c, next) => {
    asked.push(new URL(c.req.url));
    return next();
  });
  served = await serveApp(app);
});
afterEach(() => served.close());

function create(more: Partial<SentryConfig> = {}) {
  return createSentry({
    url: served.url,
    authToken: "sntrys_token",
    org: "acme",
    project: "shop",
    environment: "production",
    clock: { now: () => new Date(NOW) },
    timeoutMs: 1_000,
    ...more,
  }).performanceSource;
}

const question = {
  environment: "production",
  from: "2026-10-06T06:00:00.000Z",
  to: NOW,
  ops: ["http.server", "db"],
  transactions: null,
  maxPages: 3,
};

const row = (transaction: string, more: Record<string, unknown> = {}) => ({
  transaction,
  "span.op": "http.server",
  "span.description": transaction,
  "count()": 120,
  "sum(span.duration)": 96_000,
  "p50(span.duration)": 700,
  "p75(span.duration)": 900.5,
  "p95(span.duration)": 1_400,
  "p99(span.duration)": 2_100,
  ...more,
});
const link = (cursor: string, results: boolean) =>
  `<${served.url}${EVENTS}?cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", ` +
  `<${served.url}${EVENTS}?cursor=${cursor}>; rel="next"; results="${results}"; cursor="${cursor}"`;

describe("spans", () => {
  it("are asked for by total time, with every figure, of the watched environment and project", async () => {
    app.get(EVENTS, (c) => c.json({ data: [row("GET /products")], meta: {} }));
    expect(await create().listSpans(question)).toEqual({
      spans: [
        {
          transaction: "GET /products",
          op: "http.server",
          description: "GET /products",
          count: 120,
          p50Ms: 700,
          p75Ms: 900.5,
          p95Ms: 1_400,
          p99Ms: 2_100,
          totalMs: 96_000,
          isConfident: true,
        },
      ],
      isTruncated: false,
      isUnavailable: false,
    });
    const params = asked[0]?.searchParams;
    expect(params?.getAll("field")).toEqual([
      "transaction",
      "span.op",
      "span.description",
      "count()",
      "sum(span.duration)",
      "p50(span.duration)",
      "p75(span.duration)",
      "p95(span.duration)",
      "p99(span.duration)",
    ]);
    expect(Object.fromEntries([...(params ?? [])].filter(([name]) => name !== "field"))).toEqual({
      dataset: "spans",
      start: "2026-10-06T06:00:00.000Z",
      end: NOW,
      environment: "production",
      project: "-1",
      per_page: "100",
      sort: "-sum(span.duration)",
      query: 'project:"shop" (span.op:"http.server" OR span.op:"db")',
    });
  });

  it.each([
    ["4509062593708032", "4509062593708032", '(span.op:"db")'],
    [null, "-1", '(span.op:"db")'],
  ])("of project %s are asked for by project=%s", async (project, parameter, query) => {
    app.get(EVENTS, (c) => c.json({ data: [] }));
    await create({ project }).listSpans({ ...question, ops: ["db"] });
    expect(asked[0]?.searchParams.get("project")).toBe(parameter);
    expect(asked[0]?.searchParams.get("query")).toBe(query);
  });

  it("of some transactions are asked for by their names as text, whatever they hold", async () => {
    app.get(EVENTS, (c) => c.json({ data: [] }));
    await create({ project: null }).listSpans({
      ...question,
      ops: ["db"],
      transactions: ["GET /files/*", 'say "hi"', ""],
    });
    expect(asked[0]?.searchParams.get("query")).toBe(
      '(span.op:"db") (transaction:"GET /files/\\*" OR transaction:"say \\"hi\\"" OR !has:transaction)',
    );
  });

  it("come from every page until Sentry says that the next one has no results", async () => {
    app.get(EVENTS, (c) => {
      const cursor = c.req.query("cursor") ?? "0:0:0";
      const next = cursor === "0:0:0" ? "0:100:0" : "0:200:0";
      return c.json({ data: [row(`GET /${cursor}`)] }, 200, { link: link(next, next === "0:100:0") });
    });
    const { spans, isTruncated } = await create().listSpans(question);
    expect([spans.map((one) => one.transaction), isTruncated]).toEqual([["GET /0:0:0", "GET /0:100:0"], false]);
  });

  it("beyond the last page that is read are said to be there", async () => {
    app.get(EVENTS, (c) => c.json({ data: [] }, 200, { link: link(`0:${asked.length}00:0`, true) }));
    expect(await create().listSpans(question)).toEqual({ spans: [], isTruncated: true, isUnavailable: false });
    expect(asked).toHaveLength(3);
  });

  it("extrapolated from too few samples are not trusted", async () => {
    const confidence = [{ "p95(span.duration)": "low" }, { "p95(span.duration)": "high" }, {}];
    app.get(EVENTS, (c) => c.json({ data: [row("a"), row("b"), row("c")], meta: { accuracy: { confidence } } }));
    const { spans } = await create().listSpans(question);
    expect(spans.map((one) => one.isConfident)).toEqual([false, true, true]);
  });

  it("without figures are left out, and a strange meta fails nothing", async () => {
    const data = [
      row("a", { "p95(span.duration)": null }),
      row("b", { "span.description": null }),
      row("c", { "count()": "x" }),
    ];
    app.get(EVENTS, (c) => c.json({ data, meta: { accuracy: "none" } }));
    const { spans } = await create().listSpans(question);
    expect(spans.map((one) => [one.transaction, one.description])).toEqual([["b", ""]]);
  });
});

describe("limits", () => {
  const limited = (resetAfterSeconds: number) => ({
    link: link("0:100:0", true),
    date: "Tue, 06 Oct 2026 12:00:00 GMT",
    "x-sentry-rate-limit-remaining": "0",
    "x-sentry-rate-limit-reset": String(Date.parse(NOW) / 1_000 + resetAfterSeconds),
  });

  it("are waited for between two pages where they end soon", async () => {
    app.get(EVENTS, (c) =>
      c.req.query("cursor") ? c.json({ data: [row("b")] }) : c.json({ data: [row("a")] }, 200, limited(1)),
    );
    const from = performance.now();
    expect((await create().listSpans(question)).spans).toHaveLength(2);
    expect(performance.now() - from).toBeGreaterThan(900);
  });

  it("that last longer are the caller's to wait for, and no call is wasted on them", async () => {
    app.get(EVENTS, (c) => c.json({ data: [row("a")] }, 200, limited(40)));
    await expect(create().listSpans(question)).rejects.toMatchObject({
      code: "provider_rate_limited",
      retry: { afterMs: 40_000 },
    });
    expect(asked).toHaveLength(1);
  });

  it("that were hit come back with Sentry's own wait", async () => {
    app.get(EVENTS, (c) => c.json({ detail: "slow down" }, 429, { "retry-after": "12" }));
    await expect(create().listSpans(question)).rejects.toMatchObject({ retry: { afterMs: 12_000 } });
  });
});

describe("a time that is not kept any more", () => {
  const refuse = () => app.get(EVENTS, (c) => c.json({ detail: "Invalid date range." }, 400));

  it("is unavailable where earlier weeks are asked for", async () => {
    refuse();
    expect(await create().listSpans({ ...question, transactions: ["GET /a"] })).toMatchObject({ isUnavailable: true });
  });

  it("is an error where the present is asked for", async () => {
    refuse();
    await expect(create().listSpans(question)).rejects.toMatchObject({ code: "provider_rejected", retry: "never" });
  });

  it("is not confused with a token that lacks org:read", async () => {
    app.get(EVENTS, (c) => c.json({ detail: "You do not have permission to perform this action." }, 403));
    await expect(create().listSpans({ ...question, transactions: ["GET /a"] })).rejects.toMatchObject({
      code: "provider_forbidden",
    });
  });
});

describe("details", () => {
  const key = { transaction: "GET /a", op: "db", description: "SELECT * FROM stock" };
  const keyed = { transaction: "GET /a", "span.op": "db", "span.description": "SELECT * FROM stock" };

  it("are the releases of exactly this span, its slowest trace, and links for people", async () => {
    const other = { ...keyed, "span.description": "SELECT * FROM stock_items" };
    app.get(EVENTS, (c) =>
      c.json({
        data: c.req.queries("field")?.includes("release")
          ? [
              { ...keyed, release: "r2", "count()": 70, "p95(span.duration)": 2_400.04 },
              { ...other, release: "r9", "count()": 60, "p95(span.duration)": 9 },
              { ...keyed, release: null, "count()": 9, "p95(span.duration)": 9 },
              { ...keyed, release: "r1", "count()": 5, "p95(span.duration)": 40 },
            ]
          : [
              { ...other, trace: "b".repeat(32) },
              { ...keyed, trace: "a".repeat(32) },
            ],
      }),
    );
    const details = await create({ url: `${served.url}/api/0/` }).readDetails(key, question);
    const root = `${served.url}/organizations/acme/explore/traces/`;
    expect(details.releases).toEqual([
      { release: "r2", count: 70, p95Ms: 2_400 },
      { release: "r1", count: 5, p95Ms: 40 },
    ]);
    expect(details.traceUrl).toBe(`${root}trace/${"a".repeat(32)}/`);
    expect(details.spansUrl.startsWith(`${root}?query=`)).toBe(true);
    expect(new URL(details.spansUrl).searchParams.get("query")).toBe(
      'span.op:"db" transaction:"GET /a" span.description:"SELECT \\* FROM stock"',
    );
  });

  it("of a description longer than an address are found all the same", async () => {
    const description = `SELECT ${"a_column, ".repeat(900)}1`;
    app.get(EVENTS, (c) =>
      c.json({
        data: [{ ...keyed, "span.description": description, release: "r1", "count()": 5, trace: "c".repeat(32) }],
      }),
    );
    const details = await create().readDetails({ ...key, description }, question);
    expect([details.releases[0]?.release, details.traceUrl?.includes("c".repeat(32))]).toEqual(["r1", true]);
    expect(asked[0]?.href.length).toBeLessThan(2_000);
  });
});

describe("against the demo Sentry", () => {
  const dir = tempDir();
  let sentry: DemoSentry;
  afterEach(async () => {
    await sentry.close();
    dir.remove();
  });

  it("real transactions come back as figures, with names that would be patterns or syntax elsewhere", async () => {
    sentry = await startDemoSentry({
      dir: dir.path,
      org: "acme",
      project: "shop",
      orgAuthToken: "sntrys_token",
      clientSecret: "secret",
      webhookUrl: null,
      log: silent,
    });
    const names = ["GET /files/*", 'GET /say "hi" (now)', "GET /files/x"];
    for (const [index, name] of names.entries())
      for (let ms = 1; ms <= 40; ms += 1) await sendTransaction(sentry, name, ms * 10 * (index + 1), `r${index}`);
    const source = create({ url: sentry.url, clock: { now: () => new Date() } });
    const window = {
      environment: "production",
      from: new Date(Date.now() - 60_000).toISOString(),
      to: new Date().toISOString(),
    };
    const all = await source.listSpans({ ...question, ...window });
    expect(all.spans.map((one) => one.transaction)).toEqual([names[2], names[1], names[0]]);
    const some = await source.listSpans({ ...question, ...window, transactions: names.slice(0, 2) });
    expect(some.spans.map((one) => [one.transaction, one.count, Math.round(one.p50Ms)])).toEqual([
      [names[1], 40, 410],
      [names[0], 40, 205],
    ]);
    const details = await source.readDetails(
      { transaction: names[0] ?? "", op: "http.server", description: names[0] ?? "" },
      window,
    );
    expect(details.releases).toEqual([{ release: "r0", count: 40, p95Ms: 380.5 }]);
    for (const url of [details.traceUrl, details.spansUrl]) expect((await fetch(url ?? "")).status).toBe(200);
  });
});

async function sendTransaction(sentry: DemoSentry, name: string, durationMs: number, release: string): Promise<void> {
  const id = () => crypto.randomUUID().replaceAll("-", "");
  const endMs = Date.now();
  const item = {
    event_id: id(),
    type: "transaction",
    transaction: name,
    start_timestamp: (endMs - durationMs) / 1_000,
    timestamp: endMs / 1_000,
    environment: "production",
    release,
    contexts: { trace: { trace_id: id(), span_id: id().slice(0, 16), op: "http.server" } },
    spans: [],
  };
  const dsn = new URL(sentry.dsn);
  const answer = await fetch(`${dsn.origin}/api${dsn.pathname}/envelope/?sentry_key=${dsn.username}`, {
    method: "POST",
    body: [{ event_id: item.event_id }, { type: "transaction" }, item].map((part) => JSON.stringify(part)).join("\n"),
  });
  expect(answer.status).toBe(200);
}

/** Answers recorded elsewhere, where they are at hand; the project does not need them. */
const SAMPLES = new URL("../../../shared/samples/sentry/", import.meta.url);

describe.skipIf(!existsSync(SAMPLES))("recorded answers (skipped where the samples folder is not there)", () => {
  it.each(["mcp-fixture-events-spans.json", "api-events-explore.json"])("%s is a table", async (name) => {
    const recorded: object = JSON.parse(readFileSync(new URL(name, SAMPLES), "utf8"));
    app.get(EVENTS, (c) => c.json(recorded));
    expect(await create().listSpans(question)).toMatchObject({ spans: [], isTruncated: false });
  });
});
