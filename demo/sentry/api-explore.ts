import type { Context, Hono } from "hono";
import { requireScope } from "./api-auth.ts";
import type { ApiDeps } from "./api-issues.ts";
import { spansTable } from "./api-spans.ts";
import type { Issue, StoredEvent } from "./model.ts";
import { userKey } from "./normalize-event.ts";
import { pageOf } from "./paging.ts";
import { BadQuery, eventField, matchesEvent, parseSearch, periodMs, readWindow } from "./search.ts";

interface Row {
  event: StoredEvent;
  issue: Issue;
}

const DATASETS = ["errors", "logs", "profile_functions", "spans", "tracemetrics", "uptime_results"];

/** Explore (`/events/`) and its time series; both need org:read. */
export function mountExplore(app: Hono, deps: ApiDeps): void {
  const canRead = requireScope(deps.tokens, "org:read", "org:write", "org:admin");
  app.get("/api/0/organizations/:org/events/", canRead, (c) => c.json(exploreTable(c, deps)));
  app.get("/api/0/organizations/:org/events-stats/", canRead, (c) => c.json(eventsStats(c, deps)));
  app.get("/api/0/organizations/:org/events-timeseries/", canRead, (c) => c.json(eventsTimeseries(c, deps)));
}

function selectRows(c: Context, { state, place }: ApiDeps, defaultPeriod: string) {
  const dataset = c.req.query("dataset");
  if (dataset === undefined || !DATASETS.includes(dataset))
    throw new BadQuery(`dataset must be one of: ${DATASETS.join(", ")}`);
  const window = readWindow(c.req.query(), Date.now(), defaultPeriod);
  const terms = parseSearch(c.req.query("query") ?? "");
  const environments = c.req.queries("environment") ?? [];
  const rows: Row[] = [];
  if (dataset !== "errors") return { rows, window, dataset };
  for (const issue of state.issues.values()) {
    for (const event of issue.events) {
      if (event.timestampMs < window.startMs || event.timestampMs > window.endMs) continue;
      if (environments.length > 0 && !environments.includes(event.environment ?? "")) continue;
      if (matchesEvent(event, issue, terms, place.project)) rows.push({ event, issue });
    }
  }
  return { rows, window, dataset };
}

function exploreTable(c: Context, deps: ApiDeps) {
  const fields = c.req.queries("field") ?? [];
  if (fields.length === 0) throw new BadQuery("No columns selected");
  if (fields.length > 20)
    throw new BadQuery("You can view up to 20 fields at a time. Please delete some and try again.");
  if (c.req.query("dataset") === "spans") return spansTable(c, deps.state.spans, deps.place);
  const { rows, dataset } = selectRows(c, deps, "90d");
  const isAggregate = fields.some((field) => field.endsWith(")"));
  const keys = isAggregate ? fields.filter((field) => !field.endsWith(")")) : fields;
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const values = keys.map((key) => eventField(row.event, row.issue, key, deps.place.project));
    const id = isAggregate ? JSON.stringify(values) : row.event.id;
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  // A query of aggregates alone always has one row, also over nothing.
  if (isAggregate && keys.length === 0 && groups.size === 0) groups.set("[]", []);
  const data = [...groups.values()].map((group) => tableRow(fields, group, deps.place.project, isAggregate));
  sortTable(data, c.req.query("sort") ?? (isAggregate ? undefined : "-timestamp"));
  return { data: pageOf(c, data, 50), meta: tableMeta(fields, dataset) };
}

function tableRow(fields: string[], group: Row[], project: string, isAggregate: boolean): Record<string, unknown> {
  const first = group[0];
  const cells = fields.map((field): [string, unknown] => {
    if (field.endsWith(")")) return [field, aggregate(field, group)];
    return [field, first ? eventField(first.event, first.issue, field, project) : null];
  });
  const row: Record<string, unknown> = Object.fromEntries(cells);
  if (!isAggregate && first) row.id ??= first.event.id;
  return row;
}

