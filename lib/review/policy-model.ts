import * as z from "zod";

export const SEVERITIES = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What is reviewed, when, and what of it is said. */
export const reviewPolicySchema = z.strictObject({
  enabled: z.boolean().default(true),
  drafts: z.boolean().default(false),
  /** Pull requests that Patchpilot opened itself are read too, drafts as they are. */
  ownPulls: z.boolean().default(true),
  /** Review pull requests whose author is a bot; Patchpilot's own are not meant. */
  bots: z.boolean().default(false),
  /** Logins whose pull requests are left alone. */
  ignoredAuthors: z.array(z.string().min(1)).default([]),
  /** Only pull requests into these branches (globs); empty: into the default branch only. */
  baseBranches: z.array(z.string().min(1)).default([]),
  /** Globs of files that are never read. */
  ignoredPaths: z.array(z.string().min(1)).default([]),
  /** More changed lines than this are read in part, and that is said. */
  maxChangedLines: z.number().int().positive().default(4_000),
  /** Characters of diff and files that one review may send. */
  maxSentChars: z.number().int().min(2_000).max(1_000_000).default(120_000),
  /** Quiet time after the last push before a review begins. */
  settleSeconds: z.number().min(0).max(3_600).default(30),
  /** How long the first review waits for checks that are running. */
  checksMinutes: z.number().min(0).max(240).default(20),
  /** How long a head without any check waits for one to begin. */
  noChecksSeconds: z.number().min(0).max(3_600).default(90),
  minConfidence: z.number().min(0).max(1).default(0.7),
  minSeverity: z.enum(SEVERITIES).default("medium"),
  /** Inline comments of one review, at most; the rest is listed in the summary. */
  maxComments: z.number().int().min(0).max(50).default(10),
  style: z.boolean().default(false),
  /** Ask a second pass to refute each finding; what it refutes is not posted. */
  refutes: z.boolean().default(true),
  /** `request_changes` where a finding is at least this severe; null: it only ever comments. */
  requestChangesFrom: z.enum(SEVERITIES).nullable().default(null),
  maxReviewsPerPull: z.number().int().min(1).max(500).default(50),
  maxReplies: z.number().int().min(0).max(20).default(3),
  maxUsd: z.number().positive().nullable().default(1),
  maxTokens: z.number().int().min(1_000).default(250_000),
  /** Give issues that people open a first answer from what the repository holds. */
  answersIssues: z.boolean().default(false),
});
export type ReviewPolicy = z.infer<typeof reviewPolicySchema>;
