import type { SpanKey } from "../../performance/model.ts";
import type { DurationHistory, DurationWindow } from "../../recovery/ports.ts";
import type { Query, SentryClient, SentryConfig } from "./client.ts";
import {
  createTable,
  figure,
  isSame,
  KEY_FIELDS,
  keyTerms,
  quoted,
  type Row,
  readKey,
  text,
} from "./performance-source.ts";

/** Samples as they are kept, not extrapolated: more of them than there are would look like more evidence. */
const SAMPLES: Query = { disableAggregateExtrapolation: "1" };

/** Releases that one question leaves out; an address has only so much room. */
const MOST_RELEASES = 40;

/** How long one group of spans took, counted over a threshold by `span.duration:>Xms`. Token scope: org:read. */
export function createDurationHistory(client: SentryClient, config: SentryConfig): DurationHistory {
  const table = createTable(client, config);
  const rowOf = async (key: SpanKey, window: DurationWindow, fields: readonly string[], more: readonly string[]) => {
    const search = [...keyTerms(key), ...without(window.withoutReleases), ...more];
    const answer = await table(window, [...KEY_FIELDS, ...fields], search, { ...SAMPLES, sort: "-count()" });
    return answer.value.data.find((row) => isSame(readKey(row), key));
  };
  return {
    async listReleases(key, window) {
      const answer = await table(window, [...KEY_FIELDS, "release", "count()"], keyTerms(key), {
        ...SAMPLES,
        sort: "-count()",
      });
      const own = answer.value.data.filter((row) => isSame(readKey(row), key));
      return own.flatMap((row) => text.parse(row.release) || []);
    },
    async readDurations(key, window, thresholdMs) {
      const fields = ["count()", "p95(span.duration)", "p99(span.duration)"];
      const all = await rowOf(key, window, fields, []);
      const samples = numberOf(all, "count()");
      const over =
        samples === 0 ? undefined : await rowOf(key, window, ["count()"], [`span.duration:>${thresholdMs}ms`]);
      return {
        samples,
        slow: Math.min(samples, numberOf(over, "count()")),
        p95Ms: numberOf(all, "p95(span.duration)"),
        p99Ms: numberOf(all, "p99(span.duration)"),
      };
    },
  };
}

function without(releases: readonly string[]): string[] {
  return releases.slice(0, MOST_RELEASES).map((release) => `!release:${quoted(release)}`);
}

function numberOf(row: Row | undefined, field: string): number {
  return (row && figure.parse(row[field])) ?? 0;
}
