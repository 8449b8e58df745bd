import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { ReleaseShare, SpanKey, SpanStats } from "../../performance/model.ts";
import type { PerformanceSource, SpanQuestion } from "../../performance/ports.ts";
import type { HttpAnswer } from "../http.ts";
import { nextCursor, type Query, type SentryClient, type SentryConfig } from "./client.ts";

const PATH = "/events/";
const PER_PAGE = 100;
export const KEY_FIELDS = ["transaction", "span.op", "span.description"] as const;
const FIGURE_FIELDS = [
  "count()",
  "sum(span.duration)",
  "p50(span.duration)",
  "p75(span.duration)",
  "p95(span.duration)",
  "p99(span.duration)",
] as const;
/** A limit that ends sooner than this is waited for between two pages; a longer one is the caller's to wait for. */
const LONGEST_PAUSE_MS = 5_000;

export const text = z.string().nullish().catch(null);
export const figure = z.number().nullish().catch(null);
const tableSchema = z.object({
  data: z.array(z.record(z.string(), z.unknown())),
  meta: z
    .object({ accuracy: z.object({ confidence: z.array(z.record(z.string(), z.unknown())) }).partial() })
    .partial()
    .nullish()
    .catch(null),
});
type Table = z.infer<typeof tableSchema>;
export type Row = Table["data"][number];

/** A value in Sentry's search syntax: quoted, as text and not as a pattern. */
export function quoted(value: string): string {
  return `"${value.replaceAll("*", "\\*").replaceAll('"', '\\"')}"`;
}

function is(field: string, value: string): string {
  return value === "" ? `!has:${field}` : `${field}:${quoted(value)}`;
}

/** Terms beside each other are joined by AND; OR needs its parentheses. */
function anyOf(field: string, values: readonly string[]): string {
  return `(${values.map((value) => is(field, value)).join(" OR ")})`;
}

/**
 * The project, by id as a parameter. A slug goes into the search: `project` takes ids alone, and without one Sentry
 * looks only where the token's owner is a member; -1 is every project that the token may see.
 */
function projectOf(project: string | null): { project: string; terms: string[] } {
  if (project === null) return { project: "-1", terms: [] };
  if (/^\d+$/.test(project)) return { project, terms: [] };
  return { project: "-1", terms: [is("project", project)] };
}

function readSpan(row: Row, confidence: Record<string, unknown> | undefined): SpanStats | null {
  const number = (field: string) => figure.parse(row[field]) ?? null;
  const p95Ms = number("p95(span.duration)");
  const count = number("count()");
  if (p95Ms === null || count === null) return null;
  return {
    ...readKey(row),
    count,
    p50Ms: number("p50(span.duration)") ?? 0,
    p75Ms: number("p75(span.duration)") ?? 0,
    p95Ms,
    p99Ms: number("p99(span.duration)") ?? p95Ms,
    totalMs: number("sum(span.duration)") ?? 0,
    isConfident: confidence?.["p95(span.duration)"] !== "low",
  };
}

export function readKey(row: Row): SpanKey {
  const [transaction, op, description] = KEY_FIELDS.map((field) => text.parse(row[field]) ?? "");
  return { transaction: transaction ?? "", op: op ?? "", description: description ?? "" };
}

export const isSame = (a: SpanKey, b: SpanKey) =>
  a.transaction === b.transaction && a.op === b.op && a.description === b.description;

/** People's pages are at the main host: `us.sentry.io` and `de.sentry.io` are for the API. */
function webRoot(url: string): string {
  const root = url.replace(/\/+$/, "").replace(/\/api\/0$/, "");
  return root.replace(/^https:\/\/(?:us|de)\.sentry\.io$/, "https://sentry.io");
}

/** How long to leave Sentry alone before the next page: its window has no call left (docs.sentry.io/api/ratelimits). */
function pauseMs(answer: HttpAnswer<unknown>, nowMs: number): number {
  if (answer.header("x-sentry-rate-limit-remaining") !== "0") return 0;
  const reset = Number(answer.header("x-sentry-rate-limit-reset")) * 1_000;
  const answeredMs = Date.parse(answer.header("date") ?? "");
  return Number.isFinite(reset) ? Math.max(0, reset - (Number.isFinite(answeredMs) ? answeredMs : nowMs)) : 0;
}

async function keepLimit(answer: HttpAnswer<unknown>, config: SentryConfig): Promise<void> {
  const waitMs = pauseMs(answer, config.clock.now().getTime());
  if (waitMs === 0) return;
  if (waitMs > LONGEST_PAUSE_MS) {
    throw new AppError("provider_rate_limited", "sentry allows no further call for now", {
      retry: { afterMs: waitMs },
      context: { provider: "sentry", path: PATH },
    });
  }
  await sleep(waitMs);
}

