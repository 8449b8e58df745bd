import type { ErrorSource, IssueContext } from "../../investigate/ports.ts";
import type { PerformanceSource } from "../../performance/ports.ts";
import type { IssueFeed } from "../../reconcile/ports.ts";
import type { DurationHistory, ErrorHistory, SessionHistory } from "../../recovery/ports.ts";
import { createSentryClient, type SentryConfig } from "./client.ts";
import { createDurationHistory } from "./duration-history.ts";
import { createErrorHistory } from "./error-history.ts";
import { createErrorSource } from "./error-source.ts";
import { createIssueContext } from "./issue-context.ts";
import { createIssueFeed } from "./issue-feed.ts";
import { createPerformanceSource } from "./performance-source.ts";
import { createSessionHistory } from "./session-history.ts";

export type { SentryConfig } from "./client.ts";

export interface Sentry {
  errorSource: ErrorSource;
  errorHistory: ErrorHistory;
  issueContext: IssueContext;
  performanceSource: PerformanceSource;
  durationHistory: DurationHistory;
  issueFeed: IssueFeed;
  sessionHistory: SessionHistory;
}

/** One Sentry organization. Token scopes: event:read, event:write to resolve issues, org:read for Explore, project:releases for commits. */
export function createSentry(config: SentryConfig): Sentry {
  const client = createSentryClient(config);
  return {
    errorSource: createErrorSource(client, config),
    errorHistory: createErrorHistory(client),
    issueContext: createIssueContext(client, config),
    performanceSource: createPerformanceSource(client, config),
    durationHistory: createDurationHistory(client, config),
    issueFeed: createIssueFeed(client, config),
    sessionHistory: createSessionHistory(client),
  };
}
