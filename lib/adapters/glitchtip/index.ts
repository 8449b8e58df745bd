import type { IssueListing } from "../../intake/ports.ts";
import type { ErrorSource } from "../../investigate/ports.ts";
import type { IssueFeed } from "../../reconcile/ports.ts";
import type { ErrorHistory } from "../../recovery/ports.ts";
import type { MonitorSource } from "../../triage/ports.ts";
import { createGlitchtipClient, type GlitchtipConfig } from "./client.ts";
import { createErrorHistory } from "./error-history.ts";
import { createErrorSource } from "./error-source.ts";
import { createIssueFeed } from "./issue-feed.ts";
import { createIssueListing } from "./issue-listing.ts";
import { createMonitorSource } from "./monitors.ts";

export type { GlitchtipConfig } from "./client.ts";

export interface Glitchtip {
  errorSource: ErrorSource;
  errorHistory: ErrorHistory;
  issueListing: IssueListing;
  issueFeed: IssueFeed;
  monitors: MonitorSource;
}

/** One GlitchTip organization, by its Sentry-shaped API. Token scopes: event:read, event:write to resolve, org:read. */
export function createGlitchtip(config: GlitchtipConfig): Glitchtip {
  const client = createGlitchtipClient(config);
  return {
    errorSource: createErrorSource(client, config),
    errorHistory: createErrorHistory(client),
    issueListing: createIssueListing(client, config),
    issueFeed: createIssueFeed(client, config),
    monitors: createMonitorSource(client),
  };
}
