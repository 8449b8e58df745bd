import * as z from "zod";
import type { SpanKey } from "../performance/model.ts";

const keySchema = z.object({ transaction: z.string(), op: z.string(), description: z.string() });
const measureSchema = keySchema.extend({
  key: keySchema.optional(),
  p95Ms: z.number().positive(),
  baseline: z.object({ slowestP95Ms: z.number() }).nullable().catch(null),
});

export interface SlowWork {
  key: SpanKey;
  /** Longer than this was slow. */
  thresholdMs: number;
}

/**
 * The work that a performance incident is about, from its stored measure; null where there is none. What counts as slow lies
 * half-way (by ratio) between the slowest week before and what was measured, so that healthy work seldom reaches it, and
 * never under what is no matter for an incident.
 */
export function readSlowWork(measure: Readonly<Record<string, unknown>> | null, leastMs: number): SlowWork | null {
  const read = measureSchema.safeParse(measure).data;
  if (read === undefined) return null;
  const { transaction, op, description, p95Ms, baseline } = read;
  const between = baseline === null ? leastMs : Math.sqrt(Math.max(baseline.slowestP95Ms, 1) * p95Ms);
  return {
    key: read.key ?? { transaction, op, description },
    thresholdMs: Math.round(Math.min(Math.max(between, leastMs), Math.max(p95Ms, leastMs))),
  };
}
