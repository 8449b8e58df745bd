import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { jobs } from "../../lib/db/schema/index.ts";
import { createAdminApp } from "../../lib/http/admin-app.ts";
import { errorAnswer, statusOf } from "../../lib/http/respond-error.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import { ADMIN_TOKEN, type AdminWorld, addRecovered, BASE, jobRow, openAdminWorld } from "./admin-world.ts";

const errorSchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), requestId: z.string().startsWith("req_") }),
});

async function errorOf(answer: Response | Promise<Response>) {
  const response = await answer;
  const { error } = errorSchema.parse(await response.json());
  expect(response.headers.get("x-request-id")).toBe(error.requestId);
  return { status: response.status, code: error.code, message: error.message };
}

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
  await addRecovered(world);
});

describe("admin door, wrong requests", () => {
  it.each([
    ["/api/admin/incidents?limit=0", "query limit"],
    ["/api/admin/incidents?limit=101", "query limit"],
    ["/api/admin/incidents?limit=ten", "query limit"],
    ["/api/admin/incidents?cursor=%20%20", "query cursor"],
    ["/api/admin/incidents?cursor=bm9wZQ", "query cursor"],
    ["/api/admin/deliveries?cursor=MTI", "query cursor"],
    ["/api/admin/jobs?state=alive", "query state"],
    ["/api/admin/incidents/1/timeline?after=-1", "query after"],
  ])("%s is 400 and names the parameter", async (path, named) => {
    const error = await errorOf(world.ask(path));
    expect(error).toMatchObject({ status: 400, code: "bad_request" });
    expect(error.message).toContain(named);
  });

  it.each([
    ["/api/admin/incidents/999999", "incident_not_found"],
    ["/api/admin/incidents/99999999999999999999", "incident_not_found"],
    ["/api/admin/incidents/inc_nothing000", "incident_not_found"],
    ["/api/admin/incidents/inc_nothing000/timeline", "incident_not_found"],
    ["/api/admin/nothing", "not_found"],
    ["/api/nothing", "not_found"],
  ])("%s is 404", async (path, code) => {
    expect(await errorOf(world.ask(path))).toMatchObject({ status: 404, code });
  });

  it("a page that is not there is told in HTML to people", async () => {
    const answer = await world.ask("/incidents/4711", { headers: { accept: "text/html" } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
    expect((await world.ask("/nothing", { headers: { accept: "text/html" } })).status).toBe(404);
  });

  it("only a dead job is requeued, and not beside one that waits for the same", async () => {
    await world.db.db
      .insert(jobs)
      .values([
        jobRow("job_000000001", "done"),
        jobRow("job_000000002", "dead", { key: "k" }),
        jobRow("job_000000003", "pending", { key: "k" }),
      ]);
    const requeue = (id: string) => errorOf(world.ask(`/api/admin/jobs/${id}/requeue`, { method: "POST" }));
    expect(await requeue("job_nothing00")).toMatchObject({ status: 404, code: "job_not_found" });
    expect(await requeue("job_000000001")).toMatchObject({ status: 404, code: "job_not_found" });
    expect(await requeue("job_000000002")).toMatchObject({ status: 409, code: "job_not_dead" });
  });

  it.each([
    ["text/plain", '{"stopped":true}', 415, "unsupported_media_type"],
    ["application/json", '{"stopped":', 400, "bad_request"],
    ["application/json", "{}", 400, "bad_request"],
    ["application/json", '{"stopped":"yes"}', 400, "bad_request"],
    ["application/json", '{"stopped":true,"for":"ever"}', 400, "bad_request"],
    ["application/json", JSON.stringify({ stopped: true, reason: "x".repeat(501) }), 400, "bad_request"],
    ["application/json", JSON.stringify({ stopped: true, reason: "x".repeat(70_000) }), 413, "payload_too_large"],
  ])("controls as %s %.30s is refused with %i", async (type, body, status, code) => {
    const answer = world.ask("/api/admin/controls", { method: "POST", headers: { "content-type": type }, body });
    expect(await errorOf(answer)).toMatchObject({ status, code });
    expect((await world.outside.control.read()).isStopped).toBe(false);
  });
});

describe("admin door, our own trouble", () => {
  it("a bug is 500 with nothing of it outside, and all of it in the log", async () => {
    const broken = createAdminApp({
      ...world.outside,
      control: { ...world.outside.control, read: () => Promise.reject(new TypeError("password=hunter2 is undefined")) },
    });
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await broken.request(`${BASE}/api/admin/controls`, { headers });
    const text = await answer.clone().text();
    expect(await errorOf(answer)).toMatchObject({ status: 500, code: "internal_error" });
    expect(text).not.toMatch(/hunter2|TypeError|\.ts/);
    expect(world.lines.at(-1)).toMatchObject({ level: "error", fields: { error: "password=hunter2 is undefined" } });
    expect(String(world.lines.at(-1)?.fields.stack)).toContain("TypeError");
    const page = await broken.request(`${BASE}/`, { headers });
    expect([page.status, (await page.text()).includes("hunter2")]).toEqual([500, false]);
  });

  it("without an ADMIN_TOKEN nobody comes in, and the answer names the setting", async () => {
    const closed = createAdminApp({ ...world.outside, auth: { mode: "closed" } });
    const answer = await errorOf(closed.request(`${BASE}/api/admin/incidents`));
    expect(answer).toMatchObject({ status: 503, code: "admin_not_configured" });
    expect(answer.message).toContain("ADMIN_TOKEN");
    const page = await closed.request(`${BASE}/`);
    expect([page.status, (await page.text()).includes("ADMIN_TOKEN")]).toEqual([503, true]);
  });

  it("a database that is away is 503 with Retry-After", async () => {
    await world.close();
    const answer = await world.ask("/api/admin/incidents");
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(await errorOf(answer)).toMatchObject({ status: 503, code: "database_unavailable" });
    expect((await world.ask("/")).status).toBe(503);
  });
});

describe("errors as statuses", () => {
  const app = (code: string, retry: AppError["retry"]) => new AppError(code, "inner words", { retry });
  it.each([
    ["incident_not_found", "never", 404],
    ["incident_conflict", { afterMs: 500 }, 409],
    ["rate_limited", { afterMs: 500 }, 429],
    ["provider_bad_answer", "never", 500],
    ["provider_bad_answer", "later", 503],
  ] as const)("%s (%o) is %i", (code, retry, status) => {
    expect(statusOf(app(code, retry))).toBe(status);
  });

  it("an error that was not written for the caller keeps its words", () => {
    expect(errorAnswer(app("git_failed", "never"))).toMatchObject({ status: 500, code: "internal_error" });
    expect(errorAnswer(app("git_failed", "never")).message).not.toContain("inner words");
  });

  it("a stated delay becomes Retry-After in whole seconds", () => {
    expect(errorAnswer(app("provider_rate_limited", { afterMs: 1_200 }))).toMatchObject({
      status: 503,
      retryAfterSeconds: 2,
    });
  });

  it("a refused connection anywhere in the causes is the database being away", () => {
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    expect(errorAnswer(new Error("query", { cause: refused }))).toMatchObject({ status: 503 });
    const shuttingDown = Object.assign(new Error("terminating connection"), { code: "57P01" });
    expect(errorAnswer(shuttingDown)).toMatchObject({ status: 503, code: "database_unavailable" });
    const unique = Object.assign(new Error("duplicate key"), { code: "23505", query: "insert", params: [] });
    expect(errorAnswer(unique)).toMatchObject({ status: 500 });
  });
});
