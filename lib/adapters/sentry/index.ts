import type { ErrorSource } from "../../investigate/ports.ts";
import type { PerformanceSource } from "../../performance/ports.ts";
import type { IssueFeed } from "../../reconcile/ports.ts";
import type { ErrorHistory } from "../../recovery/ports.ts";
import { createSentryClient, type SentryConfig } from "./client.ts";
import { createErrorHistory } from "./error-history.ts";
import { createErrorSource } from "./error-source.ts";
import { createIssueFeed } from "./issue-feed.ts";
import { createPerformanceSource } from "./performance-source.ts";

export type { SentryConfig } from "./client.ts";

export interface Sentry {
  errorSource: ErrorSource;
  errorHistory: ErrorHistory;
  performanceSource: PerformanceSource;
  issueFeed: IssueFeed;
}

/** One Sentry organization. Token scopes: event:read, event:write to resolve issues, org:read for Explore. */
export function createSentry(config: SentryConfig): Sentry {
  const client = createSentryClient(config);
  return {
    errorSource: createErrorSource(client, config),
    errorHistory: createErrorHistory(client),
    performanceSource: createPerformanceSource(client, config),
    issueFeed: createIssueFeed(client, config),
  };
}
