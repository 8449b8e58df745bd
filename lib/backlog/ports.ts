import type { Finding, KnownIssue } from "./model.ts";

export interface WorkPull {
  number: number;
  url: string;
  branch: string;
  state: "open" | "closed";
  isMerged: boolean;
}

/** What the repository holds, as far as work is found in it. Read-only. */
export interface WorkReader {
  /** Every issue, open and closed, newest first; without pull requests. At most the newest few thousand. */
  listIssues(): Promise<KnownIssue[]>;
  /** Every file path at this commit. */
  listFiles(sha: string): Promise<string[]>;
  /** Files of the default branch that hold these words, as the host's search knows them. */
  findFiles(words: string, limit: number): Promise<string[]>;
  /** Pull requests from branches that begin so, newest first; of the newest few hundred. */
  listPulls(branchPrefix: string): Promise<WorkPull[]>;
  /** Open alerts of the host's own code scanning; none where that is off or not allowed. */
  listScanAlerts(): Promise<Finding[]>;
}
