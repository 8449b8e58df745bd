import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, Hono } from "hono";
import * as z from "zod";
import type { Deployer, Refusal } from "./deployer.ts";
import type { Deployment, ReadyState } from "./model.ts";
import {
  renderDeployment,
  renderEvents,
  renderListItem,
  renderProject,
  renderVariables,
  type VercelPlace,
} from "./render.ts";
import type { VercelState } from "./state.ts";

export interface ApiDeps {
  state: VercelState;
  deployer: Deployer;
  place: VercelPlace;
}

const STATES: readonly string[] = [
  "BUILDING",
  "ERROR",
  "INITIALIZING",
  "QUEUED",
  "READY",
  "CANCELED",
  "BLOCKED",
] satisfies (ReadyState | "INITIALIZING")[];

const pushSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  ref: z.string().min(1),
  message: z.string().optional(),
  authorLogin: z.string().optional(),
  verified: z.boolean().optional(),
});

type ErrorStatus = 400 | 401 | 403 | 404 | 409;

function fail(c: Context, status: ErrorStatus, code: string, message: string, extra: Record<string, unknown> = {}) {
  return c.json({ error: { code, message, ...extra } }, status);
}

/** The REST routes, each under a Bearer token and the team that it belongs to. */
export function mountApi(app: Hono, deps: ApiDeps): void {
  const { state, place } = deps;
  for (const version of ["v1", "v3", "v6", "v7", "v9", "v10", "v13"]) {
    app.use(`/${version}/*`, async (c, next) => {
      const refusal = authorize(c, deps);
      if (refusal) return refusal;
      await next();
      setRateLimit(c);
      return undefined;
    });
  }
  for (const version of ["v6", "v7"]) app.get(`/${version}/deployments`, (c) => listDeployments(c, deps));
  app.get("/v13/deployments/:idOrUrl", (c) => {
    const deployment = state.find(c.req.param("idOrUrl"));
    return deployment ? c.json(renderDeployment(deployment, place, state)) : deploymentNotFound(c);
  });
  app.get("/v3/deployments/:idOrUrl/events", (c) => {
    const deployment = state.find(c.req.param("idOrUrl"));
    return deployment ? c.json(renderEvents(deployment)) : deploymentNotFound(c);
  });
  app.post("/v10/projects/:project/promote/:deployment", (c) => act(c, deps, (one) => deps.deployer.promote(one), 202));
  app.post("/v1/projects/:project/rollback/:deployment", (c) =>
    act(c, deps, (one) => deps.deployer.rollback(one), 201),
  );
  app.get("/v9/projects/:project", (c) => {
    if (!isProject(c, deps)) return fail(c, 404, "not_found", "Project not found");
    return c.json(renderProject(place, state));
  });
  app.get("/v10/projects/:project/env", (c) => {
    if (!isProject(c, deps)) return fail(c, 404, "not_found", "Project not found");
    return c.json(renderVariables(place, state));
  });
  app.get("/v1/projects/:project/promote/aliases", (c) => {
    if (!isProject(c, deps)) return fail(c, 404, "not_found", "Project not found");
    const current = state.production();
    const aliases = current ? [{ status: "completed", alias: place.productionHost, id: current.id }] : [];
    return c.json({ aliases, pagination: { count: aliases.length, next: null, prev: null } });
  });
}

// 403 with missingToken or invalidToken is what api.vercel.com answers for both (vercel.com/docs/rest-api).
function authorize(c: Context, { place }: ApiDeps): Response | null {
  const token = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (token === undefined)
    return fail(c, 403, "forbidden", "The request is missing an authentication token", { missingToken: true });
  const digest = (text: string) => createHash("sha256").update(text).digest();
  if (!timingSafeEqual(digest(token), digest(place.options.token)))
    return fail(c, 403, "forbidden", "Not authorized", { invalidToken: true });
  const { teamId, slug } = c.req.query();
  if (teamId !== place.options.teamId && slug !== place.options.teamId)
    return fail(c, 403, "forbidden", "Not authorized");
  return null;
}

