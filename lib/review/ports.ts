import type { WritePermit } from "../kernel/write.ts";
import type { ChangedFile, Place } from "./model.ts";

export interface HostedPerson {
  /** Without a bot's `[bot]`. */
  login: string;
  isBot: boolean;
  /** Our own App. */
  isOurs: boolean;
}

/** A pull request as it is now. */
export interface ReviewedPull {
  number: number;
  url: string;
  title: string;
  body: string;
  state: "open" | "closed";
  isDraft: boolean;
  author: HostedPerson;
  /** The branch lives in another repository. */
  isFromFork: boolean;
  headSha: string;
  headRef: string;
  baseSha: string;
  baseRef: string;
  labels: string[];
  changedFiles: number;
  addedLines: number;
  deletedLines: number;
  createdAt: string;
}

/** A check or commit status of a head that is not ours. */
export interface HeadCheck {
  externalId: string | null;
  name: string;
  state: "pending" | "passed" | "failed";
  url: string | null;
}

/** What was said under one of our inline comments, oldest first; `comments[0]` is ours and carries the finding's marker. */
export interface ReviewThread {
  id: string;
  isResolved: boolean;
  isOutdated: boolean;
  /** Login of who resolved it, without a bot's `[bot]`. */
  resolvedBy: string | null;
  path: string;
  line: number | null;
  comments: { id: string; author: HostedPerson; text: string; at: string; url: string }[];
}

export interface Remark {
  author: HostedPerson;
  text: string;
  at: string;
  url: string;
}

/** The code host, as the reviewer needs it. Every `ensure*` can be repeated: it looks for what it made before. */
export interface ReviewHost {
  readonly repository: string;
  defaultBranch(): Promise<string>;
  findPull(number: number): Promise<ReviewedPull | null>;
  /** Open pull requests into any branch, the last touched first; all pages up to `limit`. */
  listOpenPulls(limit: number): Promise<{ number: number; headSha: string; updatedAt: string }[]>;
  /** The open pull request that this commit is the head of, forks too, among the 300 last touched, or null. */
  findPullOfHead(sha: string): Promise<number | null>;
  /** All pages. `isComplete` is false where the host lists no more (GitHub: 3,000 files), or lists too many without content. */
  listChangedFiles(number: number): Promise<{ files: ChangedFile[]; isComplete: boolean }>;
  /** Text of each path at a commit, null where there is none or no text. */
  readTexts(paths: readonly string[], sha: string): Promise<Map<string, string | null>>;
  /**
   * Checks and statuses of the commit without our own, all pages; the newest of each name, and of each suite where two run
   * one of a name. What was cancelled, skipped or waits for a person's click counts as passed.
   */
  listChecks(sha: string): Promise<HeadCheck[]>;
  /** What a failed check says: title, annotations, the end of its log where it can be read. Never longer than `limit`. */
  readCheck(input: { externalId: string; limit: number }): Promise<string>;
  /** Threads under our own inline comments, all pages, each with the marker of its first comment, verified, or null. */
  listOurThreads(number: number): Promise<(ReviewThread & { marker: string | null })[]>;
  /** The conversation and reviews without our own, oldest first, at most the newest hundred. */
  listRemarks(number: number): Promise<Remark[]>;
  findIssue(number: number): Promise<{ number: number; title: string; body: string; state: "open" | "closed" } | null>;
  /** Issues, then pull requests, that contain all of the words, best first; `limit` of each. */
  searchIssues(
    words: string,
    limit: number,
  ): Promise<{ kind: "issue" | "pull"; number: number; title: string; state: "open" | "closed"; url: string }[]>;
  getPermission(login: string): Promise<"admin" | "maintain" | "write" | "triage" | "read" | "none">;

  /**
   * One review of one head with its inline comments, once: a review of ours that carries `marker` is answered and nothing
   * is written. Never approves; on our own pull request it only ever comments, as the host demands. AppError `provider_unprocessable` where the host refuses a line.
   */
  ensureReview(
    permit: WritePermit,
    input: {
      number: number;
      headSha: string;
      marker: string;
      event: "comment" | "request_changes";
      body: string;
      comments: readonly { place: Place; marker: string; body: string }[];
    },
  ): Promise<{ url: string }>;
  /** The one comment that carries `marker`, made or edited to hold `body`. */
  ensureSummary(permit: WritePermit, input: { number: number; marker: string; body: string }): Promise<{ url: string }>;
  /** A reply in a thread that carries `marker`, once. */
  ensureReply(
    permit: WritePermit,
    input: { number: number; threadId: string; marker: string; body: string },
  ): Promise<{ url: string }>;
  ensureThreadResolved(permit: WritePermit, input: { threadId: string }): Promise<void>;
  /** Check run `patchpilot/review`, one a head; a repeat brings it up to date. `in_progress` has no conclusion. */
  ensureCheckRun(
    permit: WritePermit,
    input: {
      sha: string;
      externalId: string;
      conclusion: "success" | "neutral" | "failure" | null;
      title: string;
      summary: string;
    },
  ): Promise<{ url: string }>;
  /** A comment on an issue that carries `marker`, once. */
  ensureIssueComment(
    permit: WritePermit,
    input: { number: number; marker: string; body: string },
  ): Promise<{ url: string }>;
}
