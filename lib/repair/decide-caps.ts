import type { GatePolicy } from "./gate-model.ts";
import type { RepositoryFile } from "./repository-file-model.ts";

export interface CapFacts {
  /** Our open pull requests, this incident's not counted. */
  open: number;
  /** Our pull requests of the last 24 hours. */
  ofLastDay: number;
  operator: Pick<GatePolicy, "maxOpenPullRequests" | "maxPullRequestsPerDay">;
  file: RepositoryFile | null;
}

/** Why another pull request has to wait, in words, or null. The lower of the operator's and the repository's number holds. */
export function whyCapped({ open, ofLastDay, operator, file }: CapFacts): string | null {
  const lower = (...caps: (number | null | undefined)[]) =>
    Math.min(...caps.map((cap) => cap ?? Number.POSITIVE_INFINITY));
  const mostOpen = lower(operator.maxOpenPullRequests, file?.policy?.maxOpenPullRequests);
  if (open >= mostOpen) return `${open} pull requests of ours are open, where ${mostOpen} may be`;
  const mostADay = lower(operator.maxPullRequestsPerDay, file?.policy?.maxPullRequestsPerDay);
  if (ofLastDay >= mostADay) return `${ofLastDay} pull requests were opened in 24 hours, where ${mostADay} may be`;
  return null;
}
