import type { IncidentIssues } from "../alerts/ports.ts";
import { AppError } from "../kernel/errors.ts";
import type { CodeHost } from "../repair/ports.ts";
import type { Context } from "../runtime/context.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { type Capacity, decideProposals } from "./decide-proposals.ts";
import type { Proposal, Proposed } from "./model.ts";
import type { WorkReader } from "./ports.ts";

export interface WorkOutside {
  work: WorkReader;
  issues: Pick<IncidentIssues, "ensureIssue">;
  outbound: Outbound;
}

/** Where the default branch stands. */
export async function readPlace(
  code: Pick<CodeHost, "defaultBranch" | "findBranchHead">,
): Promise<{ branch: string; sha: string }> {
  const branch = await code.defaultBranch();
  const sha = await code.findBranchHead(branch);
  if (sha === null) throw new AppError("branch_not_found", `there is no branch ${branch}`, { retry: "later" });
  return { branch, sha };
}

/** Makes an issue of each proposal that deserves a new one, in their order; each looks for its own first. */
export async function makeIssues(
  ctx: Context,
  { work, issues, outbound }: WorkOutside,
  proposals: readonly Proposal[],
  capacity: Capacity & { isApplied: boolean },
): Promise<Proposed[]> {
  const chosen = decideProposals(proposals, await work.listIssues(), capacity);
  if (!capacity.isApplied) return chosen;
  const made: Proposed[] = [];
  for (const one of chosen) {
    if (one.outcome !== "would_create") {
      made.push(one);
      continue;
    }
    const { mark: marker, title, body } = one;
    const result = await outbound.write("github.issue", (permit) =>
      issues.ensureIssue(permit, { marker, title, body, labels: [] }),
    );
    if (result.held) made.push({ ...one, outcome: "held", reason: result.detail });
    else made.push({ ...one, outcome: "created", issue: result.value, reason: `issue #${result.value.number}` });
  }
  const created = made.filter((one) => one.outcome === "created").length;
  ctx.log.log("info", "backlog.issues", { proposals: proposals.length, created });
  return made;
}
