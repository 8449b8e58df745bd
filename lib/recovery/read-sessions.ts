import type { SessionBucket } from "./ports.ts";

const HOUR_MS = 3_600_000;

/**
 * Sessions of `[fromMs, toMs)`, in all and by the hour from `fromMs` on, oldest first; the last hour may be partial. A
 * bucket that an edge cuts counts for the part inside: sources count by whole minutes or hours.
 */
export function countSessions(
  buckets: readonly SessionBucket[],
  fromMs: number,
  toMs: number,
): { total: number; hourly: number[] } {
  const hours = Math.max(1, Math.ceil((toMs - fromMs) / HOUR_MS));
  const within = (bucket: SessionBucket, from: number, to: number) => {
    const overlap = Math.min(bucket.endMs, to) - Math.max(bucket.startMs, from);
    return overlap <= 0 ? 0 : (bucket.count * overlap) / (bucket.endMs - bucket.startMs);
  };
  const sum = (from: number, to: number) => buckets.reduce((all, bucket) => all + within(bucket, from, to), 0);
  const hourly = Array.from({ length: hours }, (_, index) =>
    sum(fromMs + index * HOUR_MS, Math.min(toMs, fromMs + (index + 1) * HOUR_MS)),
  );
  return { total: hourly.reduce((all, count) => all + count, 0), hourly };
}

/**
 * Sessions since traffic moved at `fromMs`. Of the bucket in which it moved no more counts than the ones behind it bear
 * out: customers may have gone home just then, and what came before the move is no use of what serves now. The newest
 * bucket is counted up to `countedUntilMs`, not to its end.
 */
export function countSessionsSince(
  buckets: readonly SessionBucket[],
  fromMs: number,
  toMs: number,
  countedUntilMs: number,
): { total: number; hourly: number[] } {
  const whole = buckets
    .filter(({ startMs }) => startMs >= fromMs && startMs < countedUntilMs)
    .map((bucket) => ({ ...bucket, endMs: Math.min(bucket.endMs, countedUntilMs) }));
  const cut = buckets.find(({ startMs, endMs }) => startMs < fromMs && endMs > fromMs);
  const sumMs = whole.reduce((all, { startMs, endMs }) => all + endMs - startMs, 0);
  if (cut === undefined || sumMs <= 0) return countSessions(whole, fromMs, toMs);
  const rate = whole.reduce((all, { count }) => all + count, 0) / sumMs;
  const partMs = cut.endMs - fromMs;
  const count = Math.min((cut.count * partMs) / (cut.endMs - cut.startMs), rate * partMs);
  return countSessions([{ startMs: fromMs, endMs: cut.endMs, count }, ...whole], fromMs, toMs);
}
