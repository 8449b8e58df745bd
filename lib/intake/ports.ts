import type { SourceIssue } from "../investigate/ports.ts";
import type { Permission } from "./issue-text-model.ts";

export interface IssueListing {
  /** Unresolved issues of the watched environment that had an event since then, the newest event first, at most `limit`. */
  listRecentIssues(input: { since: string; limit: number }): Promise<SourceIssue[]>;
}

/** An issue on the code host, as it is now. */
export interface HostedIssue {
  number: number;
  url: string;
  title: string;
  body: string;
  labels: string[];
  state: "open" | "closed";
  /** null where the account was deleted. */
  author: { login: string; type: string } | null;
  /** What the host calls the author's relation to the repository. */
  authorAssociation: string | null;
  createdAt: string;
}

/** Read-only view of the target repository's issues. */
export interface IssueReader {
  /** null where there is none of this number, or a pull request has it. */
  findIssue(number: number): Promise<HostedIssue | null>;
  /** Every open issue, newest first, without pull requests. */
  listOpenIssues(): AsyncIterable<HostedIssue>;
  /** What this person may do in the repository; none without any right. */
  getPermission(login: string): Promise<Permission>;
}
