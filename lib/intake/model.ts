import * as z from "zod";

/** Outside systems that send deliveries. */
export const SOURCES = ["sentry", "glitchtip", "vercel", "github", "telegram", "slack"] as const;
export type Source = (typeof SOURCES)[number];

const text = z.string();
const time = z.iso.datetime({ offset: true });

/** One stack frame in our words: Sentry's order is kept by the list (oldest first, the crash frame last). */
export const frameSchema = z.object({
  filename: text.nullable(),
  absPath: text.nullable(),
  module: text.nullable(),
  function: text.nullable(),
  line: z.number().int().nullable(),
  column: z.number().int().nullable(),
  inApp: z.boolean().nullable(),
  contextLine: text.nullable(),
});
export type Frame = z.infer<typeof frameSchema>;

/** What a webhook itself told of one error event; enough to work with when the source's API cannot be asked. */
export const eventExcerptSchema = z.object({
  eventId: text.nullable(),
  occurredAt: time.nullable(),
  platform: text.nullable(),
  errorType: text.nullable(),
  errorMessage: text.nullable(),
  handled: z.boolean().nullable(),
  frames: z.array(frameSchema).max(60),
  tags: z.record(text, text),
  requestMethod: text.nullable(),
  requestUrl: text.nullable(),
});
export type EventExcerpt = z.infer<typeof eventExcerptSchema>;

/** An error (or outage) that a source reports, on the source's own issue where it has one. */
export const alertSignalSchema = z.object({
  kind: z.literal("alert"),
  issueId: text,
  shortId: text.nullable(),
  title: text,
  culprit: text.nullable(),
  level: text,
  environment: text.nullable(),
  release: text.nullable(),
  url: text.nullable(),
  sourceProject: text.nullable(),
  events: z.number().int().nonnegative().nullable(),
  users: z.number().int().nonnegative().nullable(),
  firstSeenAt: time.nullable(),
  lastSeenAt: time.nullable(),
  rule: text.nullable(),
  event: eventExcerptSchema.nullable(),
  /** The source itself says that a resolved or archived issue came back. */
  regression: z.boolean().optional(),
  /** What kind of problem it is; an error where it is not said. An outage or a crossed threshold is no matter for code. */
  problem: z.enum(["error", "uptime", "metric"]).optional(),
});

/** A person or Sentry changed the state of the source's issue. */
export const issueStatusSignalSchema = z.object({
  kind: z.literal("issue_status"),
  issueId: text,
  status: z.enum(["resolved", "unresolved", "archived", "assigned"]),
  by: text.nullable(),
});

/** A deployment of the target changed. `target` null is a preview. */
export const deploymentSignalSchema = z.object({
  kind: z.literal("deployment"),
  event: z.enum(["created", "ready", "succeeded", "error", "canceled", "promoted", "rollback", "blocked"]),
  deploymentId: text,
  sourceProject: text.nullable(),
  target: text.nullable(),
  sha: text.nullable(),
  ref: text.nullable(),
  url: text.nullable(),
  occurredAt: time.nullable(),
});

export const pullRequestSignalSchema = z.object({
  kind: z.literal("pull_request"),
  action: text,
  repository: text,
  number: z.number().int(),
  state: z.enum(["open", "closed"]),
  merged: z.boolean(),
  mergeSha: text.nullable(),
  headSha: text,
  headRef: text,
  author: text,
});

/** A comment on an issue or pull request; whether it is a command is decided later, from its text and its author's rights. */
export const commentSignalSchema = z.object({
  kind: z.literal("comment"),
  repository: text,
  issueNumber: z.number().int(),
  isPullRequest: z.boolean(),
  /** Who opened the issue or pull request; absent in rows of before it was read. */
  openedByBot: z.boolean().optional(),
  commentId: z.number().int(),
  author: text,
  authorType: text,
  text: text,
});

/** A review, a check or the like on a pull request: only that there is something to look at is kept of it. */
export const pullFeedbackSignalSchema = z.object({
  kind: z.literal("pull_feedback"),
  event: text,
  action: text,
  repository: text,
  /** null where the event names a branch or commit only. */
  number: z.number().int().nullable(),
  /** null where the event names a commit only: a check of a fork's branch. */
  headRef: text.nullable(),
  /** The commit that was checked; absent where the event names none, and in rows of before it was read. */
  headSha: text.nullable().optional(),
  author: text,
});

