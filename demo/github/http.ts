import { createHash, randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type * as z from "zod";
import { authenticate, describeActor } from "./auth.ts";
import type { Api, Ctx, Env } from "./context.ts";
import { GitHubError, invalid } from "./errors.ts";
import { takeRateLimit } from "./rate-limit.ts";
import { noteRequest, type World } from "./world.ts";

const isApiPath = (path: string): boolean =>
  /^\/(app|apps|repos|repositories|search|graphql|rate_limit|user|users|installation)(\/|$)/.test(path);

function answerError(c: Ctx, world: World, error: Error): Response {
  if (error instanceof GitHubError && !isApiPath(c.req.path) && c.req.header("accept")?.includes("text/html"))
    return c.text(`${error.status} ${error.message}`, error.status as ContentfulStatusCode);
  if (error instanceof GitHubError) {
    const body = { ...error.body, documentation_url: error.documentationUrl, status: String(error.status) };
    for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
    return c.json(body, error.status as ContentfulStatusCode);
  }
  world.log(`github: ${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
  return c.json({ message: "Server Error" }, 500);
}

/** Conditional requests: a GET whose answer did not change is 304 and costs nothing, as on GitHub. */
async function withEtag(c: Ctx): Promise<boolean> {
  if (c.req.method !== "GET" || c.res.status !== 200) return false;
  const body = await c.res.clone().arrayBuffer();
  const tag = `"${createHash("sha256").update(new Uint8Array(body)).digest("hex")}"`;
  const isSame = (c.req.header("if-none-match") ?? "").split(/\s*,\s*/).some((one) => one.replace(/^W\//, "") === tag);
  if (isSame) c.res = new Response(null, { status: 304, headers: c.res.headers });
  c.res.headers.delete(isSame ? "content-type" : "x-none");
  c.res.headers.set("etag", `W/${tag}`);
  return isSame;
}

/** What every API request passes: who asks, the rate limit, GitHub's headers, ETags, the log. */
export function apiMiddleware(world: World): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!isApiPath(c.req.path)) return next();
    let who = "invalid";
    try {
      const actor = authenticate(world, c.req.header("authorization"));
      who = describeActor(actor);
      c.set("actor", actor);
      const limit = takeRateLimit(world, actor, c.req.path);
      await next();
      if (await withEtag(c)) limit.giveBack();
      for (const [name, value] of Object.entries(limit.headers())) c.res.headers.set(name, value);
    } catch (error) {
      c.res = answerError(c, world, error instanceof Error ? error : new Error(String(error)));
    }
    c.res.headers.set("x-github-request-id", randomUUID().slice(0, 18).toUpperCase());
    c.res.headers.set("x-github-media-type", "github.v3; format=json");
    c.res.headers.set("x-github-api-version-selected", c.req.header("x-github-api-version") ?? "2022-11-28");
    noteRequest(world, { method: c.req.method, path: c.req.path, status: c.res.status, auth: who });
    return undefined;
  };
}

/** Error answers of `api`, in GitHub's shape. */
export function installErrors(api: Api, world: World): void {
  api.onError((error, c) => answerError(c, world, error));
  api.notFound((c) => answerError(c, world, new GitHubError(404, "Not Found")));
}

/** The JSON body, checked. An empty body counts as {}. Errors are 400 for text that is not JSON, 422 for another shape. */
export async function readBody<T>(c: Ctx, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text();
  let value: unknown = {};
  try {
    if (text !== "") value = JSON.parse(text);
  } catch {
    throw new GitHubError(400, "Problems parsing JSON");
  }
  if (typeof value !== "object" || value === null) throw new GitHubError(400, "Body should be a JSON object");
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = issue?.path.join(".") ?? "";
  const isMissing = issue?.code === "invalid_type" && /received undefined/.test(issue.message);
  const detail = isMissing ? `"${name}" wasn't supplied.` : `For '${name}': ${issue?.message ?? "is not valid"}`;
  throw invalid(`Invalid request.\n\n${detail}`);
}

/** One page of a list with GitHub's Link header; per_page at most 100. */
export function paged<T>(c: Ctx, world: World, items: T[], perPageDefault = 30): T[] {
  const perPage = Math.min(Math.max(Number(c.req.query("per_page") ?? perPageDefault) || perPageDefault, 1), 100);
  const page = Math.max(Number(c.req.query("page") ?? 1) || 1, 1);
  const last = Math.max(Math.ceil(items.length / perPage), 1);
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(c.req.query());
    query.set("page", String(to));
    return `<${world.baseUrl}${c.req.path}?${query}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (page > 1) links.push(link(page - 1, "prev"), link(1, "first"));
  if (page < last) links.push(link(page + 1, "next"), link(last, "last"));
  if (links.length > 0) c.header("link", links.join(", "));
  return items.slice((page - 1) * perPage, page * perPage);
}
