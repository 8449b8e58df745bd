import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { createPostHog } from "../../lib/adapters/posthog/index.ts";
import { measureImpact } from "../../lib/triage/measure-impact.ts";
import type { ProductAnalytics } from "../../lib/triage/ports.ts";
import answer from "../fixtures/posthog/query-answer.json" with { type: "json" };
import cachedAnswer from "../fixtures/posthog/query-answer-cached.json" with { type: "json" };
import asyncStatus from "../fixtures/posthog/query-async-status.json" with { type: "json" };
import { answerQuery, MemoryProduct } from "../support/analytics.ts";
import { createTestClock, type TestClock } from "../support/test-clock.ts";

const QUERY = {
  name: "patchpilot_test",
  text: "select 1 as one limit 1",
  values: { events: ["it's", "{x}"], from_0: "a" },
};

let served: Served;
let app: Hono;
let bodies: unknown[];
let clock: TestClock;
let analytics: ProductAnalytics;

beforeEach(async () => {
  app = new Hono();
  bodies = [];
  clock = createTestClock();
  app.use(async (c, next) => {
    if (c.req.header("authorization") !== "Bearer phx_key")
      return c.json({ type: "authentication_error", code: "authentication_failed" }, 401);
    bodies.push(await c.req.json());
    return next();
  });
  served = await serveApp(app);
  analytics = createPostHog({ host: `${served.url}/`, apiKey: "phx_key", projectId: "123", clock, timeoutMs: 300 });
});
afterEach(() => served.close());

const PATH = "/api/projects/123/query/";
const failure = (ask: Promise<unknown>) =>
  ask.then(
    () => null,
    (error: unknown) => error,
  );

describe("a query", () => {
  it("goes to its project as HogQL with its values beside it, and its answer is read", async () => {
    app.post(PATH, (c) => c.json(answer));
    expect(await analytics.ask(QUERY)).toEqual({
      columns: ["event", "period", "occurrences", "people"],
      rows: [
        ["checkout_completed", 0, 12, 10],
        ["checkout_completed", 1, 140, 120],
      ],
      isCached: false,
      lastRefresh: "2026-10-14T12:00:04.381Z",
    });
    expect(bodies).toEqual([
      {
        query: { kind: "HogQLQuery", query: QUERY.text, values: QUERY.values },
        name: "patchpilot_test",
        refresh: "blocking",
      },
    ]);
  });

  it("says when its answer is from PostHog's cache, and of when", async () => {
    app.post(PATH, (c) => c.json(cachedAnswer));
    expect(await analytics.ask(QUERY)).toMatchObject({ isCached: true, lastRefresh: "2026-10-14T11:52:31.002Z" });
  });

  it("without a limit is never sent: PostHog would cut its answer at 100 rows and not say so", async () => {
    const error = await failure(analytics.ask({ ...QUERY, text: "select 1" }));
    expect(error).toMatchObject({ code: "query_without_limit", retry: "never" });
    expect(bodies).toEqual([]);
  });
});

const sentQuery = z.object({
  query: z.object({ query: z.string(), values: z.record(z.string(), z.union([z.string(), z.array(z.string())])) }),
  name: z.string(),
});

it("an impact is measured over the wire: both queries are sent, and their answers compared", async () => {
  const product = new MemoryProduct();
  const WEEK_MS = 604_800_000;
  const nowMs = clock.now().getTime();
  const hourBefore = (ms: number): [Date, Date] => [new Date(ms - 3_600_000), new Date(ms)];
  for (const week of [1, 2, 3, 4]) product.reportMany("paid", 60, ...hourBefore(nowMs - week * WEEK_MS));
  product.reportMany("paid", 20, ...hourBefore(nowMs), (index) => `person-${index % 5}`);
  app.post(PATH, async (c) => {
    const { query, name } = sentQuery.parse(await c.req.json());
    const { columns, rows } = answerQuery(product, { name, text: query.query, values: query.values });
    return c.json({ ...answer, columns, results: rows });
  });
  const settings = {
    events: ["paid"],
    windowHours: 24,
    minWindowMinutes: 10,
    weeks: 4,
    askMinutes: 10,
    ingestLagSeconds: 0,
  };
  const beganAt = new Date(nowMs - 3_600_000).toISOString();
  const facts = { now: new Date(nowMs).toISOString(), firstSeenAt: beganAt, openedAt: beganAt, reopenedAt: null };
  const { reading } = await measureImpact({ analytics, settings }, facts, null);
  expect(bodies).toHaveLength(2);
  expect(reading.impact).toMatchObject({
    status: "measured",
    level: "critical",
    affectedShare: expect.closeTo(55 / 60),
    events: [{ event: "paid", now: 20, usual: 60, people: 5, usualPeople: 60, verdict: "drop" }],
  });
});

describe("what fails is an error with its retry", () => {
  it.each<[string, number, object, string, unknown]>([
    ["a syntax error", 400, { type: "validation_error", code: "illegal_type" }, "provider_rejected", "never"],
    ["a key without query:read", 403, { type: "authentication_error" }, "provider_forbidden", "never"],
    ["a foreign project", 404, { type: "invalid_request" }, "provider_not_found", "never"],
    ["ClickHouse at its capacity", 503, { type: "server_error" }, "provider_unavailable", "later"],
    ["a query that took too long", 504, { type: "server_error" }, "provider_unavailable", "later"],
    ["a query estimated to take too long", 512, { type: "validation_error" }, "provider_unavailable", "later"],
    ["an answer that is still being made", 200, asyncStatus, "provider_bad_answer", "later"],
    ["a success that reports an error", 200, { ...answer, error: "unknown table" }, "provider_rejected", "never"],
  ])("%s", async (_name, status, body, code, retry) => {
    app.post(
      PATH,
      () => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } }),
    );
    const error = await failure(analytics.ask(QUERY));
    expect(error).toMatchObject({ code, retry });
    expect(JSON.stringify(z.object({ message: z.string(), context: z.unknown() }).parse(error))).not.toContain("phx_");
  });

  it("a wrong key", async () => {
    const wrong = createPostHog({ host: served.url, apiKey: "phx_other", projectId: "1", clock, timeoutMs: 300 });
    expect(await failure(wrong.ask(QUERY))).toMatchObject({ code: "provider_unauthorized", retry: "never" });
  });

  it("no answer in time", async () => {
    app.post(PATH, () => new Promise<Response>(() => {}));
    expect(await failure(analytics.ask(QUERY))).toMatchObject({ code: "provider_timeout", retry: "later" });
  });

  it("after a limit nothing more is sent until its end", async () => {
    app.post(PATH, (c) =>
      bodies.length === 1 ? c.json({ type: "throttled_error" }, 429, { "retry-after": "40" }) : c.json(answer),
    );
    expect(await failure(analytics.ask(QUERY))).toMatchObject({
      code: "provider_rate_limited",
      retry: { afterMs: 40_000 },
    });
    clock.advance(30_000);
    expect(await failure(analytics.ask(QUERY))).toMatchObject({
      code: "provider_rate_limited",
      retry: { afterMs: 10_000 },
    });
    expect(bodies).toHaveLength(1);
    clock.advance(10_000);
    expect((await analytics.ask(QUERY)).rows).toHaveLength(2);
  });
});
