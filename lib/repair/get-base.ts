import type { Incident } from "../incidents/index.ts";
import { AppError } from "../kernel/errors.ts";
import type { CommitGraph } from "../recovery/ports.ts";
import type { CodeHost } from "./ports.ts";

export interface BaseOutside {
  codeHost: CodeHost;
  commits: CommitGraph;
}

/**
 * Where a run begins: at the commit that fails, where the base branch still contains it, so that the test fails as
 * production does; else at the branch's head. Once a repair of ours was merged, the release that the investigation saw
 * lacks it, and the head is the only place to go on from. Throws AppError `branch_not_found`.
 */
export async function getBase(
  { codeHost, commits }: BaseOutside,
  incident: Incident,
  hasMerged: boolean,
): Promise<{ branch: string; sha: string }> {
  const { branch, sha: head } = await getHead(codeHost);
  const release = hasMerged || incident.reopenedCount > 0 ? null : releaseOf(incident);
  if (release === null || release === head) return { branch, sha: head };
  const isContained = await commits.containsCommit({ ancestor: release, descendant: head });
  return { branch, sha: isContained === true ? release : head };
}

/** The base branch and its newest commit. Throws AppError `branch_not_found`. */
export async function getHead(codeHost: CodeHost): Promise<{ branch: string; sha: string }> {
  const branch = await codeHost.defaultBranch();
  const sha = await codeHost.findBranchHead(branch);
  if (sha === null) {
    throw new AppError("branch_not_found", `${codeHost.repository} has no branch ${branch}`, { retry: "later" });
  }
  return { branch, sha };
}

/** The commit that the investigation found the failing release to be, or null. */
function releaseOf({ investigation }: Incident): string | null {
  const { commit } = (investigation ?? {}) as { commit?: { sha: string; isRelease: boolean } | null };
  return commit?.isRelease ? commit.sha : null;
}
