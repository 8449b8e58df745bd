import { listIncidentsInStates } from "../incidents/index.ts";
import { matchesAny } from "../kernel/match-paths.ts";
import type { CodeHost } from "../repair/ports.ts";
import type { Context } from "../runtime/context.ts";
import { idFrom } from "../runtime/ids.ts";
import { composeFindingProposal } from "./compose-proposal.ts";
import { makeIssues, readPlace, type WorkOutside } from "./make-issues.ts";
import type { Finding, Proposal, Proposed, ScanPolicy } from "./model.ts";
import { normalize } from "./read-checklist.ts";
import { readMarks } from "./read-findings.ts";

export interface ScanOutside extends WorkOutside {
  code: Pick<CodeHost, "defaultBranch" | "findBranchHead" | "readFiles">;
  settings: ScanPolicy;
}

export interface ScanReport {
  findings: number;
  proposals: Proposed[];
  /** Why nothing new may be proposed, or null. */
  full: string | null;
}

/** Files that hold a word, asked of the host's search; it answers no more than a hundred. */
const MAX_FILES = 100;
const MARK_PREFIX = "scan:";

/**
 * Looks for what the code itself asks for: marks in comments, the host's code scanning, and what analysers printed
 * (`findings`). Proposes issues while there is capacity; what was proposed before, and what somebody closed, is not proposed
 * again. Writes only with `isApplied`.
 */
export async function scanRepository(
  ctx: Context,
  outside: ScanOutside,
  input: { projectId: string; isApplied: boolean; findings?: readonly Finding[] },
): Promise<ScanReport> {
  const { settings, work } = outside;
  const found = [...(await findMarks(outside)), ...(await work.listScanAlerts()), ...(input.findings ?? [])];
  const findings = found.filter(({ path }) => !matchesAny(settings.ignoredPaths, path));
  const proposals = await composeProposals(input.projectId, findings);
  const full = await whyFull(ctx, outside, input.projectId);
  const { maxNewIssues } = settings;
  const proposed = await makeIssues(ctx, outside, proposals, { maxNewIssues, full, isApplied: input.isApplied });
  return { findings: findings.length, proposals: proposed, full };
}

async function findMarks({ code, work }: ScanOutside): Promise<Finding[]> {
  const { sha } = await readPlace(code);
  const files = [...(await work.findFiles("TODO", MAX_FILES)), ...(await work.findFiles("FIXME", MAX_FILES))];
  const texts = await code.readFiles([...new Set(files)], sha);
  return [...texts].flatMap(([path, text]) => (text === null ? [] : readMarks(path, text)));
}

/** A mark is one proposal; an analyser's findings are one a rule, most places first. */
async function composeProposals(projectId: string, findings: readonly Finding[]): Promise<Proposal[]> {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const one of findings) {
    const isMark = one.tool === "todo" || one.tool === "fixme";
    const key = JSON.stringify(isMark ? [one.tool, one.path, normalize(one.text)] : [one.tool, one.rule]);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const ranked = [...groups].toSorted(([, one], [, other]) => other.length - one.length);
  return Promise.all(
    ranked.map(async ([key, group]) =>
      composeFindingProposal(group, `${MARK_PREFIX}${await idFrom("wrk", [projectId, key])}`),
    ),
  );
}

/** Why there is no capacity for more: enough is under way, or enough was proposed. */
async function whyFull(ctx: Context, { work, settings }: ScanOutside, projectId: string): Promise<string | null> {
  const atWork = await listIncidentsInStates(ctx.db.db, projectId, [
    "investigating",
    "repairing",
    "planned",
    "in_review",
  ]);
  if (atWork.length > settings.maxAtWork) {
    return `${atWork.length} incidents and requests are at work, and policy.scan.maxAtWork is ${settings.maxAtWork}`;
  }
  const issues = await work.listIssues();
  const open = issues.filter(({ mark, state }) => state === "open" && mark?.startsWith(MARK_PREFIX)).length;
  return open >= settings.maxOpenIssues
    ? `${open} proposals are open, and policy.scan.maxOpenIssues is ${settings.maxOpenIssues}`
    : null;
}
