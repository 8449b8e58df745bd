/** A read-only query in HogQL. Values are named in `text` as `{name}` and sent beside it, never written into it. */
export interface AnalyticsQuery {
  /** What PostHog's own query log calls it. */
  name: string;
  /** Ends with its own LIMIT: without one PostHog answers 100 rows and does not say that there were more. */
  text: string;
  values: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface AnalyticsAnswer {
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
  isCached: boolean;
  /** When the numbers were computed, ISO 8601; null where the answer does not say. */
  lastRefresh: string | null;
}

/** The product's own events, as far as somebody reports them. */
export interface ProductAnalytics {
  /** Throws AppError where nothing can be known: away, too slow, over its limits, or the key may not read. */
  ask(query: AnalyticsQuery): Promise<AnalyticsAnswer>;
}

/** A site that the source itself asks again and again whether it is up. */
export interface Monitor {
  name: string;
  /** null until its first check. */
  isUp: boolean | null;
  /** When it last went down or came back, ISO 8601. */
  since: string | null;
}

export interface MonitorSource {
  /** null when the source has no such monitor. */
  findMonitor(monitorId: string): Promise<Monitor | null>;
}
