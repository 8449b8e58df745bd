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

export type Query = Record<string, string>;

/** Sentry's Web API, below `/api/0/organizations/{org}`. */
export interface SentryClient {
  get<T>(path: string, query: Query, schema: z.ZodType<T>): Promise<HttpAnswer<T>>;
  put<T>(permit: WritePermit, path: string, json: unknown, schema: z.ZodType<T>): Promise<HttpAnswer<T>>;
}

/** An event with long breadcrumbs and variables has about 1 MB, a page of 100 short ones less. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A client with `Authorization: Bearer`. Rate limits come back as AppError with the wait that Sentry states. */
export function createSentryClient(config: SentryConfig): SentryClient {
  const host = config.url.replace(/\/+$/, "").replace(/\/api\/0$/, "");
  const base = `${host}/api/0/organizations/${encodeURIComponent(config.org)}`;
  const shared = {
    provider: "sentry",
    headers: { authorization: `Bearer ${config.authToken}` },
    timeoutMs: config.timeoutMs,
    maxBytes: MAX_BYTES,
    clock: config.clock,
    fetch: config.fetch,
  };
  return {
    get(path, query, schema) {
      const search = new URLSearchParams(query).toString();
      const url = `${base}${path}${search === "" ? "" : `?${search}`}`;
      return requestJson({ ...shared, method: "GET", url, intent: "read" }, schema);
    },
    put: (permit, path, json, schema) =>
      requestJson(
        { ...shared, method: "PUT", url: `${base}${path}`, json, intent: { permit, kind: "sentry.status" } },
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
