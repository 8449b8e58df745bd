import * as z from "zod";
import { incidentStateSchema } from "../incidents/model.ts";
import { investigationViewSchema } from "./investigation-model.ts";

/*
 * What the dashboard and the admin API show. Instants are ISO 8601 in UTC; null is "not known" or "not yet", never zero.
 */

const instant = z.iso.datetime();
const jsonObject = z.record(z.string(), z.unknown());

/** A page of a list, newest first; `nextCursor` null: there is no more. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export const pullRequestViewSchema = z.object({
  number: z.number().int(),
  url: z.string(),
  state: z.string(),
  branch: z.string(),
  headSha: z.string(),
  isDraft: z.boolean(),
  isVerifiedCommit: z.boolean(),
  runId: z.string(),
  createdAt: instant,
  mergedAt: instant.nullable(),
  mergeSha: z.string().nullable(),
});
export type PullRequestView = z.infer<typeof pullRequestViewSchema>;

export const incidentViewSchema = z.object({
  id: z.string(),
  number: z.number().int(),
  state: incidentStateSchema,
  kind: z.string(),
  title: z.string(),
  culprit: z.string().nullable(),
  level: z.string(),
  environment: z.string().nullable(),
  release: z.string().nullable(),
  source: z.string(),
  sourceShortId: z.string().nullable(),
  sourceUrl: z.string().nullable(),
  priority: z.string().nullable(),
  severity: z.string().nullable(),
  events: z.number().int().nullable(),
  users: z.number().int().nullable(),
  attempts: z.number().int(),
  reopenedCount: z.number().int(),
  issueNumber: z.number().int().nullable(),
  issueUrl: z.string().nullable(),
  firstSeenAt: instant,
  lastSeenAt: instant,
  reopenedAt: instant.nullable(),
  nextCheckAt: instant.nullable(),
  createdAt: instant,
  updatedAt: instant,
  closedAt: instant.nullable(),
  /** The incident that this one is a symptom of, and why. */
  causeId: z.string().nullable(),
  causeReason: z.string().nullable(),
  snoozedUntil: instant.nullable(),
  /** Since when, and by whom, its repairs are held. */
  pausedAt: instant.nullable(),
  pausedBy: z.string().nullable(),
  pullRequest: pullRequestViewSchema.nullable(),
});
export type IncidentView = z.infer<typeof incidentViewSchema>;

export const timelineViewSchema = z.object({
  seq: z.number().int(),
  at: instant,
  actor: z.string(),
  kind: z.string(),
  summary: z.string(),
  detail: jsonObject,
  url: z.string().nullable(),
});
export type TimelineView = z.infer<typeof timelineViewSchema>;

export const commandViewSchema = z.object({
  name: z.string(),
  command: z.string(),
  exitCode: z.number().int().nullable(),
  timedOut: z.boolean(),
  durationMs: z.number(),
  outputTail: z.string(),
});
export type CommandView = z.infer<typeof commandViewSchema>;

export const gateViewSchema = z.object({
  verdict: z.enum(["allow", "deny", "require_approval"]),
  reasons: z.array(z.object({ rule: z.string(), path: z.string().optional(), detail: z.string() })),
});

/** What a run for a request means to do, before it does anything. */
export const planViewSchema = z.object({
  goal: z.string(),
  acceptanceCriteria: z.array(z.string()),
  files: z.array(z.string()),
  tests: z.array(z.string()),
  risk: z.string(),
  kind: z.string(),
  blockers: z.array(z.string()),
  questions: z.array(z.string()),
});

export const runViewSchema = z.object({
  id: z.string(),
  attempt: z.number().int(),
  taskKind: z.string(),
  state: z.string(),
  profile: z.string(),
  phase: z.string().nullable(),
  runnerId: z.string().nullable(),
  reason: z.string().nullable(),
  baseSha: z.string(),
  commitSha: z.string().nullable(),
  outcome: z.string().nullable(),
  detail: z.string().nullable(),
  summary: z.string().nullable(),
  worker: z.object({ name: z.string(), model: z.string().nullable() }).nullable(),
  commands: z.array(commandViewSchema),
  gate: gateViewSchema.nullable(),
  diff: z.string().nullable(),
  plan: planViewSchema.nullable(),
  /** Which round of a pull request's feedback it is; null: none. */
  round: z.object({ pullNumber: z.number().int(), round: z.number().int(), of: z.number().int() }).nullable(),
  costUsd: z.number().nullable(),
  createdAt: instant,
  claimedAt: instant.nullable(),
  finishedAt: instant.nullable(),
});
export type RunView = z.infer<typeof runViewSchema>;