/** Data older than the plan keeps is refused: 400 "Invalid date range", which is no fault of the question. */
function isOutOfRetention(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code === "provider_rejected" && thrown.context.status === 400;
}

type Window = Pick<SpanQuestion, "from" | "to" | "environment">;

export function createTable(client: SentryClient, config: SentryConfig) {
  const { project, terms } = projectOf(config.project);
  return (window: Window, fields: readonly string[], search: readonly string[], more: Query) => {
    const query: Query = {
      dataset: "spans",
      field: fields,
      start: window.from,
      end: window.to,
      environment: window.environment,
      project,
      per_page: String(PER_PAGE),
      query: [...terms, ...search].join(" "),
      ...more,
    };
    return client.get(PATH, query, tableSchema);
  };
}

/**
 * Explore's table over spans (`GET …/events/?dataset=spans`). Sorted by total time, because the slowest p95s are those
 * of rare spans. `count()` and percentiles are extrapolated from samples; Sentry says with `low` where from too few.
 * Token scope: org:read.
 */
export function createPerformanceSource(client: SentryClient, config: SentryConfig): PerformanceSource {
  const table = createTable(client, config);
  const pages = async (question: SpanQuestion) => {
    const { ops, transactions, maxPages } = question;
    const search = [anyOf("span.op", ops), ...(transactions === null ? [] : [anyOf("transaction", transactions)])];
    const spans: SpanStats[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < maxPages; page += 1) {
      const sort: Query = { sort: "-sum(span.duration)", ...(cursor === null ? {} : { cursor }) };
      const answer = await table(question, [...KEY_FIELDS, ...FIGURE_FIELDS], search, sort);
      const confidence = answer.value.meta?.accuracy?.confidence ?? [];
      spans.push(...answer.value.data.flatMap((row, at) => readSpan(row, confidence[at]) ?? []));
      cursor = nextCursor(answer.header("link"));
      if (cursor === null) return { spans, isTruncated: false, isUnavailable: false };
      if (page + 1 < maxPages) await keepLimit(answer, config);
    }
    return { spans, isTruncated: true, isUnavailable: false };
  };
  return {
    async listSpans(question) {
      try {
        return await pages(question);
      } catch (thrown) {
        const isEarlier = question.transactions !== null;
        if (isEarlier && isOutOfRetention(thrown)) return { spans: [], isTruncated: false, isUnavailable: true };
        throw thrown;
      }
    },
    readDetails: (key, window) => readDetails(table, config, key, window),
  };
}

/** A description can be longer than an address: such a one is compared here alone. */
const MOST_ASKED_CHARACTERS = 400;

/** The search for one group; its rows have to be told from others by `isSame` where the description is too long to ask for. */
export function keyTerms({ transaction, op, description }: SpanKey): string[] {
  const terms = [is("span.op", op), is("transaction", transaction)];
  return description.length <= MOST_ASKED_CHARACTERS ? [...terms, is("span.description", description)] : terms;
}

/** Releases, the slowest trace and the explorer's page of one group. */
async function readDetails(
  table: ReturnType<typeof createTable>,
  config: SentryConfig,
  key: SpanKey,
  window: Window,
): Promise<Awaited<ReturnType<PerformanceSource["readDetails"]>>> {
  const search = keyTerms(key);
  const shares = await table(window, [...KEY_FIELDS, "release", "count()", "p95(span.duration)"], search, {
    sort: "-count()",
  });
  const samples = await table(window, [...KEY_FIELDS, "id", "trace", "span.duration"], search, {
    sort: "-span.duration",
  });
  const slowest = samples.value.data.find((row) => isSame(readKey(row), key));
  const traceId = text.parse(slowest?.trace) ?? null;
  const root = `${webRoot(config.url)}/organizations/${encodeURIComponent(config.org)}/explore/traces/`;
  const { project } = projectOf(config.project);
  const time = { start: window.from, end: window.to, environment: window.environment, project };
  return {
    releases: shares.value.data.filter((row) => isSame(readKey(row), key)).flatMap(readShare),
    traceUrl: traceId !== null && /^[0-9a-f]{32}$/.test(traceId) ? `${root}trace/${traceId}/` : null,
    spansUrl: `${root}?${new URLSearchParams({ query: search.join(" "), ...time })}`,
  };
}

function readShare(row: Row): ReleaseShare[] {
  const release = text.parse(row.release);
  const count = figure.parse(row["count()"]);
  if (!release || count === null || count === undefined) return [];
  return [{ release, count, p95Ms: Math.round((figure.parse(row["p95(span.duration)"]) ?? 0) * 10) / 10 }];
}
