import * as z from "zod";

/** How soon somebody must look: P0 now, P1 today, P2 this week, P3 when convenient. */
export type Priority = "P0" | "P1" | "P2" | "P3";

/** How bad it is; goes with the priority: critical is P0, low is P3. */
export type Severity = "critical" | "high" | "medium" | "low";

const LEVELS = ["debug", "info", "warning", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

export const IMPACT_LEVELS = ["none", "low", "medium", "high", "critical"] as const;
export type ImpactLevel = (typeof IMPACT_LEVELS)[number];

const SYNONYMS: Record<string, Level> = {
  critical: "fatal",
  crash: "fatal",
  warn: "warning",
  log: "info",
  trace: "debug",
};

/** A level in our words; one that is not known counts as an error. */
export function readLevel(text: string): Level {
  const word = text.trim().toLowerCase();
  return LEVELS.find((level) => level === word) ?? SYNONYMS[word] ?? "error";
}

const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), "not an ISO 8601 date and time");
const optionalInstant = instant.nullish().transform((text) => text ?? null);
const counted = z
  .number()
  .min(0)
  .nullish()
  .transform((count) => count ?? 0);
const stated = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);

/** What the product measured of the harm: a word, or the share (0..1) of users whose flow broke, or both. */
const impactSchema = z
  .union([
    z.enum(IMPACT_LEVELS).transform((level) => ({ level, affectedShare: null })),
    z.object({
      level: z
        .enum(IMPACT_LEVELS)
        .nullish()
        .transform((level) => level ?? null),
      affectedShare: z
        .number()
        .min(0)
        .max(1)
        .nullish()
        .transform((share) => share ?? null),
    }),
  ])
  .nullish()
  .transform((impact) => impact ?? null);

/**
 * What triage is told of an incident. Only `now` must be there. Without them: `level` is error (so is a word that is
 * no level), `environment` is production (Sentry's own default), counts are 0, the first event was at the last and the
 * last is now, nobody said whether it was handled, no regression, no baseline, no known traffic or
 * deployment, no measured impact.
 */
export const triageFactsSchema = z
  .object({
    title: z
      .string()
      .nullish()
      .transform((title) => title ?? ""),
    level: z
      .string()
      .nullish()
      .transform((level) => level ?? "error"),
    environment: z
      .string()
      .nullish()
      .transform((name) => (name?.trim() ? name.trim() : null)),
    events: counted,
    users: counted,
    firstSeenAt: optionalInstant,
    lastSeenAt: optionalInstant,
    now: instant,
    unhandled: stated,
    regression: stated.transform((value) => value ?? false),
    /** Events an hour on the days before the last one, where the issue is old enough to have a usual rate. */
    baselineEventsPerHour: z
      .number()
      .min(0)
      .nullish()
      .transform((rate) => rate ?? null),
    /** Events an hour now; absent: what came since the first event is all that is known. */
    recentEventsPerHour: z
      .number()
      .min(0)
      .nullish()
      .transform((rate) => rate ?? null),
    /** Requests an hour that the failing part serves, where that is known: its error budget is a share of them. */
    requestsPerHour: z
      .number()
      .min(0)
      .nullish()
      .transform((rate) => rate ?? null),
    /** When the last deployment to production before the first event was ready. */
    deployedAt: optionalInstant,
    impact: impactSchema,
  })
  .transform((facts) => {
    const lastSeenAt = facts.lastSeenAt ?? facts.now;
    return { ...facts, lastSeenAt, firstSeenAt: facts.firstSeenAt ?? lastSeenAt };
  });
export type TriageFacts = z.infer<typeof triageFactsSchema>;

/** The verdict; `score` 0..100, `reasons` are sentences, the weightiest first. */
export type Triage = {
  priority: Priority;
  severity: Severity;
  score: number;
  worthRepair: boolean;
  reasons: string[];
};
