import type * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { AppError } from "../../kernel/errors.ts";
import type { WritePermit } from "../../kernel/write.ts";
import { type Fetch, type HttpAnswer, requestJson } from "../http.ts";

export interface SentryConfig {
  /** `https://sentry.io`, `https://us.sentry.io`, or an own host; with or without `/api/0`. */
  url: string;
  authToken: string;
  /** The organization's slug or id. */
  org: string;
  /** Slug or id of the one project whose issues are ours; null: all that the token can see. */
  project: string | null;
  /** The latest event is taken from this environment; null: from any. */
  environment: string | null;
  clock: Clock;
  timeoutMs: number;
  fetch?: Fetch;
}

/** A list is sent as one parameter after the other, as Sentry's `field` and `environment` are. */
export type Query = Record<string, string | readonly string[]>;

/** A Web API below one address: Sentry's at `/api/0/organizations/{org}`, GlitchTip's at `/api/0`. */
export interface SentryClient {
  get<T>(path: string, query: Query, schema: z.ZodType<T>): Promise<HttpAnswer<T>>;
  put<T>(permit: WritePermit, path: string, json: unknown, schema: z.ZodType<T>): Promise<HttpAnswer<T>>;
}

/** An event with long breadcrumbs and variables has about 1 MB, a page of 100 short ones less. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The Web API's root of a server named with or without `/api/0`. */
export function apiRoot(url: string): string {
  return `${url.replace(/\/+$/, "").replace(/\/api\/0$/, "")}/api/0`;
}

/** A client for one Sentry organization. Rate limits come back as AppError with the wait that Sentry states. */
export function createSentryClient(config: SentryConfig): SentryClient {
  const base = `${apiRoot(config.url)}/organizations/${encodeURIComponent(config.org)}`;
  return createApiClient({ ...config, provider: "sentry", base });
}

export interface ApiPlace extends Pick<SentryConfig, "authToken" | "clock" | "timeoutMs" | "fetch"> {
  /** Who is named in errors. */
  provider: string;
  /** What paths begin below. */
  base: string;
}

/** A client with `Authorization: Bearer` for Sentry or a server that speaks its API. */
export function createApiClient({ provider, base, ...place }: ApiPlace): SentryClient {
  const shared = {
    provider,
    headers: { authorization: `Bearer ${place.authToken}` },
    timeoutMs: place.timeoutMs,
    maxBytes: MAX_BYTES,
    clock: place.clock,
    fetch: place.fetch,
  };
  return {
    get(path, query, schema) {
      const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
      const search = new URLSearchParams(pairs).toString();
      const url = `${base}${path}${search === "" ? "" : `?${search}`}`;
      return requestJson({ ...shared, method: "GET", url, intent: "read" }, schema);
    },
    put: (permit, path, json, schema) =>
      requestJson(
        { ...shared, method: "PUT", url: `${base}${path}`, json, intent: { permit, kind: "source.status" } },
        schema,
      ),
  };
}

/** `/issues/{id}/…` for a numeric issue id; anything else would be another route. */
export function issuePath(issueId: string, rest = ""): string {
  if (/^\d+$/.test(issueId)) return `/issues/${issueId}/${rest}`;
  throw new AppError("bad_issue_id", "a Sentry issue id has digits only", { retry: "never", context: { issueId } });
}

/**
 * The cursor of the next page, or null at the end. Sentry always names a next page and says with `results` whether
 * there is anything on it (formats of `Link`: docs.sentry.io/api/pagination).
 */
export function nextCursor(link: string | null): string | null {
  for (const part of (link ?? "").split(/,\s*(?=<)/)) {
    if (!/;\s*rel="next"/.test(part) || !/;\s*results="true"/.test(part)) continue;
    return /;\s*cursor="([^"]+)"/.exec(part)?.[1] ?? null;
  }
  return null;
}