const baselineSchema = z.object({ events: z.number(), hours: z.number(), sessions: z.number().nullable() });
export const verificationViewSchema = z.object({
  at: instant,
  action: z.string(),
  reason: z.string(),
  explanation: z.string(),
  confidence: z.number().nullable(),
  recheckAt: instant.nullable(),
  health: z.string().nullable(),
  deploymentId: z.string().nullable(),
  /** The failing period before the repair was in production. */
  before: baselineSchema.nullable(),
  /** Since it is; `events` only on releases that contain it. */
  since: baselineSchema.extend({ eventsOnOldReleases: z.number() }).nullable(),
  /** Events that the rate from before would have brought since then; null where it cannot be said. */
  expected: z.number().nullable(),
});
export type VerificationView = z.infer<typeof verificationViewSchema>;

export const deploymentViewSchema = z.object({
  deploymentId: z.string(),
  state: z.string(),
  sha: z.string().nullable(),
  url: z.string().nullable(),
  createdAt: instant,
  readyAt: instant.nullable(),
});
export type DeploymentView = z.infer<typeof deploymentViewSchema>;

export const triageViewSchema = z.object({
  score: z.number(),
  reasons: z.array(z.string()),
  /** What the product suffers in one line, or why that is not known; null: it was not looked at. */
  impact: z.object({ summary: z.string(), readAt: instant }).nullable().default(null).catch(null),
});

/** A move of production that people were offered. Its token is not shown: the issue has it, for who may write there. */
export const approvalViewSchema = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  says: z.string(),
  reasons: z.array(z.string()),
  /** What goes with it, a line each. */
  lines: z.array(z.string()),
  createdAt: instant,
  expiresAt: instant,
  approvedAt: instant.nullable(),
  approvedBy: z.string().nullable(),
  servedAt: instant.nullable(),
  outcome: z.string().nullable(),
});
export type ApprovalView = z.infer<typeof approvalViewSchema>;

/** Something that was said of one of the incident's pull requests, and what came of it. */
export const feedbackViewSchema = z.object({
  id: z.string(),
  pullNumber: z.number().int(),
  kind: z.string(),
  author: z.string(),
  authorKind: z.string(),
  /** What it is, why, and how far it got; see lib/repair/feedback-model.ts. */
  verdict: z.string(),
  reason: z.string(),
  state: z.string(),
  text: z.string(),
  url: z.string().nullable(),
  path: z.string().nullable(),
  line: z.number().int().nullable(),
  /** The round that has it, or had it. */
  runId: z.string().nullable(),
  outcome: z.string().nullable(),
  saidAt: instant,
});
export type FeedbackView = z.infer<typeof feedbackViewSchema>;

export const incidentStorySchema = z.object({
  incident: incidentViewSchema,
  alerts: z.object({ count: z.number().int(), lastAt: instant.nullable() }),
  triage: triageViewSchema.nullable(),
  investigation: investigationViewSchema.nullable(),
  runs: z.array(runViewSchema),
  pullRequests: z.array(pullRequestViewSchema),
  /** Oldest first. */
  feedback: z.array(feedbackViewSchema),
  deployments: z.array(deploymentViewSchema),
  verifications: z.array(verificationViewSchema),
  /** Newest first. */
  approvals: z.array(approvalViewSchema),
  timeline: z.array(timelineViewSchema),
  /** Problems that are symptoms of this incident. */
  symptoms: z.array(z.object({ id: z.string(), number: z.number().int(), title: z.string(), reason: z.string() })),
});
export type IncidentStory = z.infer<typeof incidentStorySchema>;

export const deliveryViewSchema = z.object({
  id: z.string(),
  source: z.string(),
  resource: z.string(),
  outcome: z.string(),
  reason: z.string(),
  incidentId: z.string().nullable(),
  /** `webhook`, or `poll` where polling found what no webhook had brought. */
  via: z.string(),
  receivedAt: instant,
});
export type DeliveryView = z.infer<typeof deliveryViewSchema>;

export const JOB_STATES = ["pending", "published", "running", "done", "dead"] as const;
export const jobStateSchema = z.enum(JOB_STATES);
export type JobState = z.infer<typeof jobStateSchema>;

export const jobViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  payload: jsonObject,
  state: jobStateSchema,
  attempts: z.number().int(),
  maxAttempts: z.number().int(),
  runAt: instant,
  leaseUntil: instant.nullable(),
  lastError: z.string().nullable(),
  createdAt: instant,
  finishedAt: instant.nullable(),
});
export type JobView = z.infer<typeof jobViewSchema>;

export interface Overview {
  /** How many incidents are in each state; a state without one is missing. */
  states: Partial<Record<IncidentView["state"], number>>;
  jobs: Partial<Record<JobState, number>>;
  lastDeliveryAt: string | null;
  incidents: Page<IncidentView>;
  deadJobs: JobView[];
  /** Incidents whose repairs people hold, longest held first. */
  paused: PausedView[];
  /** How many repairs wait for the storm breaker. */
  heldByStorm: number;
}

export interface PausedView extends Pick<IncidentView, "id" | "number" | "title" | "pausedBy"> {
  pausedAt: string;
}
