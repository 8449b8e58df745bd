import type { WritePermit } from "../kernel/write.ts";
import type { HostedCheck, HostedCommit, HostedRemark } from "./feedback-model.ts";

/** A remark at a line of the new file; level as the host shows it. */
export interface CheckAnnotation {
  path: string;
  line: number;
  level: "notice" | "warning" | "failure";
  title: string;
  message: string;
}

export interface HostedPullRequest {
  number: number;
  url: string;
  state: "open" | "closed";
  isDraft: boolean;
  isMerged: boolean;
  mergedAt: string | null;
  mergeSha: string | null;
  headSha: string;
  headRef: string;
  baseRef: string;
}

/** The code host, as repairs need it. Every `ensure*` can be repeated: it looks for what it made before. */
export interface CodeHost {
  readonly repository: string;
  defaultBranch(): Promise<string>;
  findBranchHead(branch: string): Promise<string | null>;
  findCommit(ref: string): Promise<string | null>;
  /** Text of each path at this commit, null where there is none. Throws AppError `file_not_text` for anything but UTF-8. */
  readFiles(paths: readonly string[], sha: string): Promise<Map<string, string | null>>;
  /** The messages of the newest commits up to `sha`. */
  listRecentMessages(sha: string, limit: number): Promise<string[]>;
  /** A clone URL and, for a private repository, a short-lived token that can read contents and nothing else. */
  getReadOnlyClone(): Promise<{ url: string; readToken: string | null }>;
  findPullRequest(number: number): Promise<HostedPullRequest | null>;
  /** The newest pull request from this branch, whatever became of it and of the branch, or null. */
  findPullRequestOfBranch(branch: string): Promise<HostedPullRequest | null>;
  /** Whether the host shows this commit as verified; false for one that it does not know. */
  isVerifiedCommit(sha: string): Promise<boolean>;
  /** none for a person without any right. */
  getPermission(login: string): Promise<"admin" | "maintain" | "write" | "triage" | "read" | "none">;

  /** Creates the branch at `sha` unless it exists; answers with the branch's head as it is now. */
  ensureBranch(permit: WritePermit, input: { branch: string; sha: string }): Promise<{ headSha: string }>;
  /**
   * One verified commit by GraphQL `createCommitOnBranch`. When the branch's head already carries `trailer` as a line of
   * its message, that commit is answered and nothing is written. A head that is neither `parentSha` nor ours is
   * AppError `branch_moved`.
   */
  ensureCommit(
    permit: WritePermit,
    input: {
      branch: string;
      parentSha: string;
      headline: string;
      body: string;
      trailer: string;
      additions: readonly { path: string; content: string }[];
      deletions: readonly string[];
    },
  ): Promise<{ sha: string; url: string; isVerified: boolean }>;
  /** Opens a draft (or, where the host refuses drafts, a plain pull request, saying so), or finds the open one of this branch. */
  ensurePullRequest(
    permit: WritePermit,
    input: { branch: string; base: string; title: string; body: string },
  ): Promise<{ number: number; url: string; isDraft: boolean }>;
  ensureCheckRun(
    permit: WritePermit,
    input: {
      name: string;
      sha: string;
      conclusion: "success" | "failure" | "neutral" | "action_required";
      title: string;
      summary: string;
      externalId: string;
      /** Shown at their lines; the host takes 50 of them. */
      annotations?: readonly CheckAnnotation[];
    },
  ): Promise<{ url: string }>;
  /** Adds the missing ones of `labels` to a pull request; takes none away. */
  ensureLabels(permit: WritePermit, input: { number: number; labels: readonly string[] }): Promise<void>;
  /** Says why, once, and closes the pull request; one that is closed already is left as it is. */
  ensurePullRequestClosed(permit: WritePermit, input: { number: number; comment: string }): Promise<void>;
  /** repository_dispatch; nothing to look for afterwards, so a repeat is deduplicated by the run's own claim. */
  dispatchRepair(permit: WritePermit, input: { payload: Record<string, unknown> }): Promise<void>;
}

/** A pull request and what was said of it, as it stands now. */
export interface HostedFeedback {
  pull: HostedPullRequest;
  /** Whether the host can merge it; null while it finds out. */
  isMergeable: boolean | null;
  /** The base has to be merged in before anybody may merge. */
  isBehind: boolean;
  baseSha: string;
  /** Where the branch left its base. */
  mergeBaseSha: string;
  remarks: HostedRemark[];
  failedChecks: HostedCheck[];
  pendingChecks: string[];
  /** Oldest first. */
  commits: HostedCommit[];
}

/** A pull request's review, as follow-up rounds need it. Every `ensure*` can be repeated: it looks for what it made before. */
export interface PullReviews {
  /** Everything that was said of the pull request, or null where there is none. */
  readFeedback(number: number): Promise<HostedFeedback | null>;
  /** The changes from one commit to another as git writes them, cut to `limit` characters. */
  readDiff(input: { from: string; to: string; limit: number }): Promise<string>;
  /** What a failed check says: title, annotations, and the end of its log where that can be read. Never longer than `limit`. */
  readCheck(input: { externalId: string; limit: number }): Promise<string>;
  /** A reply in a review thread that carries `marker`, once. */
  ensureReply(
    permit: WritePermit,
    input: { number: number; threadId: string; marker: string; body: string },
  ): Promise<{ url: string }>;
  /** A comment in the pull request's conversation that carries `marker`, once. */
  ensureComment(permit: WritePermit, input: { number: number; marker: string; body: string }): Promise<{ url: string }>;
  ensureThreadResolved(permit: WritePermit, input: { threadId: string }): Promise<void>;
  /** Has the host merge the base into the branch. False where it cannot: a conflict, or another head than `headSha`. */
  ensureBranchUpdated(permit: WritePermit, input: { number: number; headSha: string }): Promise<boolean>;
  ensureDescription(permit: WritePermit, input: { number: number; body: string }): Promise<void>;
  /**
   * One verified commit that merges `baseSha` into the branch, its files those of `baseSha` with these changes. Only ever
   * moves the branch forward from `headSha`; another head is AppError `branch_moved`, unless it carries `trailer`.
   */
  ensureMergeCommit(
    permit: WritePermit,
    input: {
      branch: string;
      headSha: string;
      baseSha: string;
      headline: string;
      body: string;
      trailer: string;
      additions: readonly { path: string; content: string }[];
      deletions: readonly string[];
    },
  ): Promise<{ sha: string; url: string; isVerified: boolean }>;
}

/** An issue as it is now, whoever wrote it. */
export interface RequestedIssue {
  number: number;
  url: string;
  title: string;
  body: string;
  labels: readonly string[];
  state: "open" | "closed";
  /** null where the account was deleted. */
  author: { login: string; type: string } | null;
  createdAt: string;
}

export interface IssueComment {
  author: string;
  isBot: boolean;
  /** Whether the host counts the author among the repository's own people, or it is the issue's author. */
  isTrusted: boolean;
  text: string;
}

/** The repository's issues, as far as they are handed over. Read-only. */
export interface RequestedIssues {
  /** null where there is none of this number, or a pull request has it. */
  findIssue(number: number): Promise<RequestedIssue | null>;
  /** Oldest first; at most the newest hundred. */
  listComments(number: number): Promise<IssueComment[]>;
}
