import { Hono } from "hono";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { createSentry } from "../../lib/adapters/sentry/index.ts";

const EVENTS = "/api/0/organizations/acme/events/";
const KEY = { transaction: "GET /products", op: "http.server", description: "GET /products" };
const WINDOW = {
  environment: "production",
  from: "2026-10-06T06:00:00.000Z",
  to: "2026-10-06T12:00:00.000Z",
  withoutReleases: [],
};
const ROW = { transaction: KEY.transaction, "span.op": KEY.op, "span.description": KEY.description };
const OTHER = { ...ROW, "span.description": "GET /products?page=2", "count()": 900, release: "r9" };

let app: Hono;
let served: Served;
let asked: URLSearchParams[];

beforeEach(async () => {
  app = new Hono();
  asked = [];
  app.use(async (c, next) => {
    asked.push(new URL(c.req.url).searchParams);
    return next();
  });
  served = await serveApp(app);
});
afterEach(() => served.close());

const durations = () =>
  createSentry({
    url: served.url,
    authToken: "sntrys_token",
    org: "acme",
    project: null,
    environment: "production",
    clock: { now: () => new Date(WINDOW.to) },
    timeoutMs: 1_000,
  }).durationHistory;

it("counts all samples of one group and the slow ones, as they were kept, without the old releases", async () => {
  app.get(EVENTS, (c) => {
    const isSlow = c.req.query("query")?.includes("span.duration") === true;
    const figures = isSlow
      ? { "count()": 7 }
      : { "count()": 120, "p95(span.duration)": 310.5, "p99(span.duration)": 640 };
    return c.json({ data: [OTHER, { ...ROW, ...figures }] });
  });
  const window = { ...WINDOW, withoutReleases: ["r1", 'shop "2"'] };
  expect(await durations().readDurations(KEY, window, 1_500)).toEqual({
    samples: 120,
    slow: 7,
    p95Ms: 310.5,
    p99Ms: 640,
  });
  const group = 'span.op:"http.server" transaction:"GET /products" span.description:"GET /products"';
  const rest = '!release:"r1" !release:"shop \\"2\\""';
  expect(asked.map((params) => params.get("query"))).toEqual([
    `${group} ${rest}`,
    `${group} ${rest} span.duration:>1500ms`,
  ]);
  expect(asked[0]?.get("disableAggregateExtrapolation")).toBe("1");
  expect([asked[0]?.get("dataset"), asked[0]?.get("start"), asked[0]?.get("end")]).toEqual([
    "spans",
    WINDOW.from,
    WINDOW.to,
  ]);
});

it("no sample is none, and the slow ones are not asked for", async () => {
  app.get(EVENTS, (c) => c.json({ data: [] }));
  expect(await durations().readDurations(KEY, WINDOW, 1_500)).toEqual({ samples: 0, slow: 0, p95Ms: 0, p99Ms: 0 });
  expect(asked).toHaveLength(1);
});

it("lists the group's releases, and no nameless one", async () => {
  const shares = ["r2", null, "r1"].map((release) => ({ ...ROW, release, "count()": 3 }));
  app.get(EVENTS, (c) => c.json({ data: [...shares, OTHER] }));
  expect(await durations().listReleases(KEY, WINDOW)).toEqual(["r2", "r1"]);
});
