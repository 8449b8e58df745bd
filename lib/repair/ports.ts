import type { WritePermit } from "../kernel/write.ts";

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
    },
  ): Promise<{ url: string }>;
  /** repository_dispatch; nothing to look for afterwards, so a repeat is deduplicated by the run's own claim. */
  dispatchRepair(permit: WritePermit, input: { payload: Record<string, unknown> }): Promise<void>;
}
