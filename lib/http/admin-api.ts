import { Hono } from "hono";
import * as z from "zod";
import { postgresCode } from "../db/database.ts";
import { correctionInputSchema } from "../incidents/decide-correction.ts";
import { jobStateSchema } from "../insight/model.ts";
import { type AdminEnv, type AdminGuard, requireCaller, requireSameOrigin } from "./admin-guard.ts";
import { ofCursor, ofIncident, pageQuerySchema, readJson, readPage, readParams, readQuery } from "./admin-input.ts";
import { addLessons } from "./admin-lessons.ts";
import { addMetrics } from "./admin-metrics.ts";
import { addMoves } from "./admin-moves.ts";
import { causeInputSchema, composeOpenApi, controlsInputSchema, snoozeInputSchema } from "./admin-openapi.ts";
import type { AdminOutside } from "./admin-outside.ts";
import { noteFields } from "./app.ts";
import { callerFault } from "./respond-error.ts";

const jobsQuerySchema = pageQuerySchema.extend({ state: jobStateSchema.optional() });
const issueParamsSchema = z.object({ number: z.coerce.number().int().min(1) });
const afterQuerySchema = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
});

/** The admin API: JSON in and out, for people's tools. */
export function createAdminApi(outside: AdminOutside, guard: AdminGuard): Hono<AdminEnv> {
  const { insight } = outside;
  const api = new Hono<AdminEnv>();
  api.use("/admin/*", async (c, next) => {
    c.set(
      "caller",
      await requireCaller(guard, c, c.req.method === "GET" || c.req.method === "HEAD" ? "read" : "operate"),
    );
    if (c.req.method !== "GET" && c.get("caller").via !== "bearer") requireSameOrigin(c, outside);
    await next();
  });
  api.get("/admin/incidents", async (c) => c.json(ofCursor(await insight.listIncidents(readPage(c)))));
  api.get("/admin/incidents/:id", async (c) => {
    const id = c.req.param("id");
    return c.json(ofIncident(await insight.findIncidentStory(id), id));
  });
  api.get("/admin/incidents/:id/timeline", async (c) => {
    const id = c.req.param("id");
    const { after, limit } = readQuery(c, afterQuerySchema);
    return c.json({ items: ofIncident(await insight.findTimelineAfter(id, after, limit), id) });
  });
  api.get("/admin/deliveries", async (c) => c.json(ofCursor(await insight.listDeliveries(readPage(c)))));
  api.get("/admin/gaps", async (c) => c.json(await outside.findGaps()));
  api.get("/admin/jobs", async (c) => {
    const { limit, cursor, state } = readQuery(c, jobsQuerySchema);
    return c.json(ofCursor(await insight.listJobs({ limit, cursor: cursor ?? null, state: state ?? null })));
  });
  api.post("/admin/jobs/:id/requeue", async (c) => {
    const id = c.req.param("id");
    await requeueJob(outside, id);
    noteFields(c, { requeued: id });
    return c.json({ id, state: "pending" });
  });
  api.get("/admin/controls", async (c) => c.json(await outside.control.read()));
  api.post("/admin/controls", async (c) => {
    const { stopped, reason } = await readJson(c, controlsInputSchema);
    noteFields(c, { stopped });
    return c.json(await outside.control.set(c.get("caller").actorName, stopped, reason));
  });
  api.post("/admin/incidents/:id/cause", async (c) => {
    const { causeId } = await readJson(c, causeInputSchema);
    const id = c.req.param("id");
    noteFields(c, { incident: id, causeId });
    await outside.storm.moveCause(c.get("caller").actorName, id, causeId);
    return c.json({ id, causeId });
  });
  api.post("/admin/incidents/:id/snooze", async (c) => {
    const { until } = await readJson(c, snoozeInputSchema);
    const id = c.req.param("id");
    noteFields(c, { incident: id, until });
    await outside.storm.snooze(c.get("caller").actorName, id, until === null ? null : new Date(until));
    return c.json({ id, until });
  });
  for (const verb of ["pause", "resume"] as const) {
    api.post(`/admin/incidents/:id/${verb}`, async (c) => {
      const id = c.req.param("id");
      noteFields(c, { incident: id, verb });
      await outside.pauseIncident(c.get("caller").actorName, id, verb === "pause");
      return c.json({ id, paused: verb === "pause" });
    });
  }
  for (const verb of ["retry", "supersede"] as const) {
    api.post(`/admin/incidents/:id/${verb}`, async (c) => {
      const id = c.req.param("id");
      noteFields(c, { incident: id, verb });
      const incidentId = ofIncident(await insight.findIncidentId(id), id);
      await outside.restartRepair(c.get("caller").actorName, incidentId, verb === "supersede");
      return c.json({ id: incidentId, [verb === "retry" ? "retried" : "superseded"]: true });
    });
  }
  for (const mode of ["plan", "implement"] as const) {
    api.post(`/admin/issues/:number/${mode}`, async (c) => {
      const { number: issueNumber } = readParams(c, issueParamsSchema);
      noteFields(c, { issueNumber, mode });
      await outside.handOver(c.get("caller").actorName, issueNumber, mode);
      return c.json({ issueNumber, mode, queued: true }, 202);
    });
  }
  api.post("/admin/incidents/:id/triage", async (c) => {
    const id = c.req.param("id");
    const correction = await readJson(c, correctionInputSchema);
    noteFields(c, { incident: id, priority: correction.priority });
    await outside.correctTriage(
      c.get("caller").actorName,
      ofIncident(await insight.findIncidentId(id), id),
      correction,
    );
    return c.json({ id, priority: correction.priority });
  });
  addMoves(api, outside);
  addLessons(api, outside);
  addMetrics(api, outside, guard);
  api.post("/admin/breaker/close", async (c) =>
    c.json({ closed: await outside.storm.closeBreaker(c.get("caller").actorName) }),
  );
  api.get("/openapi.json", async (c) => {
    await requireCaller(guard, c, "read");
    return c.json(composeOpenApi(outside.publicUrl));
  });
  return api;
}

/** Lets a dead job live again, or throws `job_not_found`, or `job_not_dead` where the same thing waits already. */
export async function requeueJob(outside: AdminOutside, id: string): Promise<void> {
  const isRevived = await outside.requeueJob(id).catch((error: unknown) => {
    if (postgresCode(error) === "23505")
      throw callerFault("job_not_dead", "the same job waits already; it needs no second one");
    throw error;
  });
  if (!isRevived) throw callerFault("job_not_found", `there is no dead job ${id.slice(0, 60)}`);
}
