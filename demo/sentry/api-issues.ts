import type { Context, Hono } from "hono";
import * as z from "zod";
import { requireScope, type Tokens } from "./api-auth.ts";
import { readStatusChange } from "./issue-state.ts";
import type { Issue, StoredEvent } from "./model.ts";
import type { Notifier } from "./notify.ts";
import { pageOf } from "./paging.ts";
import type { SentryPlace } from "./place.ts";
import { renderApiEvent, renderSimpleEvent } from "./render-event.ts";
import { renderGroup, renderIssueDetails, renderIssueRow } from "./render-issue.ts";
import { renderRelease } from "./render-release.ts";
import { BadQuery, matchesEvent, parseSearch, readWindow } from "./search.ts";
import type { SentryState } from "./state.ts";

export interface ApiDeps {
  state: SentryState;
  place: SentryPlace;
  tokens: Tokens;
  notifier: Notifier;
}

const updateSchema = z.looseObject({
  status: z.string().optional(),
  statusDetails: z.record(z.string(), z.unknown()).optional(),
  substatus: z.string().optional(),
});

export const notFound = (c: Context) => c.json({ detail: "The requested resource does not exist" }, 404);

/** Issue routes: list, get, update, events of an issue, short ids; under the organization and under `/issues/`. */
export function mountIssues(app: Hono, deps: ApiDeps): void {
  const { state, place, tokens } = deps;
  const canRead = requireScope(tokens, "event:read", "event:write", "event:admin");
  const canWrite = requireScope(tokens, "event:write", "event:admin");
  app.get("/api/0/organizations/:org/issues/", canRead, (c) => c.json(listIssues(c, deps)));
  app.get("/api/0/organizations/:org/shortids/:shortId/", canRead, (c) => {
    const issue = state.findIssue(c.req.param("shortId"));
    if (!issue) return notFound(c);
    const { org, project } = place;
    return c.json({
      organizationSlug: org,
      projectSlug: project,
      groupId: issue.id,
      group: renderGroup(issue, place),
      shortId: issue.shortId,
    });
  });
  for (const base of ["/api/0/organizations/:org/issues/:id", "/api/0/issues/:id"]) {
    app.get(`${base}/`, canRead, (c) => {
      const issue = issueOf(c, deps);
      return issue ? c.json(renderIssueDetails(issue, place, state.releases, Date.now())) : notFound(c);
    });
    app.put(`${base}/`, canWrite, (c) => updateIssue(c, deps));
    app.get(`${base}/events/`, canRead, (c) => listEvents(c, deps));
    app.get(`${base}/tags/:key/`, canRead, (c) => tagDetails(c, deps));
    app.get(`${base}/events/:eventId/`, canRead, (c) => {
      const issue = issueOf(c, deps);
      const event = issue ? pickEvent(c, issue, deps) : undefined;
      return issue && event ? c.json(fullEvent(event, issue, deps)) : notFound(c);
    });
  }
  app.get("/api/0/projects/:org/:project/events/:eventId/", canRead, (c) => {
    for (const issue of state.issues.values()) {
      const event = issue.events.find((one) => one.id === c.req.param("eventId"));
      if (event && c.req.param("project") === place.project) return c.json(fullEvent(event, issue, deps));
    }
    return notFound(c);
  });
}

function issueOf(c: Context, deps: ApiDeps): Issue | null {
  return deps.state.findIssue(c.req.param("id") ?? "");
}

// The list needs no query: Sentry then takes is:unresolved. Filters on events hold when any event of the issue matches.
function listIssues(c: Context, { state, place }: ApiDeps): unknown[] {
  const terms = parseSearch(c.req.query("query") ?? "is:unresolved");
  const nowMs = Date.now();
  const window = readWindow(c.req.query(), nowMs, "14d");
  const environments = c.req.queries("environment") ?? [];
  const projects = (c.req.queries("project") ?? []).filter((one) => one !== "-1");
  if (projects.some((one) => one !== place.projectId && one !== place.project)) return [];
  const found = [...state.issues.values()].filter((issue) =>
    issue.events.some(
      (event) =>
        event.timestampMs >= window.startMs &&
        event.timestampMs <= window.endMs &&
        (environments.length === 0 || environments.includes(event.environment ?? "")) &&
        matchesEvent(event, issue, terms, place.project),
    ),
  );
  found.sort(issueOrder(c.req.query("sort") ?? "date"));
  return pageOf(c, found, 25).map((issue) => renderIssueRow(issue, place, nowMs));
}