export const githubIssueSignalSchema = z.object({
  kind: z.literal("github_issue"),
  /** Why the issue's text is none of Sentry's making; null where it is. Rows of before it was read have none. */
  textRefusal: text.nullable().optional(),
  action: text,
  repository: text,
  issueNumber: z.number().int(),
  state: z.enum(["open", "closed"]),
  sender: text,
  senderType: text,
  /** Which label was put on or taken off; absent where none was. */
  label: text.nullable().optional(),
});

export const pushSignalSchema = z.object({
  kind: z.literal("push"),
  repository: text,
  ref: text,
  headSha: text,
});

/** Which organisation an installation of our integration belongs to (the only webhook of Sentry's that says so). */
export const installationSignalSchema = z.object({
  kind: z.literal("installation"),
  action: text,
  installationId: text,
  organization: text.nullable(),
});

/** What Sentry's own AI came to about an issue. Its opinion: shown, and nothing acts on it. */
export const SEER_RESULTS = ["root_cause_completed", "solution_completed", "coding_completed", "pr_created"] as const;
export const seerSignalSchema = z.object({
  kind: z.literal("seer"),
  action: z.enum(SEER_RESULTS),
  issueId: text,
  runId: text.nullable(),
  description: text.nullable(),
  steps: z.array(text),
  changes: z.array(z.object({ repository: text.nullable(), title: text, description: text.nullable() })),
  pullRequests: z.array(z.object({ url: text, repository: text.nullable(), number: z.number().int().nullable() })),
});

/** A comment on the source's own issue. Never a command: who writes there is not known to our code host. */
export const sourceCommentSignalSchema = z.object({
  kind: z.literal("source_comment"),
  action: z.enum(["created", "updated", "deleted"]),
  issueId: text,
  commentId: text,
  sourceProject: text.nullable(),
  by: text.nullable(),
  text: text.nullable(),
});

/** A threshold on a number was crossed, or the number is well again. No issue and no event belongs to it. */
export const metricAlertSignalSchema = z.object({
  kind: z.literal("metric_alert"),
  status: z.enum(["open", "warning", "critical", "resolved"]),
  /** Stands in for the source's issue id: of the organisation and the alert rule. */
  issueId: text,
  title: text,
  description: text.nullable(),
  environment: text.nullable(),
  sourceProjects: z.array(text),
  url: text.nullable(),
  occurredAt: time.nullable(),
});

/** The host of the target saw far more failing requests than usual; it never tells that it ended. */
export const anomalySignalSchema = z.object({
  kind: z.literal("anomaly"),
  sourceProject: text.nullable(),
  title: text,
  details: z.array(text),
  url: text.nullable(),
  occurredAt: time.nullable(),
});

export const signalSchema = z.discriminatedUnion("kind", [
  alertSignalSchema,
  issueStatusSignalSchema,
  deploymentSignalSchema,
  pullRequestSignalSchema,
  commentSignalSchema,
  githubIssueSignalSchema,
  pushSignalSchema,
  installationSignalSchema,
  seerSignalSchema,
  sourceCommentSignalSchema,
  metricAlertSignalSchema,
  anomalySignalSchema,
  pullFeedbackSignalSchema,
]);
export type AlertSignal = z.infer<typeof alertSignalSchema>;
export type DeploymentSignal = z.infer<typeof deploymentSignalSchema>;
export type GithubIssueSignal = z.infer<typeof githubIssueSignalSchema>;
export type CommentSignal = z.infer<typeof commentSignalSchema>;
export type SeerSignal = z.infer<typeof seerSignalSchema>;
export type SourceCommentSignal = z.infer<typeof sourceCommentSignalSchema>;
export type MetricAlertSignal = z.infer<typeof metricAlertSignalSchema>;
export type AnomalySignal = z.infer<typeof anomalySignalSchema>;
export type Signal = z.infer<typeof signalSchema>;

/**
 * A delivery read in our words. `ignored` always names why; `rejected` never gets stored. `further` are the other issues
 * that the same delivery reports (GlitchTip names up to three), `unnamed` how many more it only counts, `installationId`
 * which installation of our integration sent it: an organisation's own.
 */
export type ReadDelivery =
  | {
      outcome: "accepted";
      reason: string;
      deliveryKey: string;
      resource: string;
      signal: Signal;
      further?: AlertSignal[];
      unnamed?: number;
      installationId?: string;
    }
  | { outcome: "ignored"; reason: string; deliveryKey: string; resource: string; signal: null }
  | { outcome: "rejected"; status: 400 | 401 | 413 | 415; reason: string };
