import * as z from "zod";

/** Where a feedback item comes from. `conflict` is the host's word that the branch does not merge any more. */
export const FEEDBACK_KINDS = ["review", "inline", "comment", "check", "conflict"] as const;
export type FeedbackKind = (typeof FEEDBACK_KINDS)[number];

/** What an item is; only `actionable` ones start a round. */
export type FeedbackVerdict =
  | "actionable"
  /** Only the pull request's description is asked for. */
  | "body_only"
  | "question"
  | "no_change_needed"
  | "approval"
  | "withdrawn"
  | "outdated"
  | "not_entitled"
  | "bot_over_cap";

/**
 * noted: needs nothing · open: waits for a round · working: a round has it · done: the round changed the very place ·
 * answered: the round changed something for it · not_done: nothing was changed, and that is said · settled: people saw to
 * it themselves (resolved, withdrawn, approved).
 */
export type FeedbackState = "noted" | "open" | "working" | "done" | "answered" | "not_done" | "settled";

/** How feedback rounds are bounded. */
export const feedbackPolicySchema = z.strictObject({
  /** Review bots that are listened to, by login; `[bot]` may be left out. */
  bots: z.array(z.string().min(1)).default([]),
  /** Rounds that people's remarks, failed checks and conflicts may cause; then a person is asked. */
  maxRounds: z.number().int().min(0).max(20).default(5),
  /** Rounds that review bots alone may cause, counted apart. */
  maxBotRounds: z.number().int().min(0).max(20).default(2),
  /** Quiet time after the newest remark before a round begins: reviewers write more than one. */
  settleSeconds: z.number().min(0).max(3_600).default(60),
  /** How long a round waits for checks of the head that are still running. */
  checksMinutes: z.number().min(0).max(240).default(15),
});
export type FeedbackPolicy = z.infer<typeof feedbackPolicySchema>;

export type Permission = "admin" | "maintain" | "write" | "triage" | "read" | "none";

export interface HostedAuthor {
  /** Without a bot's `[bot]`. */
  login: string;
  isBot: boolean;
  /** Our own App. */
  isOurs: boolean;
}

/** Something that was said on a pull request. */
export interface HostedRemark {
  kind: "review" | "inline" | "comment";
  externalId: string;
  author: HostedAuthor;
  text: string;
  at: string;
  url: string;
  /** The review that it is, or came with. */
  reviewId: string | null;
  reviewState: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING" | null;
  thread: { id: string; isResolved: boolean; isOutdated: boolean; path: string; line: number | null } | null;
}

/** A check of the head that failed, and is not ours. */
export interface HostedCheck {
  externalId: string;
  name: string;
  conclusion: string;
  url: string | null;
  /** A check of this name fails on the base branch too. */
  failsOnBase: boolean;
}

/** A commit of the pull request. */
export interface HostedCommit {
  sha: string;
  author: string;
  /** Made and signed by the host on our App's behalf. */
  isOurs: boolean;
  isVerified: boolean;
  /** The run that it publishes, by its trailer. */
  runId: string | null;
}

/** What a follow-up run is for; kept in its brief, so that the run tells everything about its round. */
export const roundSchema = z.object({
  pullNumber: z.number().int(),
  pullUrl: z.string(),
  branch: z.string(),
  /** 1 is the first; `of` is how many there may be. */
  round: z.number().int(),
  of: z.number().int(),
  cause: z.enum(["person", "bot", "host"]),
  /** on_top: a commit on the branch · redo: the patch anew on the base as it is now, which is merged in. */
  mode: z.enum(["on_top", "redo"]),
  /** The branch's head when the round began. */
  headSha: z.string(),
  /** The code without any of the pull request, on which its tests have to fail. */
  proofSha: z.string(),
  /** What the first run was for. */
  originalKind: z.string(),
  items: z
    .array(
      z.object({
        id: z.string(),
        kind: z.enum(FEEDBACK_KINDS),
        author: z.string(),
        path: z.string().nullable(),
        line: z.number().int().nullable(),
        text: z.string().max(8_000),
      }),
    )
    .max(50),
  /** The pull request's own changes so far. */
  diff: z.string().max(40_000),
});
export type Round = z.infer<typeof roundSchema>;
