import type { SpanKey } from "../../lib/performance/model.ts";
import type { PerformanceSource } from "../../lib/performance/ports.ts";
import type { DurationHistory, DurationWindow } from "../../lib/recovery/ports.ts";

interface Recorded extends SpanKey {
  atMs: number;
  durationMs: number;
  release: string;
  environment: string;
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;

/** Spans that were reported, one by one. */
export class MemorySpans {
  readonly all: Recorded[] = [];
  /** What the source keeps, counted back from the newest question. */
  retentionMs = Number.POSITIVE_INFINITY;
  nowMs = 0;
  /** How many groups one answer holds. */
  mostGroups = 1_000;
  isConfident = true;

  report(key: Partial<SpanKey>, facts: { atMs: number; durationMs: number; release?: string; environment?: string }) {
    const transaction = key.transaction ?? "GET /products";
    const op = key.op ?? "http.server";
    const { atMs, durationMs, release = "r1", environment = "production" } = facts;
    const description = key.description ?? transaction;
    this.all.push({ transaction, op, description, atMs, durationMs, release, environment });
  }

  /** `count` spans of one length within the hour before `atMs`. */
  reportMany(count: number, key: Partial<SpanKey>, facts: Parameters<MemorySpans["report"]>[1]) {
    for (let index = 0; index < count; index += 1)
      this.report(key, { ...facts, atMs: facts.atMs - 1_000 - Math.floor((index * 3_000_000) / count) });
  }
}

function groupsOf(spans: readonly Recorded[]): Map<string, Recorded[]> {
  const groups = new Map<string, Recorded[]>();
  for (const span of spans) {
    const id = JSON.stringify([span.transaction, span.op, span.description]);
    groups.set(id, [...(groups.get(id) ?? []), span]);
  }
  return groups;
}

export function createMemoryPerformance(memory: MemorySpans): PerformanceSource {
  const within = ({ from, to, environment }: { from: string; to: string; environment: string }) =>
    memory.all.filter(
      (span) => span.atMs >= Date.parse(from) && span.atMs < Date.parse(to) && span.environment === environment,
    );
  return {
    async listSpans({ ops, transactions, ...window }) {
      memory.nowMs = Math.max(memory.nowMs, Date.parse(window.to));
      if (Date.parse(window.to) < memory.nowMs - memory.retentionMs)
        return { spans: [], isTruncated: false, isUnavailable: true };
      const asked = within(window).filter(
        (span) => ops.includes(span.op) && (transactions === null || transactions.includes(span.transaction)),
      );
      const spans = [...groupsOf(asked).values()].flatMap((group) => {
        const [first] = group;
        const sorted = group.map((span) => span.durationMs).sort((a, b) => a - b);
        if (!first) return [];
        const { transaction, op, description } = first;
        const at = (share: number) => percentile(sorted, share);
        const figures = { p50Ms: at(0.5), p75Ms: at(0.75), p95Ms: at(0.95), p99Ms: at(0.99) };
        const totalMs = sorted.reduce((sum, ms) => sum + ms, 0);
        return [
          { transaction, op, description, count: group.length, ...figures, totalMs, isConfident: memory.isConfident },
        ];
      });
      spans.sort((a, b) => b.totalMs - a.totalMs);
      const isTruncated = spans.length > memory.mostGroups;
      return { spans: spans.slice(0, memory.mostGroups), isTruncated, isUnavailable: false };
    },
    async readDetails(key, window) {
      const group = within(window).filter(
        (span) => span.transaction === key.transaction && span.op === key.op && span.description === key.description,
      );
      const releases = [...new Set(group.map((span) => span.release))].map((release) => {
        const sorted = group.filter((span) => span.release === release).map((span) => span.durationMs);
        sorted.sort((a, b) => a - b);
        return { release, count: sorted.length, p95Ms: percentile(sorted, 0.95) };
      });
      releases.sort((a, b) => b.count - a.count);
      const root = "https://errors.example/organizations/acme/explore/traces/";
      return { releases, traceUrl: `${root}trace/${"a".repeat(32)}/`, spansUrl: `${root}?query=spans` };
    },
  };
}

export function createMemoryDurations(memory: MemorySpans): DurationHistory {
  const within = (key: SpanKey, { environment, from, to, withoutReleases }: DurationWindow) =>
    memory.all.filter(
      (span) =>
        span.transaction === key.transaction &&
        span.op === key.op &&
        span.description === key.description &&
        span.environment === environment &&
        span.atMs >= Date.parse(from) &&
        span.atMs < Date.parse(to) &&
        !withoutReleases.includes(span.release),
    );
  return {
    listReleases: async (key, window) => [...new Set(within(key, window).map((span) => span.release))],
    async readDurations(key, window, thresholdMs) {
      const sorted = within(key, window)
        .map((span) => span.durationMs)
        .sort((a, b) => a - b);
      const slow = sorted.filter((ms) => ms > thresholdMs).length;
      return { samples: sorted.length, slow, p95Ms: percentile(sorted, 0.95), p99Ms: percentile(sorted, 0.99) };
    },
  };
}