// The demo never refuses for rate; the headers are there because clients read them.
function setRateLimit(c: Context): void {
  c.header("x-ratelimit-limit", "500");
  c.header("x-ratelimit-remaining", "499");
  c.header("x-ratelimit-reset", String(Math.ceil(Date.now() / 1000) + 60));
}

function deploymentNotFound(c: Context) {
  return fail(c, 404, "not_found", "The deployment could not be found on Vercel");
}

function isProject(c: Context, { place }: ApiDeps): boolean {
  const { projectId, projectName } = place.options;
  return [projectId, projectName].includes(c.req.param("project") ?? "");
}

function act(c: Context, deps: ApiDeps, action: (deployment: Deployment) => Refusal | null, status: 201 | 202) {
  if (!isProject(c, deps)) return fail(c, 404, "not_found", "Project not found");
  const deployment = deps.state.find(c.req.param("deployment") ?? "");
  if (!deployment) return deploymentNotFound(c);
  const refusal = action(deployment);
  return refusal ? fail(c, refusal.status, refusal.code, refusal.message) : c.body(null, status);
}

function listDeployments(c: Context, { state, place }: ApiDeps) {
  const query = c.req.query();
  const states = query.state?.toUpperCase().split(",");
  const unknown = states?.find((one) => !STATES.includes(one));
  if (unknown !== undefined) return fail(c, 400, "bad_request", `Invalid request: \`state\` ${unknown} is not known`);
  const limit = query.limit === undefined ? 20 : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    return fail(c, 400, "bad_request", "Invalid request: `limit` should be 1 to 100");
  const numbers = { since: Number(query.since ?? 0), until: Number(query.until ?? Number.MAX_SAFE_INTEGER) };
  if (Number.isNaN(numbers.since) || Number.isNaN(numbers.until))
    return fail(c, 400, "bad_request", "Invalid request: `since` and `until` are in ms");
  const found = [...state.deployments.values()]
    .filter((one) => isWanted(one, query, state, place))
    .filter((one) => !states || states.includes(one.readyState))
    .filter((one) => one.createdMs >= numbers.since && one.createdMs <= numbers.until)
    .sort((a, b) => b.createdMs - a.createdMs);
  const page = found.slice(0, limit);
  const next = found.length > limit ? (page.at(-1)?.createdMs ?? 0) - 1 : null;
  const prev = page[0] ? page[0].createdMs + 1 : null;
  return c.json({
    deployments: page.map((one) => renderListItem(one, place, state)),
    pagination: { count: page.length, next, prev },
  });
}

function isWanted(
  deployment: Deployment,
  query: Record<string, string>,
  state: VercelState,
  { options }: VercelPlace,
): boolean {
  if (query.projectId !== undefined && query.projectId !== options.projectId && query.projectId !== options.projectName)
    return false;
  if (
    query.target !== undefined &&
    (query.target === "preview" ? deployment.target !== null : deployment.target !== query.target)
  )
    return false;
  if (query.sha !== undefined && deployment.sha !== query.sha) return false;
  if (query.branch !== undefined && deployment.ref !== query.branch) return false;
  if (
    query.rollbackCandidate !== undefined &&
    state.isRollbackCandidate(deployment) !== (query.rollbackCandidate === "true")
  )
    return false;
  return true;
}

/** `POST /git/push`: what the Git integration is told of a push. */
export function mountGit(app: Hono, { deployer }: ApiDeps): void {
  app.post("/git/push", async (c) => {
    const body = pushSchema.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return fail(c, 400, "bad_request", z.prettifyError(body.error));
    const { sha, ref, message, authorLogin, verified } = body.data;
    const deployment = deployer.onPush({
      sha,
      ref,
      ...(message === undefined ? {} : { message }),
      ...(authorLogin === undefined ? {} : { authorLogin }),
      ...(verified === undefined ? {} : { verified }),
    });
    return c.json({ deploymentId: deployment.id }, 202);
  });
}
