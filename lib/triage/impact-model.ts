import * as z from "zod";
import { IMPACT_LEVELS } from "./model.ts";

/** What the operator set of product impact. */
export interface ImpactSettings {
  /** Events of success, such as a completed checkout: fewer of them than usual is harm. */
  events: readonly string[];
  /** The longest time that is compared. */
  windowHours: number;
  /** An incident younger than this is not measured yet. */
  minWindowMinutes: number;
  /** How many earlier weeks are compared with. */
  weeks: number;
  /** An incident's impact is asked for no more often. */
  askMinutes: number;
  /** How long a reported event may take until it can be counted. */
  ingestLagSeconds: number;
}

export interface Span {
  /** ISO 8601, included. */
  from: string;
  /** ISO 8601, excluded. */
  to: string;
}

/** The failing time, and the same hours of earlier weeks, the latest first. All lie before the incident began but the first. */
export interface ImpactWindow {
  now: Span;
  weeks: readonly Span[];
}

/** One row of an answer; `period` 0 is the failing time, n the n-th of the earlier weeks. */
export interface EventCount {
  event: string;
  period: number;
  occurrences: number;
  /** Unique people of this event in this period. They must not be added up: one person may send several events. */
  people: number;
}
export interface PeopleCount {
  period: number;
  people: number;
}

const countSchema = z.number().min(0);
const comparisonSchema = z.object({
  /**
   * `no_baseline`: seen in fewer than two earlier weeks. `unclear`: so few are usual, or weeks differ so much, that even none would prove nothing.
   */
  verdict: z.enum(["drop", "rise", "usual", "unclear", "no_baseline"]),
  now: countSchema,
  /** Median of the earlier weeks; null without a baseline. */
  usual: countSchema.nullable(),
  /** now/usual − 1; null without a baseline. */
  change: z.number().nullable(),
});
export type Comparison = z.infer<typeof comparisonSchema>;

const eventImpactSchema = comparisonSchema.extend({
  event: z.string(),
  people: countSchema,
  usualPeople: countSchema.nullable(),
});
export type EventImpact = z.infer<typeof eventImpactSchema>;

export const impactSchema = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("measured"),
    level: z.enum(IMPACT_LEVELS),
    /** Share of the usual unique people, over all events together, who are missing; null where that may be chance. */
    affectedShare: z.number().min(0).max(1).nullable(),
    events: z.array(eventImpactSchema),
    /** Unique people over all events together, by a query of their own. */
    people: comparisonSchema,
    window: z.object({ from: z.string(), to: z.string(), weeks: z.number().int() }),
    isCached: z.boolean(),
    lastRefresh: z.string().nullable(),
  }),
  z.object({ status: z.literal("unknown"), reason: z.string() }),
]);
export type Impact = z.infer<typeof impactSchema>;

/** An impact as it is kept with its incident. Instants are ISO 8601. */
export const impactReadingSchema = z.object({
  impact: impactSchema,
  summary: z.string(),
  readAt: z.string(),
  /** Not asked again before; null: nobody can be asked. */
  askAgainAt: z.string().nullable(),
});
export type ImpactReading = z.infer<typeof impactReadingSchema>;

/** The reading that an incident's stored triage holds, or null. */
export function readImpactReading(triage: Readonly<Record<string, unknown>> | null): ImpactReading | null {
  return impactReadingSchema.safeParse(triage?.impact).data ?? null;
}
