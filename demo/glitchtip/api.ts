import type { Context, Hono } from "hono";
import * as z from "zod";
import { requireScope, type Tokens } from "../sentry/api-auth.ts";
import { readStatusChange } from "../sentry/issue-state.ts";
import type { Issue } from "../sentry/model.ts";
import type { SentryPlace } from "../sentry/place.ts";
import type { SentryState } from "../sentry/state.ts";
import type { DemoMonitor } from "./model.ts";
import { renderEvent, renderIssue, renderListedEvent, renderMonitor } from "./render.ts";

export interface ApiDeps {
  state: SentryState;
  place: SentryPlace;
  tokens: Tokens;
  monitors: ReadonlyMap<string, DemoMonitor>;
}

const updateSchema = z.looseObject({ status: z.enum(["unresolved", "resolved", "ignored"]) });
const PER_PAGE = 50;
const MAX_PER_PAGE = 100;

export const notFound = (c: Context) => c.json({ detail: "Not Found" }, 404);

/** The routes of glitchtip-backend's API that are read: an issue has none under its organization but PUT. */
export function mountApi(app: Hono, deps: ApiDeps): void {
  const { state, place, tokens, monitors } = deps;
  const canRead = requireScope(tokens, "event:read", "event:write", "event:admin");
  const canWrite = requireScope(tokens, "event:write", "event:admin");
  const canReadOrg = requireScope(tokens, "org:read", "org:write", "org:admin");
  app.get("/api/0/organizations/", canReadOrg, (c) =>
    c.json([{ id: "1", slug: place.org, name: place.org, dateCreated: "2026-01-01T00:00:00Z" }]),
  );
  app.get("/api/0/organizations/:org/issues/", canRead, (c) => listIssues(c, deps));
  app.get("/api/0/projects/:org/:project/issues/", canRead, (c) =>
    c.req.param("project") === place.project ? listIssues(c, deps) : pageOf(c, []),
  );
  app.get("/api/0/organizations/:org/monitors/:id/", requireScope(tokens, "org:read", "event:read"), (c) => {
    const monitor = monitors.get(c.req.param("id"));
    return monitor && c.req.param("org") === place.org ? c.json(renderMonitor(monitor, place)) : notFound(c);
  });
  const issueOf = (c: Context): Issue | null => state.issues.get(c.req.param("id") ?? "") ?? null;
  app.get("/api/0/issues/:id/", canRead, (c) => {
    const issue = issueOf(c);
    return issue ? c.json({ ...renderIssue(issue, place), userReportCount: 0 }) : notFound(c);
  });
  app.put("/api/0/issues/:id/", canWrite, async (c) => {
    const issue = issueOf(c);
    if (!issue) return notFound(c);
    const request = updateSchema.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json({ detail: "Unprocessable Entity" }, 422);
    // This version resolves plainly: `statusDetails` is one of the fields that its schema does not know and drops.
    const change = readStatusChange({ status: request.data.status }, [], Date.now());
    if (typeof change !== "string") state.setStatus(issue.id, change, Date.now());
    return c.json({ ...renderIssue(issue, place), userReportCount: 0 });
  });
  app.get("/api/0/issues/:id/events/", canRead, (c) => {
    const issue = issueOf(c);
    const newest = [...(issue?.events ?? [])].sort((a, b) => b.receivedMs - a.receivedMs);
    return issue ? pageOf(c, newest, (event) => renderListedEvent(event, issue, place)) : pageOf(c, []);
  });
  app.get("/api/0/issues/:id/events/:event/", canRead, (c) => {
    const issue = issueOf(c);
    const wanted = c.req.param("event");
    const event = wanted === "latest" ? issue?.events.at(-1) : issue?.events.find((one) => one.id === wanted);
    return issue && event ? c.json(renderEvent(event, issue, place)) : notFound(c);
  });
}

/** `query` knows `is:`; `start` and `end` are about the first event (services.py `IssueFilters`). */
function listIssues(c: Context, { state, place }: ApiDeps): Response {
  if (c.req.param("org") !== place.org) return notFound(c);
  const status = /(?:^|\s)is:(\w+)/.exec(c.req.query("query") ?? "")?.[1];
  const environments = c.req.queries("environment") ?? [];
  const found = [...state.issues.values()]
    .filter((issue) => status === undefined || issue.status === status)
    .filter(
      (issue) =>
        environments.length === 0 || issue.events.some((event) => environments.includes(event.environment ?? "")),
    )
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs);
  return pageOf(c, found, (issue) => renderIssue(issue, place));
}

/**
 * One page, with GlitchTip's `Link`: a relation without results carries no cursor, and the whole header is Python's text
 * of a set, braces and quotes included (glitchtip/api/pagination.py assigns one).
 */
function pageOf<T>(c: Context, items: readonly T[], render: (item: T) => unknown = (item) => item): Response {
  const size = Math.min(MAX_PER_PAGE, Number(c.req.query("limit") ?? PER_PAGE) || PER_PAGE);
  const offset =
    Number(
      Buffer.from(c.req.query("cursor") ?? "", "base64")
        .toString()
        .replace("o=", ""),
    ) || 0;
  const link = (rel: string, at: number, has: boolean) => {
    const url = new URL(c.req.url);
    url.searchParams.delete("cursor");
    if (!has) return `<${url.href}>; rel="${rel}"; results="false"`;
    const cursor = Buffer.from(`o=${at}`).toString("base64");
    url.searchParams.set("cursor", cursor);
    return `<${url.href}>; rel="${rel}"; results="true"; cursor="${cursor}"`;
  };
  const previous = link("previous", Math.max(0, offset - size), offset > 0);
  c.header("Link", `{'${previous}, ${link("next", offset + size, offset + size < items.length)}'}`);
  c.header("X-Max-Hits", "1000");
  c.header("X-Hits", String(Math.min(1000, items.length)));
  return c.json(items.slice(offset, offset + size).map(render));
}
