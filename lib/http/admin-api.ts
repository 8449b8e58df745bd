import { Hono } from "hono";
import * as z from "zod";
import { postgresCode } from "../db/database.ts";
import { jobStateSchema } from "../insight/model.ts";
import { type AdminContext, type AdminEnv, type AdminGuard, requireCaller, requireSameOrigin } from "./admin-guard.ts";
import { causeInputSchema, composeOpenApi, controlsInputSchema, snoozeInputSchema } from "./admin-openapi.ts";
import type { AdminOutside } from "./admin-outside.ts";
import { noteFields } from "./app.ts";
import { callerFault } from "./respond-error.ts";

const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().min(1).optional(),
});
const jobsQuerySchema = pageQuerySchema.extend({ state: jobStateSchema.optional() });
const afterQuerySchema = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
});

/** Reads a query by its schema, or throws `bad_request` naming the parameter at fault. */
export function readQuery<T extends z.ZodType>(c: AdminContext, schema: T): z.infer<T> {
  const read = schema.safeParse(c.req.query());
  if (read.success) return read.data;
  throw callerFault("bad_request", faultText("query", read.error));
}

export function readPage(c: AdminContext): { limit: number; cursor: string | null } {
  const { limit, cursor } = readQuery(c, pageQuerySchema);
  return { limit, cursor: cursor ?? null };
}

function faultText(what: string, error: z.ZodError): string {
  const [issue] = error.issues;
  return `${what} ${issue?.path.join(".") || "itself"}: ${issue?.message ?? "not valid"}`;
}

/** What a read model answered, or `bad_request`: it answers null only for a cursor that is none of ours. */
export function ofCursor<T>(page: T | null): T {
  if (page === null) throw callerFault("bad_request", "query cursor: this is no cursor of this list");
  return page;
}

export function ofIncident<T>(found: T | null, name: string): T {
  if (found === null) throw callerFault("incident_not_found", `there is no incident ${name.slice(0, 60)}`);
  return found;
}

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

async function readJson<T extends z.ZodType>(c: AdminContext, schema: T): Promise<z.infer<T>> {
  if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) {
    throw callerFault("unsupported_media_type", "the body has to be application/json");
  }
  const body: unknown = await c.req.json().catch(() => {
    throw callerFault("bad_request", "the body is not JSON");
  });
  const read = schema.safeParse(body);
  if (!read.success) throw callerFault("bad_request", faultText("body", read.error));
  return read.data;
}
