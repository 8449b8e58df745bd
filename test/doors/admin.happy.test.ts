import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { deliveries, incidents, jobs, lessons } from "../../lib/db/schema/index.ts";
import { createAdminApp } from "../../lib/http/admin-app.ts";
import { createHealthApp } from "../../lib/http/health-app.ts";
import { incidentStorySchema } from "../../lib/insight/model.ts";
import { lessonViewSchema } from "../../lib/investigate/lesson-model.ts";
import { gapReportSchema } from "../../lib/reconcile/model.ts";
import {
  type AdminWorld,
  addForeign,
  addRecovered,
  addTimeline,
  at,
  deliveryRow,
  incidentRow,
  jobRow,
  openAdminWorld,
} from "./admin-world.ts";

const pageSchema = z.object({ items: z.array(z.looseObject({ id: z.string() })), nextCursor: z.string().nullable() });

async function readAllPages(world: AdminWorld, path: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const answer = await world.ask(`${path}?limit=2${query}`);
    expect(answer.status).toBe(200);
    const page = pageSchema.parse(await answer.json());
    ids.push(...page.items.map((item) => item.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
  await addForeign(world);
  await addRecovered(world);
  // Not listed: a symptom of another one.
  await world.db.db
    .insert(incidents)
    .values(incidentRow("inc_learned0001", { state: "ignored", causeId: "inc_recovered01" }));
  await world.db.db.insert(lessons).values(LESSONS.map(lessonRow));
});

const LESSONS = ["les_0000000001", "les_0000000002", "les_0000000003"] as const;
const lessonRow = (id: string, index: number) => ({
  id,
  projectId: index === 2 ? "prj_0000000002" : "prj_0000000001",
  incidentId: index === 2 ? "inc_foreign0001" : index === 0 ? "inc_recovered01" : "inc_learned0001",
  outcome: "recovered",
  errorType: "TypeError",
  frames: [],
  tokens: ["typeerror"],
  fixFiles: ["src/cart.js"],
  summary: "Recovered: TypeError",
  createdAt: at(30),
});

describe("admin API", () => {
  beforeAll(async () => {
    const more = ["inc_a000000001", "inc_b000000001", "inc_c000000001", "inc_d000000001"];
    await world.db.db.insert(incidents).values(more.map((id) => incidentRow(id)));
    await world.db.db.insert(jobs).values([1, 2, 3].map((n) => jobRow(`job_00000000${n}`, n === 2 ? "dead" : "done")));
    await world.db.db.insert(jobs).values(jobRow("job_000000004", "dead", { key: "held", attempts: 12 }));
  });

  it("incidents come newest first, each exactly once over the pages, and only this project's", async () => {
    const ids = await readAllPages(world, "/api/admin/incidents");
    expect(ids).toEqual(["inc_d000000001", "inc_c000000001", "inc_b000000001", "inc_a000000001", "inc_recovered01"]);
  });

  it("deliveries of the same instant are neither skipped nor repeated between pages", async () => {
    await world.db.db.insert(deliveries).values(["dlv_x1", "dlv_x2", "dlv_x3"].map((id) => deliveryRow(id, null, 30)));
    const ids = await readAllPages(world, "/api/admin/deliveries");
    expect(ids.slice(0, 3)).toEqual(["dlv_x3", "dlv_x2", "dlv_x1"]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(6);
  });

  it("an incident's story is told by id and by number, in the shape that is published", async () => {
    const byId = await (await world.ask("/api/admin/incidents/inc_recovered01")).json();
    const story = incidentStorySchema.parse(byId);
    expect(await (await world.ask(`/api/admin/incidents/${story.incident.number}`)).json()).toEqual(byId);
    expect(story.alerts.count).toBe(3);
    expect(story.runs.map((run) => run.state)).toEqual(["failed", "published"]);
    expect(story.deployments.map((one) => one.deploymentId)).toEqual(["dpl_1"]);
    expect(story.verifications[0]?.expected).toBeCloseTo(10.2);
    expect(story.timeline.at(-1)?.kind).toBe("recovered");
  });

  it("what only polling brought is reported, and said in one line on the overview, while it is recent", async () => {
    expect(await (await world.ask("/")).text()).not.toContain("by polling only");
    const polled = {
      via: "poll",
      resource: "poll.status",
      signal: { kind: "issue_status", issueId: "7", status: "resolved", by: null },
    } as const;
    await world.db.db.insert(deliveries).values({ ...deliveryRow("dlv_polled1", null, 15), ...polled });
    const report = gapReportSchema.parse(await (await world.ask("/api/admin/gaps")).json());
    expect(report).toMatchObject({ count: 1, bySource: { sentry: 1 } });
    expect(report.gaps.map((gap) => gap.summary)).toEqual(["issue 7 was resolved"]);
    expect(await (await world.ask("/")).text()).toContain(
      "1 message (Sentry) came by polling only in the last 24 h: check the webhook.",
    );
    await world.db.db.delete(deliveries).where(eq(deliveries.id, "dlv_polled1"));
  });

  it("the timeline continues after a seq", async () => {
    const all = z.object({ items: z.array(z.object({ seq: z.number() })) });
    const whole = all.parse(await (await world.ask("/api/admin/incidents/inc_recovered01/timeline")).json()).items;
    const third = whole[2]?.seq ?? 0;
    const rest = await world.ask(`/api/admin/incidents/inc_recovered01/timeline?after=${third}`);
    expect(all.parse(await rest.json()).items).toEqual(whole.slice(3));
  });

  it("jobs are listed by state, and a dead one lives again", async () => {
    const dead = pageSchema.parse(await (await world.ask("/api/admin/jobs?state=dead")).json());
    expect(dead.items.map((job) => job.id)).toEqual(["job_000000004", "job_000000002"]);
    const answer = await world.ask("/api/admin/jobs/job_000000004/requeue", { method: "POST" });
    expect(await answer.json()).toEqual({ id: "job_000000004", state: "pending" });
    const waiting = pageSchema.parse(await (await world.ask("/api/admin/jobs?state=pending")).json());
    expect(waiting.items).toMatchObject([{ id: "job_000000004", attempts: 0, finishedAt: null }]);
  });

  it("a person hands an issue over: the job that looks at it is queued once", async () => {
    const send = (path: string) => world.ask(`/api/admin/issues/${path}`, { method: "POST" });
    const answer = await send("7/implement");
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ issueNumber: 7, mode: "implement", queued: true });
    expect((await send("7/implement")).status).toBe(202);
    const rows = await world.db.db.select().from(jobs).where(eq(jobs.name, "repair.take-request"));
    expect(rows.map(({ payload }) => payload)).toEqual([
      { projectId: world.outside.project.id, issueNumber: 7, mode: "implement", askedBy: expect.any(String) },
    ]);
    for (const path of ["0/implement", "x/plan", "7/merge"]) expect((await send(path)).status).not.toBe(202);
  });

  it("a person pauses an incident's repairs, and lets them go on", async () => {
    const send = async (verb: string, id = "inc_a000000001") =>
      (await world.ask(`/api/admin/incidents/${id}/${verb}`, { method: "POST" })).status;
    const read = async () => (await world.db.db.select().from(incidents).where(eq(incidents.id, "inc_a000000001")))[0];
    expect(await send("resume")).toBe(409);
    expect(await send("pause")).toBe(200);
    expect(await read()).toMatchObject({ pausedAt: expect.any(Date), pausedBy: expect.any(String) });
    expect(await send("pause")).toBe(409);
    expect(await send("resume")).toBe(200);
    expect(await read()).toMatchObject({ pausedAt: null, pausedBy: null });
    expect(await send("pause", "inc_zzzzzzzzzz")).toBe(404);
  });

  it("lessons are listed, shown, corrected with who and when, and forgotten; only this project's", async () => {
    expect(await readAllPages(world, "/api/admin/lessons")).toEqual(["les_0000000002", "les_0000000001"]);
    const path = `/api/admin/lessons/${LESSONS[1]}`;
    const patch = (body: unknown) =>
      world.ask(path, { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    expect((await patch({ reason: "nothing said" })).status).toBe(400);
    expect((await patch({ outcome: "wonderful" })).status).toBe(400);
    expect((await patch({ cause: "no coupon", reason: "I was there" })).status).toBe(200);
    expect(lessonViewSchema.parse(await (await world.ask(path)).json())).toMatchObject({
      cause: "no coupon",
      corrections: [{ reason: "I was there", changes: { cause: "no coupon" }, by: expect.stringMatching(/^person:/) }],
    });
    expect((await world.ask(path, { method: "DELETE" })).status).toBe(200);
    expect((await world.ask(path)).status).toBe(404);
    expect((await world.ask(path, { method: "DELETE" })).status).toBe(404);
    expect((await world.ask(`/api/admin/lessons/${LESSONS[2]}`)).status).toBe(404);
    expect((await world.ask("/api/admin/lessons?cursor=nonsense")).status).toBe(400);
  });

  it("a person corrects triage, with a reason", async () => {
    const correct = async (id: string, body: unknown) =>
      (
        await world.ask(`/api/admin/incidents/${id}/triage`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        })
      ).status;
    expect(await correct("inc_recovered01", { priority: "P3", reason: "nobody minds" })).toBe(200);
    const [row] = await world.db.db.select().from(incidents).where(eq(incidents.id, "inc_recovered01"));
    expect(row).toMatchObject({ priority: "P3", severity: "low" });
    expect(await correct("inc_recovered01", { priority: "P9", reason: "x" })).toBe(400);
    expect(await correct("inc_recovered01", { priority: "P1" })).toBe(400);
    expect(await correct("inc_zzzzzzzzzz", { priority: "P1", reason: "x" })).toBe(404);
  });

  it("people say what belongs together, snooze an incident, and close the breaker", async () => {
    const send = (path: string, body: unknown) =>
      world.ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const read = async () => (await world.db.db.select().from(incidents).where(eq(incidents.id, "inc_a000000001")))[0];
    expect((await send("/api/admin/incidents/inc_a000000001/cause", { causeId: "inc_b000000001" })).status).toBe(200);
    expect(await read()).toMatchObject({ causeId: "inc_b000000001" });
    expect((await send("/api/admin/incidents/inc_a000000001/cause", { causeId: null })).status).toBe(200);
    expect(await read()).toMatchObject({ causeId: null });
    const until = "2030-01-01T00:00:00.000Z";
    expect((await send("/api/admin/incidents/inc_a000000001/snooze", { until })).status).toBe(200);
    expect(await read()).toMatchObject({ snoozedUntil: new Date(until) });
    expect((await send("/api/admin/incidents/inc_a000000001/snooze", { until: "tomorrow" })).status).toBe(400);
    expect((await send("/api/admin/incidents/inc_zzzzzzzzzz/cause", { causeId: null })).status).toBe(404);
    expect(await (await world.ask("/api/admin/breaker/close", { method: "POST" })).json()).toEqual({ closed: false });
  });

  it("the kill switch is turned and read back, with who did it and why", async () => {
    const set = (body: unknown) =>
      world.ask("/api/admin/controls", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect(await (await set({ stopped: true, reason: "deploy freeze" })).json()).toMatchObject({ isStopped: true });
    expect(await (await world.ask("/api/admin/controls")).json()).toMatchObject({
      isStopped: true,
      reason: "deploy freeze",
      changedBy: "person:admin-api",
    });
    expect(await (await set({ stopped: false })).json()).toMatchObject({ isStopped: false, reason: null });
  });

  it("the API describes itself: every path that it names exists, and every schema reference resolves", async () => {
    const document: unknown = await (await world.ask("/api/openapi.json")).json();
    const { openapi, paths, components } = z
      .object({
        openapi: z.string(),
        paths: z.record(z.string(), z.record(z.string(), z.unknown())),
        components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
      })
      .parse(document);
    expect(openapi).toBe("3.1.0");
    for (const path of Object.keys(paths).filter((one) => paths[one]?.get)) {
      const id = path.startsWith("/api/admin/lessons") ? LESSONS[0] : "inc_recovered01";
      expect((await world.ask(path.replace("{id}", id))).status, path).toBe(200);
    }
    for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      expect(components.schemas).toHaveProperty(name ?? "");
    }
  });

  it("every request is one log line with its route's pattern, and answers its id", async () => {
    world.lines.length = 0;
    const answer = await world.ask("/api/admin/incidents/inc_recovered01?x=secret");
    expect(world.lines).toHaveLength(1);
    expect(world.lines[0]?.fields).toMatchObject({
      requestId: answer.headers.get("x-request-id"),
      route: "/api/admin/incidents/:id",
      status: 200,
      caller: "admin-api",
    });
    expect(JSON.stringify(world.lines)).not.toContain("secret");
  });
});

describe("the live stream", () => {
  it("grows with the timeline, resumes after what the browser has, and tells other changes", async () => {
    const open = createAdminApp({ ...world.outside, auth: { mode: "open" } });
    await world.db.db.insert(incidents).values(incidentRow("inc_live000001"));
    await addTimeline(world, "inc_live000001", "triaged", "first", 1);
    const stream = await open.request("http://localhost:3000/incidents/inc_live000001/events");
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    const reader = (stream.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (part: string) => {
      while (!text.includes(part)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended before ${part}: ${text}`);
        text += value;
      }
    };
    await until('"summary":"first"');
    await addTimeline(world, "inc_live000001", "investigated", "second", 2);
    await until('"summary":"second"');
    const [first, second] = [...text.matchAll(/event: entry\ndata: .*\nid: (\d+)/g)].map((match) => match[1] ?? "");
    expect(Number(second)).toBeGreaterThan(Number(first));
    await world.db.db.update(incidents).set({ version: 2 }).where(eq(incidents.id, "inc_live000001"));
    await until("event: changed");
    await reader.cancel();

    const resumed = await open.request("http://localhost:3000/incidents/inc_live000001/events", {
      headers: { "last-event-id": first ?? "" },
    });
    const again = (resumed.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    while (!rest.includes("second")) rest += (await again.read()).value ?? "";
    expect(rest).not.toContain("first");
    await again.cancel();
  });
});

describe("pages", () => {
  it("the incident page answers first: how many events came, and how many were expected", async () => {
    const html = await (await world.ask("/incidents/inc_recovered01")).text();
    expect(html).toContain("Recovered: 0 events since the repair, where 10.2 were expected");
    expect(html.indexOf("Recovered: 0 events")).toBeLessThan(html.indexOf("src/checkout/pricing.mjs"));
    expect(html).toContain('href="https://github.example/acme/shop/pull/8"');
    expect(html).toContain("fails, as it has to");
  });

  it("the overview says what needs a person, and lists the incident with its links", async () => {
    const html = await (await world.ask("/")).text();
    expect(html).toContain("Patchpilot is at work on 5 incidents");
    expect(html).toContain("PR #8 (merged)");
    await world.db.db.insert(incidents).values(incidentRow("inc_escalated1", { state: "escalated", createdAt: at(9) }));
    expect(await (await world.ask("/")).text()).toContain("1 incident needs you");
  });

  it("assets may be kept for a year when their URL names their version", async () => {
    const html = await (await world.ask("/")).text();
    const url = /href="(\/assets\/app\.css\?v=\w+)"/.exec(html)?.[1] ?? "";
    expect((await world.app.request(url)).headers.get("cache-control")).toContain("immutable");
    expect((await world.app.request("/assets/app.css")).headers.get("cache-control")).toBe("no-cache");
  });
});

describe("health", () => {
  it("is ok while the database answers, and degraded with 503 when it is away, without saying why", async () => {
    const app = createHealthApp({ ctx: world.ctx });
    const ok = await app.request("/api/health");
    expect([ok.status, await ok.json()]).toEqual([200, { status: "ok" }]);
    await world.close();
    const away = await app.request("/api/health");
    expect([away.status, await away.json()]).toEqual([503, { status: "degraded" }]);
  });
});
