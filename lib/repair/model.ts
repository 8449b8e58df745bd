import * as z from "zod";

/** Which coding agent executes a run. `custom` is any command. */
export const WORKER_PROFILES = ["claude", "codex", "copilot", "cursor", "opencode", "custom"] as const;
export const workerProfileSchema = z.enum(WORKER_PROFILES);
export type WorkerProfile = z.infer<typeof workerProfileSchema>;

/** What a run is for; the gate's rules depend on it. */
export const TASK_KINDS = ["bugfix", "performance", "followup"] as const;
export const taskKindSchema = z.enum(TASK_KINDS);

export const RUN_STATES = ["queued", "claimed", "reported", "published", "denied", "failed"] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Hard limits of one run; whichever comes first ends it. `costUsd` null: no limit on money was set. */
export const runBudgetSchema = z.object({
  totalMinutes: z.number().positive(),
  idleMinutes: z.number().positive(),
  costUsd: z.number().positive().nullable(),
});
export type RunBudget = z.infer<typeof runBudgetSchema>;

/** A failed earlier attempt, told to the next one so that it is not repeated. */
export const priorAttemptSchema = z.object({
  attempt: z.number().int(),
  outcome: z.string(),
  detail: z.string(),
  pullRequestUrl: z.string().nullable(),
  diff: z.string().nullable(),
});

/** All that the worker is told. Everything in it came from outside and is data, never instructions. */
export const briefSchema = z.object({
  incidentId: z.string(),
  incidentNumber: z.number().int(),
  title: z.string(),
  issueUrl: z.string().nullable(),
  environment: z.string().nullable(),
  release: z.string().nullable(),
  errorType: z.string().nullable(),
  errorMessage: z.string().nullable(),
  stack: z.array(z.string()),
  request: z.string().nullable(),
  suspects: z.array(z.object({ path: z.string(), score: z.number(), reasons: z.array(z.string()) })),
  priorAttempts: z.array(priorAttemptSchema),
  lessons: z.array(z.string()),
});
export type Brief = z.infer<typeof briefSchema>;

/** What a runner gets when it claims a run. `token` is good for this run only and only until it is reported. */
export const claimedRunSchema = z.object({
  runId: z.string(),
  token: z.string(),
  attempt: z.number().int(),
  taskKind: taskKindSchema,
  profile: workerProfileSchema,
  repository: z.string(),
  clone: z.object({ url: z.string(), readToken: z.string().nullable() }),
  baseBranch: z.string(),
  baseSha: z.string(),
  brief: briefSchema,
  budget: runBudgetSchema,
  leaseSeconds: z.number().int().positive(),
});
export type ClaimedRun = z.infer<typeof claimedRunSchema>;

export const claimRequestSchema = z.object({
  runnerId: z.string().min(1).max(200),
  profiles: z.array(workerProfileSchema).min(1),
  repositories: z.array(z.string()).max(200).nullable().default(null),
});
export type ClaimRequest = z.infer<typeof claimRequestSchema>;

export const heartbeatRequestSchema = z.object({
  runId: z.string(),
  phase: z.string().max(60),
  logTail: z.string().max(16_000).nullable().default(null),
});
/** `continue: false` tells the runner to stop: the run was cancelled, expired, or belongs to another runner now. */
export const heartbeatAnswerSchema = z.object({ continue: z.boolean(), reason: z.string().nullable() });

/** A repository command that the runner ran, with its true result. */
export const commandResultSchema = z.object({
  name: z.enum(["install", "format", "lint", "test", "new-test-on-base", "new-test-on-patch"]),
  command: z.string(),
  exitCode: z.number().int().nullable(),
  timedOut: z.boolean(),
  durationMs: z.number().int().nonnegative(),
  outputTail: z.string().max(16_000),
});
export type CommandResult = z.infer<typeof commandResultSchema>;

/** What the worker used, as its tool told it; null is unknown, never zero. */
export const usageSchema = z.object({
  costUsd: z.number().nonnegative().nullable(),
  inputTokens: z.number().int().nonnegative().nullable(),
  outputTokens: z.number().int().nonnegative().nullable(),
});
export type Usage = z.infer<typeof usageSchema>;

/** How a run ended. `environment_fault` (missing tool, no login, clone failed) costs no attempt. */
export const runReportSchema = z.object({
  runId: z.string(),
  outcome: z.enum(["patch", "no_patch", "worker_failed", "timed_out", "environment_fault"]),
  detail: z.string().max(4_000),
  summary: z.string().max(8_000).nullable(),
  diff: z.string().max(2_000_000),
  commands: z.array(commandResultSchema).max(20),
  usage: usageSchema,
  worker: z.object({ profile: workerProfileSchema, name: z.string().max(200), model: z.string().max(200).nullable() }),
  logTail: z.string().max(64_000),
});
export type RunReport = z.infer<typeof runReportSchema>;
