import { Hono } from "hono";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { createHealthProbe } from "../../lib/adapters/health/index.ts";

let served: Served;

beforeAll(async () => {
  const app = new Hono();
  app.get("/healthz", (c) => c.text("ok"));
  app.get("/gone", (c) => c.body(null, 204));
  app.get("/broken", (c) => c.text("no database", 500));
  app.get("/login", (c) => c.redirect("/healthz"));
  app.get("/silent", () => new Promise<Response>(() => {}));
  app.get(
    "/endless",
    () => new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536)) })),
  );
  served = await serveApp(app);
});
afterAll(() => served.close());

const check = (path: string, expectedStatus = 200) =>
  createHealthProbe({ url: served.url, path, expectedStatus, timeoutMs: 1_000 }).check();

it.each([
  ["/healthz", 200, "pass", "GET /healthz answered 200"],
  ["/gone", 204, "pass", "GET /gone answered 204"],
  ["/healthz", 204, "fail", "GET /healthz answered 200, expected 204"],
  ["/broken", 200, "fail", "GET /broken answered 500, expected 200"],
  ["/login", 200, "fail", "GET /login answered 302, expected 200"],
  ["/silent", 200, "fail", "target did not answer in time: GET /silent"],
  ["/endless", 200, "fail", "target answered more than 262144 bytes"],
])("%s when %s is expected: %s", async (path, expectedStatus, status, detail) => {
  expect(await check(path, expectedStatus)).toEqual({ status, detail });
});

it("a HEAD is asked as one", async () => {
  const probe = {
    url: served.url,
    path: "/healthz?full=1",
    expectedStatus: 200,
    timeoutMs: 200,
    method: "HEAD",
  } as const;
  expect(await createHealthProbe(probe).check()).toEqual({ status: "pass", detail: "HEAD /healthz answered 200" });
});

it.each(["//elsewhere.example/x", "/\\elsewhere.example/x", "https://elsewhere.example/x"])(
  "%s is never asked: it leads off the target's host",
  async (path) => {
    const send = () => Promise.reject(new Error("was sent"));
    const probe = { url: served.url, path, expectedStatus: 200, timeoutMs: 200, fetch: send };
    expect(await createHealthProbe(probe).check()).toEqual({
      status: "fail",
      detail: `${path} is not on the target's host`,
    });
  },
);

it("a target that cannot be reached fails, and one that is not configured is skipped", async () => {
  const gone = await serveApp(new Hono());
  await gone.close();
  const probe = { path: "/healthz", expectedStatus: 200, timeoutMs: 500 };
  expect(await createHealthProbe({ ...probe, url: gone.url }).check()).toEqual({
    status: "fail",
    detail: "target could not be reached: GET /healthz",
  });
  expect(await createHealthProbe({ ...probe, url: null }).check()).toMatchObject({ status: "skipped" });
});
