import type { ReleaseShare, SpanKey, SpanStats } from "./model.ts";

export interface SpanQuestion {
  environment: string;
  /** ISO 8601. */
  from: string;
  to: string;
  ops: readonly string[];
  /** Only spans of these transactions; null: of all. */
  transactions: readonly string[] | null;
  maxPages: number;
}

/** Where durations are measured. All figures are of the configured project. */
export interface PerformanceSource {
  /**
   * Groups of spans by transaction, operation and description, most total time first. `isTruncated` when there were more
   * than `maxPages`; `isUnavailable` when the source keeps no data of that time.
   */
  listSpans(question: SpanQuestion): Promise<{ spans: SpanStats[]; isTruncated: boolean; isUnavailable: boolean }>;
  /** Of one group: its releases, most samples first, and links for people. */
  readDetails(
    key: SpanKey,
    window: { environment: string; from: string; to: string },
  ): Promise<{ releases: ReleaseShare[]; traceUrl: string | null; spansUrl: string }>;
}
