import type { EventExcerpt } from "../intake/model.ts";

/** What the source says of its issue now. Counts are of the issue's whole life. */
export interface SourceIssue {
  issueId: string;
  shortId: string | null;
  title: string;
  culprit: string | null;
  level: string;
  status: "unresolved" | "resolved" | "archived";
  isRegressed: boolean;
  url: string | null;
  events: number;
  users: number;
  firstSeenAt: string;
  lastSeenAt: string;
  /** Events over time as far as the source counts them: buckets, oldest first, the last one still open. */
  stats?: IssueStats;
}

export interface IssueStats {
  /** The last 24 hours, by the hour. */
  hours: EventBucket[];
  /** The last 30 days, by the day. */
  days: EventBucket[];
}

export interface EventBucket {
  startMs: number;
  events: number;
}

/** One step before an error; `data` is left out but for what a request's method, address and status say. */
export interface Breadcrumb {
  at: string | null;
  category: string | null;
  level: string | null;
  text: string;
}

/** One event as the source's API tells it, in our words. */
export interface SourceEvent {
  excerpt: EventExcerpt;
  release: string | null;
  environment: string | null;
  /** Oldest first. Absent where the source was not asked itself. */
  breadcrumbs?: Breadcrumb[];
}

/** How an issue's events spread over the values of one tag, most frequent first. */
export interface TagSpread {
  total: number;
  values: { value: string; count: number }[];
}

/** A release as the source knows it. */
export interface SourceRelease {
  createdAt: string | null;
  releasedAt: string | null;
  /** Of its commits, where somebody told the source of them; newest first. */
  commits: string[];
}

/** What a source tells of an issue beside its events. */
export interface IssueContext {
  /** null when the issue has no such tag. */
  findTagSpread(issueId: string, key: string): Promise<TagSpread | null>;
  /** null when the source does not know the release. */
  findRelease(version: string): Promise<SourceRelease | null>;
}

export interface ErrorSource {
  /** null when the source no longer has the issue. */
  findIssue(issueId: string): Promise<SourceIssue | null>;
  findLatestEvent(issueId: string): Promise<SourceEvent | null>;
}

export interface RecentCommit {
  sha: string;
  date: string;
  author: string;
  message: string;
  files: string[];
}

/** Read-only view of the target repository. */
export interface RepositoryReader {
  defaultBranch(): Promise<string>;
  /** The commit that a branch, tag or (short) SHA names, or null. */
  findCommit(ref: string): Promise<string | null>;
  /** Every file path at this commit. `truncated` when the host left some out. */
  listFiles(sha: string): Promise<{ paths: string[]; truncated: boolean }>;
  /** Newest first, each with the paths it touched. */
  listRecentCommits(sha: string, limit: number): Promise<RecentCommit[]>;
}

/** A line of a file; `line` counts from 1. */
export interface CodePlace {
  path: string;
  line: number;
}

/** Who last changed a line, at the commit that was asked about. */
export interface BlamedLine extends CodePlace {
  sha: string;
  date: string;
  author: string;
  message: string;
}

export interface OpenIssue {
  kind: "issue" | "pull";
  number: number;
  title: string;
  url: string;
  updatedAt: string;
}

/** What led to the code as it is. Read-only; of an unknown commit every answer is empty or null. */
export interface CodeHistory {
  /** The repository's page, without a trailing slash: files are below `/blob/<sha>/`, commits below `/commit/`. */
  webUrl(): Promise<string>;
  /** Text of each path at a commit or branch, null where there is none or no text. */
  readTexts(paths: readonly string[], ref: string): Promise<Map<string, string | null>>;
  /** Only the places that could be told. */
  blameLines(sha: string, places: readonly CodePlace[]): Promise<BlamedLine[]>;
  /** The commits that `head` has and `base` lacks, newest first; null where there is no such way. At most 250. */
  listCommitsBetween(base: string, head: string): Promise<{ shas: string[]; total: number } | null>;
  /** The pull request that brought this commit, or null. */
  findPullRequestOf(sha: string): Promise<{ number: number; title: string; url: string } | null>;
  /** Open issues and pull requests that contain the words, best first. */
  searchOpen(words: string, limit: number): Promise<OpenIssue[]>;
}

/** What a model may look up in the repository beside files and lists of them. Read-only. */
export interface CodeView {
  /** Paths of files that hold these words, best first. A candidate only: the host searches its default branch. */
  findFiles(words: string, limit: number): Promise<string[]>;
  /** Commits up to `sha` that touched this path (null: any), newest first. */
  listCommitsOf(sha: string, path: string | null, limit: number): Promise<Omit<RecentCommit, "files">[]>;
}
