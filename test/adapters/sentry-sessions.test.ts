import { Hono } from "hono";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { createSentry } from "../../lib/adapters/sentry/index.ts";

let served: Served;
let asked: URLSearchParams[];

beforeEach(async () => {
  asked = [];
  const app = new Hono();
  app.get("/api/0/organizations/acme/issues/4711/", (c) => c.json({ id: "4711", project: { id: "42", slug: "shop" } }));
  app.get("/api/0/organizations/acme/sessions/", (c) => {
    asked.push(new URL(c.req.url).searchParams);
    return c.json({
      intervals: ["2026-10-05T12:00:00Z", "2026-10-05T12:01:00Z"],
      groups: [
        { by: {}, series: { "sum(session)": [5, null] } },
        { by: {}, series: { "sum(session)": [2, 7] } },
      ],
    });
  });
  app.notFound((c) => c.json({ detail: "The requested resource does not exist" }, 404));
  served = await serveApp(app);
});
afterEach(() => served.close());

const list = (issueId: string, to = "2026-10-05T12:01:30Z") =>
  createSentry({
    url: served.url,
    authToken: "t",
    org: "acme",
    project: null,
    environment: null,
    clock: { now: () => new Date("2026-10-05T13:00:00Z") },
    timeoutMs: 1_000,
  }).sessionHistory.listSessions({ issueId, environment: "production", from: "2026-10-05T12:00:20Z", to });

it("sessions of the issue's own project are summed over all groups, by the minute", async () => {
  const start = Date.parse("2026-10-05T12:00:00Z");
  expect(await list("4711")).toEqual([
    { startMs: start, endMs: start + 60_000, count: 7 },
    { startMs: start + 60_000, endMs: start + 120_000, count: 7 },
  ]);
  expect(Object.fromEntries(asked[0] ?? [])).toEqual({
    field: "sum(session)",
    project: "42",
    interval: "1m",
    environment: "production",
    start: "2026-10-05T12:00:00.000Z",
    end: "2026-10-05T12:02:00.000Z",
  });
});

it("over more than six hours they are asked for by the hour", async () => {
  await list("4711", "2026-10-06T12:00:00Z");
  expect(asked[0]?.get("interval")).toBe("1h");
});

it("of an issue that is gone nothing is known", async () => {
  expect(await list("1")).toBeNull();
});
