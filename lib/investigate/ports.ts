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
}

/** One event as the source's API tells it, in our words. */
export interface SourceEvent {
  excerpt: EventExcerpt;
  release: string | null;
  environment: string | null;
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
