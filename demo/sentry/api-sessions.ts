import type { Context, Hono } from "hono";
import { requireScope } from "./api-auth.ts";
import type { ApiDeps } from "./api-issues.ts";
import type { SessionBucket } from "./model.ts";
import { BadQuery, parseSearch, periodMs, readWindow, type TimeWindow } from "./search.ts";

/** Release health: sessions by release or environment. Needs org:read. */
export function mountSessions(app: Hono, deps: ApiDeps): void {
  const canRead = requireScope(deps.tokens, "org:read", "org:write", "org:admin");
  app.get("/api/0/organizations/:org/sessions/", canRead, (c) => c.json(sessionsTable(c, deps)));
}

interface Group {
  by: Record<string, unknown>;
  all: SessionBucket[];
  bySlot: Map<number, SessionBucket[]>;
}

function sessionsTable(c: Context, { state, place }: ApiDeps) {
  const fields = c.req.queries("field") ?? [];
  if (fields.length === 0) throw new BadQuery('Request is missing a "field"');
  const groupBy = c.req.queries("groupBy") ?? [];
  const window = readWindow(c.req.query(), Date.now(), "90d");
  const stepMs = periodMs(c.req.query("interval") ?? "1h");
  const firstMs = Math.floor(window.startMs / stepMs) * stepMs;
  const intervals: number[] = [];
  for (let ms = firstMs; ms < window.endMs; ms += stepMs) intervals.push(ms);
  if (intervals.length > 10_000) throw new BadQuery("Your interval and date range would create too many results.");
  const groups = new Map<string, Group>();
  for (const bucket of selectBuckets(c, state.sessions.values(), window, place.projectId)) {
    const by = Object.fromEntries(groupBy.map((key) => [key, sessionField(bucket, key, place.projectId)]));
    const key = JSON.stringify(by);
    const group = groups.get(key) ?? { by, all: [], bySlot: new Map<number, SessionBucket[]>() };
    groups.set(key, group);
    group.all.push(bucket);
    const slot = Math.max(0, Math.floor((bucket.minuteMs - firstMs) / stepMs));
    group.bySlot.set(slot, [...(group.bySlot.get(slot) ?? []), bucket]);
  }
  return {
    start: new Date(window.startMs).toISOString(),
    end: new Date(window.endMs).toISOString(),
    query: c.req.query("query") ?? "",
    intervals: intervals.map((ms) => new Date(ms).toISOString()),
    groups: [...groups.values()].map((group) => renderGroupTotals(group, fields, intervals.length)),
  };
}

function renderGroupTotals({ by, all, bySlot }: Group, fields: string[], length: number) {
  const series = (field: string) => Array.from({ length }, (_, slot) => sessionValue(field, bySlot.get(slot) ?? []));
  return {
    by,
    totals: Object.fromEntries(fields.map((field) => [field, sessionValue(field, all)])),
    series: Object.fromEntries(fields.map((field) => [field, series(field)])),
  };
}

/** SDKs count sessions by the minute: a minute that the window cuts is in it whole. */
function selectBuckets(
  c: Context,
  buckets: Iterable<SessionBucket>,
  window: TimeWindow,
  projectId: string,
): SessionBucket[] {
  const terms = parseSearch(c.req.query("query") ?? "");
  const environments = c.req.queries("environment") ?? [];
  return [...buckets].filter((bucket) => {
    if (bucket.minuteMs + 60_000 <= window.startMs || bucket.minuteMs > window.endMs) return false;
    if (environments.length > 0 && !environments.includes(bucket.environment ?? "")) return false;
    return terms.every((term) => {
      const value = String(sessionField(bucket, term.key, projectId));
      return term.values.includes(value) !== term.isNegated;
    });
  });
}

function sessionField(bucket: SessionBucket, key: string | null, projectId: string): unknown {
  if (key === "release") return bucket.release;
  if (key === "environment") return bucket.environment;
  if (key === "project") return Number(projectId);
  throw new BadQuery(`Invalid groupBy or filter for sessions: ${key}`);
}

function sessionValue(field: string, buckets: SessionBucket[]): number | null {
  const total = buckets.reduce((sum, one) => sum + one.total, 0);
  const crashed = buckets.reduce((sum, one) => sum + one.crashed, 0);
  if (field === "sum(session)") return total;
  if (field === "crash_rate(session)") return total === 0 ? null : crashed / total;
  if (field === "crash_free_rate(session)") return total === 0 ? null : 1 - crashed / total;
  throw new BadQuery(`Invalid field: "${field}"`);
}
