import type { SlowMeasure, SpanKey } from "./model.ts";

/** `85 ms`, `1.35 s`, `2 min 5 s`. */
export function renderMs(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 100) / 100} ms`;
  if (ms < 9.95) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 119_950) return `${Math.round(ms / 10) / 100} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function renderTimes(ratio: number): string {
  return `${ratio < 10 ? Math.round(ratio * 10) / 10 : Math.round(ratio)} times`;
}

/** `GET /products`, or `SELECT … in GET /products` for a span within. */
export function renderSpan({ transaction, op, description }: SpanKey): string {
  const within = description !== "" && description !== transaction;
  if (!within) return transaction || op;
  return transaction === "" ? description : `${description} in ${transaction}`;
}

/** The incident's title. It names no figure, so that it stays the same while they move. */
export function renderSlowTitle(key: SpanKey): string {
  const name = renderSpan(key);
  return `Slow ${key.op}: ${name}`;
}

type Figures = Pick<SlowMeasure, "p95Ms" | "baseline" | "ratio" | "count">;

/** The figures in one sentence. */
export function renderFigures({ p95Ms, baseline, ratio, count }: Figures): string {
  const now = `p95 is ${renderMs(p95Ms)} over ${count} samples`;
  if (baseline === null || ratio === null) return `${now}; there is no baseline of earlier weeks to compare with`;
  const weeks = baseline.weeks === 1 ? "an earlier week" : `${baseline.weeks} earlier weeks`;
  return `${now}, ${renderTimes(ratio)} the ${renderMs(baseline.p95Ms)} of the same hours of ${weeks}`;
}
