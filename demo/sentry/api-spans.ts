import type { Context } from "hono";
import { pageOf } from "./paging.ts";
import type { SentryPlace } from "./place.ts";
import type { StoredSpan } from "./read-transaction.ts";
import { BadQuery, readWindow } from "./search.ts";
import { parseSpanSearch } from "./span-search.ts";

type Cell = string | number | boolean | null;

/** The spans that a request's time, environment, project and search select. */
export function filterSpans(c: Context, spans: readonly StoredSpan[], place: SentryPlace): StoredSpan[] {
  const window = readWindow(c.req.query(), Date.now(), "90d");
  const matches = parseSpanSearch(c.req.query("query") ?? "");
  const environments = c.req.queries("environment") ?? [];
  refuseForeignProjects(c, place);
  return spans.filter(
    (span) =>
      span.timestampMs >= window.startMs &&
      span.timestampMs <= window.endMs &&
      (environments.length === 0 || environments.includes(span.environment ?? "")) &&
      matches((field) => spanField(span, field, place)),
  );
}

/** Explore's table over `dataset=spans`: raw spans, or aggregates by the plain fields. */
export function spansTable(c: Context, spans: readonly StoredSpan[], place: SentryPlace) {
  const fields = c.req.queries("field") ?? [];
  const rows = filterSpans(c, spans, place);
  const isAggregate = fields.some((field) => field.endsWith(")"));
  const data = isAggregate ? aggregateRows(fields, rows, place) : rows.map((span) => rawRow(fields, span, place));
  sortRows(data, fields, c.req.query("sort") ?? (isAggregate ? undefined : "-timestamp"));
  return { data: pageOf(c, data, 50), meta: metaOf(fields, data.length) };
}

function refuseForeignProjects(c: Context, place: SentryPlace): void {
  const foreign = (c.req.queries("project") ?? []).filter((id) => id !== "-1" && id !== place.projectId);
  if (foreign.length > 0)
    throw new BadQuery(`Invalid project parameter. Values must be numbers of known projects: ${foreign}`);
}

function spanField(span: StoredSpan, field: string, place: SentryPlace): Cell {
  switch (field) {
    case "id":
    case "span_id":
      return span.id;
    case "trace":
      return span.traceId;
    case "transaction":
      return span.transaction;
    case "span.op":
      return span.op;
    case "span.description":
      return span.description;
    case "span.duration":
      return span.durationMs;
    case "is_transaction":
      return span.isTransaction;
    case "release":
      return span.release;
    case "environment":
      return span.environment;
    case "project":
    case "project.name":
      return place.project;
    case "timestamp":
      return new Date(span.timestampMs).toISOString().replace(/\.\d+Z$/, "+00:00");
    default:
      throw new BadQuery(`The field ${field} is not supported for this query`);
  }
}

function rawRow(fields: readonly string[], span: StoredSpan, place: SentryPlace): Record<string, Cell> {
  return Object.fromEntries([...fields, "id"].map((field) => [field, spanField(span, field, place)]));
}

function aggregateRows(fields: readonly string[], rows: readonly StoredSpan[], place: SentryPlace) {
  const keys = fields.filter((field) => !field.endsWith(")"));
  const groups = new Map<string, StoredSpan[]>();
  for (const span of rows) {
    const id = JSON.stringify(keys.map((key) => spanField(span, key, place)));
    const group = groups.get(id);
    if (group) group.push(span);
    else groups.set(id, [span]);
  }
  if (keys.length === 0 && groups.size === 0) groups.set("[]", []);
  return [...groups.values()].map((group): Record<string, Cell> => {
    const sorted = group.map((span) => span.durationMs).sort((a, b) => a - b);
    const cells = fields.map((field): [string, Cell] => {
      if (field.endsWith(")")) return [field, aggregate(field, sorted)];
      return [field, group[0] ? spanField(group[0], field, place) : null];
    });
    return Object.fromEntries(cells);
  });
}

function aggregate(field: string, sorted: readonly number[]): number | null {
  if (field === "count()" || field === "count(span.duration)") return sorted.length;
  const sum = sorted.reduce((total, ms) => total + ms, 0);
  const share = /^p(50|75|90|95|99)\(span\.duration\)$/.exec(field)?.[1];
  if (sorted.length === 0) return null;
  if (share !== undefined) return quantile(sorted, Number(share) / 100);
  if (field === "sum(span.duration)") return sum;
  if (field === "avg(span.duration)") return sum / sorted.length;
  if (field === "max(span.duration)") return sorted.at(-1) ?? null;
  throw new BadQuery(`The function ${field} is not allowed for this query`);
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

function sortRows(data: Record<string, Cell>[], fields: readonly string[], sort: string | undefined): void {
  if (sort === undefined) return;
  const field = sort.replace(/^-/, "");
  if (!fields.includes(field) && field !== "timestamp")
    throw new BadQuery("orderby must also be in the selected columns or groupby");
  const sign = sort.startsWith("-") ? -1 : 1;
  data.sort((a, b) => {
    const [left, right] = [a[field] ?? "", b[field] ?? ""];
    return sign * (left < right ? -1 : Number(left > right));
  });
}

function metaOf(fields: readonly string[], rows: number) {
  const typeOf = (field: string) => {
    if (field.startsWith("count")) return "integer";
    if (field.includes("duration")) return "duration";
    if (field === "timestamp") return "string";
    return field === "is_transaction" ? "boolean" : "string";
  };
  // Nothing is sampled here, so no figure is extrapolated.
  const confidence = Array.from({ length: rows }, () =>
    Object.fromEntries(fields.filter((field) => field.endsWith(")")).map((field) => [field, "high"])),
  );
  return {
    fields: Object.fromEntries(fields.map((field) => [field, typeOf(field)])),
    units: Object.fromEntries(fields.map((field) => [field, field.includes("duration") ? "millisecond" : null])),
    isMetricsData: false,
    isMetricsExtractedData: false,
    tips: {},
    datasetReason: "unchanged",
    dataset: "spans",
    dataScanned: "full",
    accuracy: { confidence },
  };
}
