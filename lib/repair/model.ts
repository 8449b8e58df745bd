import * as z from "zod";
import { roundSchema } from "./feedback-model.ts";
import { handedIssueSchema, planSchema } from "./plan-model.ts";

/** Which coding agent executes a run. `custom` is any command. */
export const WORKER_PROFILES = ["claude", "codex", "copilot", "cursor", "opencode", "custom"] as const;
export const workerProfileSchema = z.enum(WORKER_PROFILES);
export type WorkerProfile = z.infer<typeof workerProfileSchema>;

/** One worker of a chain: who works, and with which model; null is the tool's own default. */
export const workerChoiceSchema = z.object({
  profile: workerProfileSchema,
  // It becomes an argument of a command line, so it may not look like an option.
  model: z
    .string()
    .regex(/^[\w@][\w@.:/[\]-]{0,99}$/, "is not a model's name")
    .nullable(),
});
export type WorkerChoice = z.infer<typeof workerChoiceSchema>;

/** `claude:opus,claude,codex`: who is tried, in this order, when the one before cannot work (no login, no quota, no tool). */
export const workerChainSchema = z.string().transform((text, context): WorkerChoice[] => {
  const entries = text.split(",").map((entry) => entry.trim());
  return entries.flatMap((entry) => {
    const [, name = "", model = null] = /^([^:]*)(?::(.*))?$/.exec(entry) ?? [];
    const read = workerChoiceSchema.safeParse({ profile: name, model });
    if (read.success) return [read.data];
    const isProfile = workerProfileSchema.safeParse(name).success;
    const message = isProfile
      ? `names the model ${JSON.stringify(model)}, which is none`
      : `names ${JSON.stringify(name)}, which is none of ${WORKER_PROFILES.join(", ")}`;
    context.addIssue({ code: "custom", message });
    return [];
  });
});

/** What a run is for; the gate's rules depend on it. */
export const TASK_KINDS = ["bugfix", "performance", "feature", "chore", "plan", "followup"] as const;
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

const shortText = z.string().max(500);

/** What the investigation concluded, as far as it helps to repair. Every list and text has its limit. */
export const diagnosisSchema = z.object({
  /** The commit that the lines are of; `isRelease`: the one that failed, else the default branch's head of then. */
  commit: z.object({ sha: shortText, isRelease: z.boolean() }).nullable(),
  /** The failing route: `POST /checkout`. */
  route: shortText.nullable(),
  /** Where it crashed and what called it, with the lines around. */
  lines: z
    .array(
      z.object({
        path: shortText,
        line: z.number().int(),
        function: shortText.nullable(),
        text: z.string().max(2_000),
      }),
    )
    .max(3),
  /** The commit that most likely brought the error; null where none can be named. */
  change: z
    .object({
      sha: shortText,
      certainty: z.enum(["likely", "possible"]),
      message: shortText,
      author: shortText,
      date: shortText,
      reasons: z.array(shortText).max(6),
    })
    .nullable(),
  /** Who answers for the suspect files, by CODEOWNERS. */
  owners: z.array(z.object({ path: shortText, owners: z.array(shortText).max(5) })).max(5),
  /** What a model made of it; an opinion whose quotes stand in the code. */
  report: z
    .object({
      rootCause: z.string().max(1_000),
      confidence: z.number(),
      evidence: z.array(z.object({ path: shortText, line: z.number().int(), quote: shortText })).max(8),
      ruledOut: z.array(shortText).max(6),
      suggestedFix: z.string().max(1_000).nullable(),
      testCases: z.array(shortText).max(6),
    })
    .nullable(),
});
export type Diagnosis = z.infer<typeof diagnosisSchema>;

/**
 * All that the worker is told: docs/brief.md describes it. Everything in it came from outside and is data, never
 * instructions.
 */
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
  /** Absent in runs of before there was one. */
  diagnosis: diagnosisSchema.nullable().optional(),
  priorAttempts: z.array(priorAttemptSchema),
  lessons: z.array(z.string()),
  /** What a follow-up run is for; absent in every other run. */
  round: roundSchema.optional(),
  /** The issue that a person handed over, and the plan that holds; absent in runs for an incident. */
  issue: handedIssueSchema.optional(),
  plan: planSchema.optional(),
});
export type Brief = z.infer<typeof briefSchema>;

/** What a runner gets when it claims a run. `token` is good for this run only and only until it is reported. */
export const claimedRunSchema = z.object({
  runId: z.string(),
  token: z.string(),
  attempt: z.number().int(),
  taskKind: taskKindSchema,
  profile: workerProfileSchema,
  /** Who is tried, in this order; nobody named: `profile` with its own model. */
  workers: z.array(workerChoiceSchema).default([]),
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
  /** Only this run, as a dispatched workflow was told; null: the oldest that waits. */
  runId: z.string().max(100).nullable().default(null),
});
export type ClaimRequest = z.infer<typeof claimRequestSchema>;

export const heartbeatRequestSchema = z.object({
  runId: z.string(),
  phase: z.string().max(60),
  logTail: z.string().max(16_000).nullable().default(null),
  /** The runner shuts down and gives the run back; another one may have it at once. */
  handBack: z.boolean().default(false),
});
/** `continue: false` tells the runner to stop: the run was cancelled, expired, or belongs to another runner now. */
export const heartbeatAnswerSchema = z.object({ continue: z.boolean(), reason: z.string().nullable() });

/** A repository command that the runner ran, with its true result. */
export const commandResultSchema = z.object({
  name: z.enum([
    "install",
    "format",
    "lint",
    "test",
    "new-test-on-base",
    "new-test-on-patch",
    // The suite, once more and without the patch: only run where it fails with the patch.
    "test-again",
    "test-on-base",
  ]),
  command: z.string(),
  exitCode: z.number().int().nullable(),
  timedOut: z.boolean(),
  durationMs: z.number().int().nonnegative(),
  outputTail: z.string().max(16_000),
  /** Names of the tests that failed, as the test tool gave them; absent where it did not fail or they could not be read. */
  failedTests: z.array(z.string().max(300)).max(200).optional(),
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
  outcome: z.enum(["patch", "plan", "no_patch", "worker_failed", "timed_out", "out_of_budget", "environment_fault"]),
  detail: z.string().max(4_000),
  summary: z.string().max(8_000).nullable(),
  diff: z.string().max(2_000_000),
  /** Of a follow-up run: everything that the pull request changes with it, from the commit on which it was proven. */
  wholeDiff: z.string().max(2_000_000).optional(),
  commands: z.array(commandResultSchema).max(20),
  usage: usageSchema,
  worker: z.object({ profile: workerProfileSchema, name: z.string().max(200), model: z.string().max(200).nullable() }),
  logTail: z.string().max(64_000),
  /** Of a run of kind "plan": what its worker said last. It is read when the report is taken, and `plan` is what is kept. */
  planText: z.string().max(60_000).optional(),
  plan: planSchema.optional(),
});
export type RunReport = z.infer<typeof runReportSchema>;
