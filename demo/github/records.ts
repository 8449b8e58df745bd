/** What the world remembers. Times are ISO strings in UTC without milliseconds, as GitHub writes them. */
export type Level = "read" | "write";

export type Role = "admin" | "maintain" | "write" | "triage" | "read" | "none";

export type Permissions = Record<string, Level>;

export interface AccountRecord {
  id: number;
  login: string;
  type: "User" | "Bot" | "Organization";
  role: Role;
}

export interface RepoRecord {
  id: number;
  owner: string;
  name: string;
  private: boolean;
  /** Private repositories on free plans refuse drafts. */
  allowsDrafts: boolean;
  /** Whether the App's installation includes this repository. */
  installed: boolean;
  defaultBranch: string;
  createdAt: string;
  pushedAt: string;
  nextNumber: number;
}

/** `viaApp` is true where our own App acted; GitHub then fills `performed_via_github_app`. */
export interface Authored {
  author: string;
  viaApp: boolean;
  createdAt: string;
  updatedAt: string;
}

export type StateReason = "completed" | "reopened" | "not_planned" | "duplicate";

export interface IssueRecord extends Authored {
  id: number;
  repoId: number;
  number: number;
  isPull: boolean;
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: StateReason | null;
  labels: string[];
  assignees: string[];
  closedAt: string | null;
  closedBy: string | null;
}

/** The rest of a pull request; title, body and state are on the issue with its number. */
export interface PullRecord {
  id: number;
  repoId: number;
  number: number;
  headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  draft: boolean;
  mergedAt: string | null;
  mergedBy: string | null;
  mergeCommitSha: string | null;
  /** Written before the base branch moves, so that a restart can tell a merge that happened from one that did not. */
  merging: { sha: string; by: string } | null;
}

export interface CommentRecord extends Authored {
  id: number;
  repoId: number;
  number: number;
  body: string;
  minimizedReason: string | null;
}

export interface LabelRecord {
  id: number;
  repoId: number;
  name: string;
  color: string;
  description: string | null;
}

export type ReviewState = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";

export interface ReviewRecord extends Authored {
  id: number;
  repoId: number;
  number: number;
  body: string;
  state: ReviewState;
  commitId: string;
}

export type Side = "LEFT" | "RIGHT";

export interface ReviewCommentRecord extends Authored {
  id: number;
  repoId: number;
  number: number;
  reviewId: number;
  body: string;
  path: string;
  commitId: string;
  originalCommitId: string;
  line: number | null;
  side: Side;
  startLine: number | null;
  startSide: Side | null;
  position: number;
  subjectType: "line" | "file";
  diffHunk: string;
  inReplyTo: number | null;
  /** Only meaningful on the first comment of a thread. */
  resolvedBy: string | null;
  minimizedReason: string | null;
}

export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column: number | null;
  end_column: number | null;
  annotation_level: "notice" | "warning" | "failure";
  message: string;
  title: string | null;
  raw_details: string | null;
}

export interface CheckRunRecord {
  id: number;
  repoId: number;
  suiteId: number;
  /** Another App's slug, where not our own made it. */
  by?: string;
  name: string;
  headSha: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: string | null;
  externalId: string;
  detailsUrl: string | null;
  startedAt: string | null;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: CheckAnnotation[];
}

/** One for each head commit and App. */
export interface CheckSuiteRecord {
  id: number;
  repoId: number;
  /** Another App's slug, where not our own made it. */
  by?: string;
  headSha: string;
  headBranch: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface StatusRecord {
  id: number;
  repoId: number;
  sha: string;
  state: "error" | "failure" | "pending" | "success";
  context: string;
  description: string | null;
  targetUrl: string | null;
  creator: string;
  createdAt: string;
}

export interface TokenRecord {
  token: string;
  kind: "installation" | "user";
  login: string;
  permissions: Permissions;
  /** null: every repository of the installation. */
  repoIds: number[] | null;
  expiresAt: string | null;
}

export interface DeliveryRecord {
  id: number;
  guid: string;
  event: string;
  action: string | null;
  repositoryId: number | null;
  deliveredAt: string;
  redelivery: boolean;
  /** "pending" until the receiver has answered or failed to. */
  status: string;
  statusCode: number;
  durationSeconds: number;
  url: string;
  requestHeaders: Record<string, string>;
  /** The exact bytes that were signed and sent. */
  body: string;
  responseHeaders: Record<string, string>;
  responseBody: string | null;
}

/** A commit that GitHub itself signed: made by API or web merge, not pushed. */
export interface SignedCommitRecord {
  repoId: number;
  sha: string;
  signedAt: string;
}

/** Facts of the App that must outlive the process. */
export interface AppRecord {
  privateKeyPem: string;
  installationId: number;
  hookId: number;
  botId: number;
  createdAt: string;
}