function aggregate(field: string, group: Row[]): unknown {
  const [, name, argument = ""] = /^(\w+)\((.*)\)$/.exec(field) ?? [];
  const times = group.map((row) => row.event.timestampMs);
  switch (name) {
    case "count":
      return group.length;
    case "count_unique":
      return new Set(group.map((row) => uniqueValue(row, argument)).filter((value) => value !== null)).size;
    case "last_seen":
      return group.length === 0 ? null : isoSeconds(times.reduce((a, b) => Math.max(a, b)));
    case "first_seen":
      return group.length === 0 ? null : isoSeconds(times.reduce((a, b) => Math.min(a, b)));
    default:
      throw new BadQuery(`${name ?? field} is not a valid function`);
  }
}

function uniqueValue(row: Row, field: string): unknown {
  if (field === "user") return userKey(row.event.user);
  return eventField(row.event, row.issue, field, "");
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "+00:00");
}

function sortTable(data: Record<string, unknown>[], sort: string | undefined): void {
  if (sort === undefined) return;
  const isDescending = sort.startsWith("-");
  const wanted = sort.replace(/^-/, "");
  const field =
    Object.keys(data[0] ?? {}).find((key) => key === wanted || key.replace(/\(\)$/, "") === wanted) ?? wanted;
  data.sort((a, b) => {
    const [left, right] = [a[field], b[field]];
    const order =
      typeof left === "number" && typeof right === "number"
        ? left - right
        : String(left) < String(right)
          ? -1
          : Number(String(left) > String(right));
    return isDescending ? -order : order;
  });
}

function tableMeta(fields: string[], dataset: string) {
  const typeOf = (field: string) => {
    if (field.startsWith("count") || field === "issue.id") return "integer";
    return field.includes("seen(") || field.startsWith("timestamp") ? "date" : "string";
  };
  return {
    fields: Object.fromEntries(fields.map((field) => [field, typeOf(field)])),
    units: Object.fromEntries(fields.map((field) => [field, null])),
    isMetricsData: false,
    isMetricsExtractedData: false,
    tips: { query: null, columns: null },
    datasetReason: "unchanged",
    dataset,
  };
}

function countSeries(c: Context, deps: ApiDeps) {
  const { rows, window, dataset } = selectRows(c, deps, "24h");
  const stepMs = periodMs(c.req.query("interval") ?? (window.endMs - window.startMs > 86_400_000 * 2 ? "1h" : "5m"));
  const first = Math.floor(window.startMs / stepMs) * stepMs;
  const length = Math.floor((window.endMs - first) / stepMs) + 1;
  if (length > 10_000)
    throw new BadQuery(
      "Your interval and date range would create too many results. Use a larger interval, or a smaller date range.",
    );
  const counts = Array.from({ length }, () => 0);
  for (const row of rows) {
    const slot = Math.floor((row.event.timestampMs - first) / stepMs);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return { counts: counts.map((count, index) => ({ atMs: first + index * stepMs, count })), window, dataset, stepMs };
}

function eventsStats(c: Context, deps: ApiDeps) {
  const { counts, window } = countSeries(c, deps);
  return {
    data: counts.map(({ atMs, count }) => [atMs / 1000, [{ count }]]),
    start: Math.floor(window.startMs / 1000),
    end: Math.floor(window.endMs / 1000),
    isMetricsData: false,
  };
}

function eventsTimeseries(c: Context, deps: ApiDeps) {
  const yAxis = c.req.query("yAxis") ?? "count()";
  if (yAxis !== "count()") throw new BadQuery(`${yAxis} is not available for this dataset here; count() is`);
  const { counts, window, dataset, stepMs } = countSeries(c, deps);
  const values = counts.map(({ atMs, count }) => ({
    timestamp: atMs,
    value: count,
    incomplete: atMs + stepMs > window.endMs,
  }));
  return {
    timeSeries: [{ values, yAxis, meta: { valueUnit: null, valueType: "integer", interval: stepMs } }],
    meta: { dataset, start: window.startMs, end: window.endMs },
  };
}