function issueOrder(sort: string): (a: Issue, b: Issue) => number {
  switch (sort) {
    case "date":
    case "recommended":
    case "inbox":
      return (a, b) => b.lastSeenMs - a.lastSeenMs;
    case "new":
      return (a, b) => b.firstSeenMs - a.firstSeenMs;
    case "freq":
    case "trends":
      return (a, b) => b.count - a.count;
    case "user":
      return (a, b) => b.userKeys.size - a.userKeys.size;
    default:
      throw new BadQuery(`Invalid sort: ${sort}`);
  }
}

async function updateIssue(c: Context, { state, place, notifier }: ApiDeps) {
  const issue = state.findIssue(c.req.param("id") ?? "");
  if (!issue) return notFound(c);
  const request = updateSchema.safeParse(await c.req.json().catch(() => null));
  if (!request.success) return c.json({ detail: "Invalid data" }, 400);
  const { status, ...rest } = request.data;
  if (status === undefined) return c.json(renderGroup(issue, place));
  const releases = state.releaseOrder().map((release) => release.version);
  const change = readStatusChange({ status, ...rest }, releases, Date.now());
  if (typeof change === "string") {
    const field = change.endsWith("valid choice.") ? "status" : "statusDetails";
    return c.json({ [field]: [change] }, 400);
  }
  const before = issue.status;
  const changed = state.setStatus(issue.id, change, Date.now());
  if (changed) notifier.afterStatus(changed, before);
  return c.json(renderGroup(issue, place));
}

function listEvents(c: Context, deps: ApiDeps) {
  const issue = issueOf(c, deps);
  if (!issue) return notFound(c);
  const terms = parseSearch(c.req.query("query") ?? "");
  const window = readWindow(c.req.query(), Date.now(), "90d");
  const environments = c.req.queries("environment") ?? [];
  const found = issue.events.filter(
    (event) =>
      event.timestampMs >= window.startMs &&
      event.timestampMs <= window.endMs &&
      (environments.length === 0 || environments.includes(event.environment ?? "")) &&
      matchesEvent(event, issue, terms, deps.place.project),
  );
  found.sort((a, b) => b.timestampMs - a.timestampMs);
  const isFull = ["1", "true"].includes(c.req.query("full") ?? "");
  const page = pageOf(c, found, 100);
  return c.json(page.map((event) => (isFull ? fullEvent(event, issue, deps) : renderSimpleEvent(event, deps.place))));
}

/** Sentry answers the top nine values of a key ("Retrieve Tag Details"). */
const TOP_VALUES = 9;

function tagDetails(c: Context, deps: ApiDeps) {
  const issue = issueOf(c, deps);
  if (!issue) return notFound(c);
  const key = c.req.param("key") ?? "";
  const environments = c.req.queries("environment") ?? [];
  const tagged = issue.events
    .filter((event) => environments.length === 0 || environments.includes(event.environment ?? ""))
    .flatMap((event) =>
      event.tags.filter(([name]) => name === key).map(([, value]) => ({ value, at: event.timestampMs })),
    );
  if (tagged.length === 0) return notFound(c);
  const values = [...Map.groupBy(tagged, ({ value }) => value)].sort(([, a], [, b]) => b.length - a.length);
  const time = (at: number) => new Date(at).toISOString();
  return c.json({
    key,
    name: key,
    uniqueValues: values.length,
    totalValues: tagged.length,
    topValues: values.slice(0, TOP_VALUES).map(([value, seen]) => ({
      key: value,
      name: value,
      value,
      count: seen.length,
      lastSeen: time(Math.max(...seen.map(({ at }) => at))),
      firstSeen: time(Math.min(...seen.map(({ at }) => at))),
    })),
  });
}

function pickEvent(c: Context, issue: Issue, deps: ApiDeps): StoredEvent | undefined {
  const wanted = c.req.param("eventId") ?? "";
  const environments = c.req.queries("environment") ?? [];
  const terms = parseSearch(c.req.query("query") ?? "");
  const events = issue.events
    .filter((event) => environments.length === 0 || environments.includes(event.environment ?? ""))
    .filter((event) => matchesEvent(event, issue, terms, deps.place.project))
    .sort((a, b) => a.timestampMs - b.timestampMs);
  if (wanted === "oldest") return events[0];
  if (wanted === "latest" || wanted === "recommended") return events.at(-1);
  return issue.events.find((event) => event.id === wanted);
}

function fullEvent(event: StoredEvent, issue: Issue, { state, place }: ApiDeps): Record<string, unknown> {
  const position = issue.events.indexOf(event);
  const release = state.releases.get(event.release ?? "");
  return renderApiEvent(event, place, {
    previous: issue.events[position - 1]?.id ?? null,
    next: issue.events[position + 1]?.id ?? null,
    release: release ? renderRelease(release, place, state.sessions.size > 0) : null,
  });
}
