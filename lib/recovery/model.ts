import * as z from "zod";

/** A moment: an ISO 8601 text (or epoch milliseconds, or a Date), kept as ISO text in UTC. */
const moment = z.union([z.string(), z.number(), z.date()]).transform((value, context) => {
  const date = new Date(value);
  if (Number.isFinite(date.getTime())) return date.toISOString();
  context.addIssue({ code: "custom", message: "not a moment in time" });
  return z.NEVER;
});
const optional = <T extends z.ZodType>(schema: T) => schema.nullable().default(null as never);
const count = z.number().int().min(0);
const hourlyCounts = optional(z.array(count).max(24 * 400));

/**
 * Rates told apart are parts of the rate before: at `ratioToReject` or more the repair failed, at `ratioToAccept` or less it worked.
 * The risks are those of the two wrong verdicts, over all looks together. `partialTolerance` is how many full watches of partial recovery are
 * borne; `deploymentWaitHours` how long after the merge a deployment may take.
 */
export const recoveryRulesSchema = z.strictObject({
  ratioToReject: z.number().positive().max(1).default(0.5),
  ratioToAccept: z.number().positive().max(1).default(0.05),
  riskFalseClose: z.number().min(1e-6).max(0.2).default(0.01),
  riskFalseRetry: z.number().min(1e-6).max(0.2).default(0.01),
  longestWatchHours: z.number().positive().default(720),
  minWatchMinutes: z.number().min(0).default(2),
  maxAttempts: count.default(3),
  partialTolerance: z.number().int().min(1).default(2),
  deploymentWaitHours: z.number().positive().default(24),
});

/** The rules, and that they make sense together. */
export const recoveryPolicySchema = recoveryRulesSchema.refine(
  (policy) => policy.ratioToAccept < policy.ratioToReject,
  {
    path: ["ratioToAccept"],
    message: "must be below ratioToReject",
  },
);
export type RecoveryPolicy = z.infer<typeof recoveryPolicySchema>;

const probeSchema = z.object({ status: z.enum(["pass", "fail", "skipped"]), detail: z.string().max(500).default("") });

const periodSchema = z.object({
  events: count,
  hours: z.number().min(0),
  sessions: optional(z.number().min(0)),
  hourly: hourlyCounts,
  hourlySessions: optional(z.array(z.number().min(0)).max(24 * 400)),
});
export type Period = z.infer<typeof periodSchema>;

/** Events cannot come in no time. */
const happened = <T extends z.ZodType<Period>>(schema: T) =>
  schema.refine(({ events, hours }) => events === 0 || hours > 0, {
    path: ["hours"],
    message: "must be more than 0, as there were events",
  });

/** The facts of the contract's `recovery`; what a caller does not know may be null or left out. */
export const recoveryFactsSchema = z.object({
  now: moment,
  incident: z.object({ firstSeenAt: moment, lastSeenAt: moment }),
  baseline: happened(periodSchema),
  repair: optional(z.object({ mergedAt: moment, sha: z.string() })),
  deployment: optional(
    z.object({ state: z.string(), readyAt: optional(moment), containsRepair: optional(z.boolean()) }),
  ),
  health: z.enum(["pass", "fail", "unknown", "skipped"]).default("unknown"),
  /** The failing route, asked for by the operator's own check; `detail` says what it answered. */
  probe: probeSchema.nullish(),
  since: happened(periodSchema.extend({ eventsOnOldReleases: count.default(0) })),
  sentryStatus: optional(z.string()),
  history: z.object({ attempts: count, partialStreak: count }).default({ attempts: 0, partialStreak: 0 }),
  policy: recoveryPolicySchema.nullish(),
});
export type RecoveryFacts = z.infer<typeof recoveryFactsSchema>;

export const RECOVERY_ACTIONS = ["close", "wait", "retry", "escalate"] as const;
export type RecoveryAction = (typeof RECOVERY_ACTIONS)[number];

export const RECOVERY_REASONS = [
  "recovered",
  "still_failing",
  "attempts_spent",
  "partial_recovery",
  "health_down",
  "not_enough_evidence",
  "evidence_cannot_come",
  "no_traffic",
  "no_baseline",
  "went_quiet",
  "no_repair",
  "waiting_for_deployment",
  "deployment_without_repair",
  "deployment_failed",
  "deployment_blocked",
  "deployment_never_came",
] as const;
export type RecoveryReason = (typeof RECOVERY_REASONS)[number];

/**
 * The contract's `recovery` answer. `recheckAt` is set on every wait and null otherwise. `confidence` (0 to 1) is about what the reason says where that
 * is known from the facts; on a wait and on the other escalations it is the probability that the error is gone, at even odds before.
 */
export interface RecoveryVerdict {
  action: RecoveryAction;
  reason: RecoveryReason;
  recheckAt: string | null;
  confidence: number;
  attempts: number;
  partialStreak: number;
  explanation: string;
}
