import type { KnownIssue, Proposal, Proposed } from "./model.ts";
import { normalize } from "./read-checklist.ts";

export interface Capacity {
  maxNewIssues: number;
  /** Why nothing may be proposed at all, or null. */
  full: string | null;
}

export type Chosen = Omit<Proposed, "outcome"> & { outcome: "known" | "duplicate" | "would_create" | "over_cap" };

/**
 * Which proposals become issues, in their order: one that has its issue, by the marker, keeps it, open or closed; one whose
 * title some issue has already is that issue; of the rest as many as the cap allows. Two of one name are one.
 */
export function decideProposals(
  proposals: readonly Proposal[],
  issues: readonly KnownIssue[],
  { maxNewIssues, full }: Capacity,
): Chosen[] {
  const byMark = new Map(issues.flatMap((issue) => (issue.mark === null ? [] : [[issue.mark, issue]])));
  // Of several with one title the oldest counts: the list is newest first.
  const byTitle = new Map(issues.map((issue) => [normalize(issue.title), issue]));
  const names = new Set<string>();
  let left = full === null ? maxNewIssues : 0;
  return proposals.map((proposal): Chosen => {
    const name = normalize(proposal.title);
    const isTwin = names.has(name);
    names.add(name);
    const own = byMark.get(proposal.mark);
    if (own)
      return { ...proposal, outcome: "known", issue: own, reason: `issue #${own.number} (${own.state}) is its own` };
    const same = byTitle.get(name);
    if (same)
      return {
        ...proposal,
        outcome: "duplicate",
        issue: same,
        reason: `issue #${same.number} (${same.state}) has its title`,
      };
    if (isTwin) return { ...proposal, outcome: "duplicate", issue: null, reason: "it is proposed already" };
    if (left === 0)
      return { ...proposal, outcome: "over_cap", issue: null, reason: full ?? `over the cap of ${maxNewIssues}` };
    left -= 1;
    return { ...proposal, outcome: "would_create", issue: null, reason: "new" };
  });
}
