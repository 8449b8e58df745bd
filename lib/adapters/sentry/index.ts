import type { ErrorSource } from "../../investigate/ports.ts";
import type { ErrorHistory } from "../../recovery/ports.ts";
import { createSentryClient, type SentryConfig } from "./client.ts";
import { createErrorHistory } from "./error-history.ts";
import { createErrorSource } from "./error-source.ts";

export type { SentryConfig } from "./client.ts";

export interface Sentry {
  errorSource: ErrorSource;
  errorHistory: ErrorHistory;
}

/** One Sentry organization. Token scopes: event:read, and event:write to resolve issues. */
export function createSentry(config: SentryConfig): Sentry {
  const client = createSentryClient(config);
  return { errorSource: createErrorSource(client, config), errorHistory: createErrorHistory(client) };
}
