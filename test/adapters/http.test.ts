import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { type HttpCall, requestJson } from "../../lib/adapters/http.ts";
import { type AppError, messageOf } from "../../lib/kernel/errors.ts";
import { withPermit } from "../support/permits.ts";

const DATE = "Tue, 06 Oct 2026 12:00:00 GMT";
const atSeconds = (offset: number) => String(Date.parse(DATE) / 1_000 + offset);

let served: Served;
const seen: string[] = [];

beforeAll(async () => {
  const app = new Hono();
  app.all("/status/:status", (c) => {
    seen.push(c.req.method);
    const headers: Record<string, string> = { date: DATE };
    for (const [name, value] of Object.entries(c.req.query())) headers[name] = value;
    return c.json({ detail: "words" }, { status: Number(c.req.param("status")) as 400, headers });
  });
  app.get("/silent", () => new Promise<Response>(() => {}));
  app.get("/stalled", () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(8)) })));
  app.get("/endless", (c) => c.text("x".repeat(5_000)));
  app.get("/text", (c) => c.text("<html>not JSON</html>"));
  app.get("/other", (c) => c.json({ id: "seven", list: [{ id: 1 }, { id: null }] }));
  app.all("/moved", (c) => c.redirect("/status/200", 302));
  served = await serveApp(app);
});
afterAll(() => served.close());

const call = (path: string, more: Partial<HttpCall> = {}) =>
  requestJson(
    {
      provider: "somebody",
      method: "GET",
      url: `${served.url}${path}`,
      intent: "read",
      headers: { authorization: "Bearer very-secret" },
      timeoutMs: 2_000,
      maxBytes: 1_000,
      ...more,
    },
    z.unknown(),
  );

async function failure(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (thrown) {
    return thrown as AppError;
  }
  throw new Error("it did not fail");
}

describe("a failed answer says whether and when to try again", () => {
  it.each([
    ["401", "", "provider_unauthorized", "never"],
    ["403", "", "provider_forbidden", "never"],
    ["403", "?retry-after=30", "provider_rate_limited", { afterMs: 30_000 }],
    [
      "403",
      `?x-ratelimit-remaining=0&x-ratelimit-reset=${atSeconds(90)}`,
      "provider_rate_limited",
      { afterMs: 90_000 },
    ],
    ["403", `?x-ratelimit-remaining=7&x-ratelimit-reset=${atSeconds(90)}`, "provider_forbidden", "never"],
    ["404", "", "provider_not_found", "never"],
    ["410", "", "provider_not_found", "never"],
    ["400", "", "provider_rejected", "never"],
    ["408", "", "provider_timeout", "later"],
    ["409", "", "provider_conflict", "later"],
    ["422", "", "provider_unprocessable", "never"],
    ["429", "", "provider_rate_limited", { afterMs: 60_000 }],
    ["429", "?retry-after=0", "provider_rate_limited", { afterMs: 1_000 }],
    ["429", "?retry-after=2.5", "provider_rate_limited", { afterMs: 2_500 }],
    ["429", "?retry-after=999999999", "provider_rate_limited", { afterMs: 86_400_000 }],
    ["429", "?retry-after=soon", "provider_rate_limited", { afterMs: 60_000 }],
    [
      "429",
      `?retry-after=${encodeURIComponent("Tue, 06 Oct 2026 12:01:00 GMT")}`,
      "provider_rate_limited",
      { afterMs: 60_000 },
    ],
    [
      "429",
      `?x-sentry-rate-limit-remaining=0&x-sentry-rate-limit-reset=${atSeconds(5)}`,
      "provider_rate_limited",
      { afterMs: 5_000 },
    ],
    ["500", "", "provider_unavailable", "later"],
    ["503", "?retry-after=7", "provider_unavailable", { afterMs: 7_000 }],
  ])("%s%s is %s", async (status, query, code, retry) => {
    expect(await failure(call(`/status/${status}${query}`))).toMatchObject({
      code,
      retry,
      context: { provider: "somebody" },
    });
  });

  it("a missing Date header leaves the wait to our own clock, and without one to a minute", async () => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": atSeconds(90) };
    const fetch = async () => new Response("{}", { status: 429, headers });
    const clock = { now: () => new Date(DATE) };
    expect(await failure(call("/", { fetch, clock }))).toMatchObject({ retry: { afterMs: 90_000 } });
    expect(await failure(call("/", { fetch }))).toMatchObject({ retry: { afterMs: 60_000 } });
  });
});

describe("no answer", () => {
  it.each(["/silent", "/stalled"])("%s ends at the time limit and may be tried later", async (path) => {
    expect(await failure(call(path, { timeoutMs: 80 }))).toMatchObject({ code: "provider_timeout", retry: "later" });
  });

  it("a refused connection may be tried later", async () => {
    const gone = await serveApp(new Hono());
    await gone.close();
    const error = await failure(call("", { url: `${gone.url}/x` }));
    expect(error).toMatchObject({ code: "provider_unreachable", retry: "later" });
  });
});

describe("a strange answer", () => {
  it("is not read past the size limit", async () => {
    expect(await failure(call("/endless"))).toMatchObject({ code: "provider_answer_too_large", retry: "never" });
  });

  it("that is not JSON, or of another shape, names the fields and no values", async () => {
    expect(await failure(call("/text"))).toMatchObject({ code: "provider_bad_answer" });
    const schema = z.object({ id: z.number(), list: z.array(z.object({ id: z.number() })) });
    const site = { provider: "somebody", method: "GET" as const, url: `${served.url}/other`, intent: "read" as const };
    const error = await failure(requestJson({ ...site, timeoutMs: 2_000 }, schema));
    expect(error).toMatchObject({ code: "provider_bad_answer", context: { fields: ["id", "list.1.id"] } });
    expect(JSON.stringify(error.context)).not.toContain("seven");
  });
});

describe("what leaves", () => {
  it("no error tells the token, the query or the answer's text", async () => {
    for (const path of ["/status/400?token=in-the-query", "/text", "/endless"]) {
      const error = await failure(call(path));
      const told = `${messageOf(error)} ${JSON.stringify(error.context)}`;
      expect(told).not.toMatch(/very-secret|in-the-query|words|xxx/);
    }
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"] as const)("%s as a read is refused and not sent", async (method) => {
    seen.length = 0;
    expect(await failure(call("/status/200", { method }))).toMatchObject({ code: "write_not_permitted" });
    expect(seen).toEqual([]);
  });

  it("only POST can be marked as a read", async () => {
    seen.length = 0;
    await call("/status/200", { method: "POST", intent: "read-by-post" });
    await failure(call("/status/200", { method: "PUT", intent: "read-by-post" }));
    expect(seen).toEqual(["POST"]);
  });

  it("a read follows a redirect, a write does not", async () => {
    expect((await call("/moved")).value).toEqual({ detail: "words" });
    const write = withPermit("source.status", (permit) =>
      call("/moved", { method: "PUT", intent: { permit, kind: "source.status" } }),
    );
    expect(await failure(write)).toMatchObject({ code: "provider_redirected", retry: "never" });
  });
});
