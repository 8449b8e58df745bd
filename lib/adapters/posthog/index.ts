import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { AppError } from "../../kernel/errors.ts";
import type { AnalyticsAnswer, AnalyticsQuery, ProductAnalytics } from "../../triage/ports.ts";
import { type Fetch, requestJson } from "../http.ts";

export interface PostHogConfig {
  /** `https://us.posthog.com`, `https://eu.posthog.com` or one's own; not the ingestion host (`us.i.posthog.com`). */
  host: string;
  /** A personal API key, or a project secret API key, with the scope `query:read`. */
  apiKey: string;
  projectId: string;
  clock: Clock;
  timeoutMs: number;
  fetch?: Fetch;
}

/** `is_cached` and `last_refresh` come with cached answers; `error` with a success that is none (explain, debug). */
const answerSchema = z.object({
  results: z.array(z.array(z.unknown())),
  columns: z.array(z.string()),
  is_cached: z.boolean().nullish(),
  last_refresh: z.string().nullish(),
  error: z.string().nullish(),
});

const ENDS_WITH_LIMIT = /\blimit \d+\s*$/i;

function assertLimit(query: AnalyticsQuery): void {
  if (ENDS_WITH_LIMIT.test(query.text)) return;
  throw new AppError("query_without_limit", `the query ${query.name} does not end with its LIMIT`, { retry: "never" });
}

async function send(config: PostHogConfig, query: AnalyticsQuery): Promise<AnalyticsAnswer> {
  const { host, apiKey, projectId, clock, timeoutMs, fetch } = config;
  const { value } = await requestJson(
    {
      provider: "posthog",
      method: "POST",
      url: `${host.replace(/\/+$/, "")}/api/projects/${encodeURIComponent(projectId)}/query/`,
      intent: "read-by-post",
      headers: { authorization: `Bearer ${apiKey}` },
      // `blocking` answers from its cache where that is fresh, which saves the project's 3 concurrent queries in a storm.
      json: {
        query: { kind: "HogQLQuery", query: query.text, values: query.values },
        name: query.name,
        refresh: "blocking",
      },
      clock,
      timeoutMs,
      fetch,
    },
    answerSchema,
  );
  if (value.error) {
    const context = { provider: "posthog", query: query.name };
    throw new AppError("provider_rejected", "posthog could not run the query", { retry: "never", context });
  }
  const { results, columns, is_cached, last_refresh } = value;
  return { columns, rows: results, isCached: is_cached ?? false, lastRefresh: last_refresh ?? null };
}

/**
 * Product events by HogQL: `POST /api/projects/{id}/query/`, which only reads. Limits are the project's and shared with
 * everybody who asks (240 a minute, 2,400 an hour, legacy projects 120 an hour): after a 429 nothing is sent until its
 * end, and calls fail with the same `provider_rate_limited`. Source: posthog.com/docs/api/queries.
 */
export function createPostHog(config: PostHogConfig): ProductAnalytics {
  let blockedUntilMs = 0;
  return {
    async ask(query) {
      assertLimit(query);
      const waitMs = blockedUntilMs - config.clock.now().getTime();
      if (waitMs > 0) {
        const context = { provider: "posthog", query: query.name };
        throw new AppError("provider_rate_limited", "posthog asked to wait", { retry: { afterMs: waitMs }, context });
      }
      try {
        return await send(config, query);
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === "provider_rate_limited" && typeof thrown.retry === "object") {
          blockedUntilMs = config.clock.now().getTime() + thrown.retry.afterMs;
        }
        throw thrown;
      }
    },
  };
}
