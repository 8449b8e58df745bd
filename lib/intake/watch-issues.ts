import { messageOf } from "../kernel/errors.ts";
import type { ProjectId } from "../kernel/ids.ts";
import type { Context } from "../runtime/context.ts";
import { findIssueOf } from "./issue-store.ts";
import type { AlertSignal } from "./model.ts";
import type { HostedIssue, IssueReader } from "./ports.ts";
import { NO_LINK } from "./read-issue-text.ts";
import { composeIssueRow, type IssueOutside, judgeIssue, takeIssue } from "./take-issue.ts";

/** One open issue and what became of it, or would. */
export interface WatchedIssue {
  number: number;
  url: string;
  title: string;
  outcome: "accepted" | "refused" | "left" | "failed";
  reason: string;
  sentry: { issueId: string; shortId: string | null } | null;
  /** `open` and `join` only where nothing was applied. */
  effect: "open" | "join" | "opened" | "adopted" | "known" | "other" | null;
  incidentId: string | null;
}

export interface WatchReport {
  /** Newest first. */
  issues: WatchedIssue[];
  /** Open issues that hold no link to Sentry, and are not listed. */
  others: number;
}

interface Candidate {
  issue: HostedIssue;
  reason: string;
  signal: AlertSignal;
}

/**
 * Looks through every open issue for those that Sentry made, newest first, and takes up to `limit` of the accepted ones
 * (the newest; the limit counts after judging). Of two that tell of one Sentry issue the older is its incident's. One that
 * fails is told and does not stop the rest. Writes only with `apply`.
 */
export async function watchIssues(
  ctx: Context,
  outside: IssueOutside,
  input: { projectId: ProjectId; limit: number; apply: boolean },
): Promise<WatchReport> {
  const rows = new Map<number, WatchedIssue>();
  const candidates: Candidate[] = [];
  const permissions = new Map<string, ReturnType<IssueReader["getPermission"]>>();
  let others = 0;
  for await (const issue of outside.issues.listOpenIssues()) {
    const judged = await judgeIssue(outside, issue, permissions).catch((error) => ({
      type: "failed" as const,
      reason: messageOf(error),
    }));
    if (judged.type === "take") candidates.push({ issue, ...judged });
    else if (judged.type === "refuse" && judged.reason === NO_LINK) others += 1;
    else rows.set(issue.number, rowOf(issue, { outcome: judged.type === "failed" ? "failed" : "refused", ...judged }));
  }
  const chosen = candidates.slice(0, input.limit);
  for (const { issue, signal } of candidates.slice(input.limit))
    rows.set(issue.number, rowOf(issue, { outcome: "left", reason: `over the limit of ${input.limit}`, signal }));
  const taken = new Set<string>();
  for (const candidate of chosen.toReversed())
    rows.set(candidate.issue.number, await settle(ctx, outside, candidate, { ...input, taken }));
  return { issues: [...rows.values()].toSorted((one, other) => other.number - one.number), others };
}

async function settle(
  ctx: Context,
  outside: IssueOutside,
  { issue, signal, reason }: Candidate,
  { projectId, apply, taken }: { projectId: ProjectId; apply: boolean; taken: Set<string> },
): Promise<WatchedIssue> {
  try {
    const row = await composeIssueRow(ctx, outside, { projectId, issue, signal, reason, via: "poll" });
    const incidentId = row.incident.id;
    const foreseen = taken.has(incidentId) ? "other" : await foresee(ctx, incidentId, issue.number);
    const effect = apply ? (await takeIssue(ctx, row, issue)).as : foreseen;
    taken.add(incidentId);
    return { ...rowOf(issue, { outcome: "accepted", reason, signal }), effect, incidentId };
  } catch (error) {
    return rowOf(issue, { outcome: "failed", reason: messageOf(error), signal });
  }
}

async function foresee(ctx: Context, incidentId: string, issueNumber: number): Promise<WatchedIssue["effect"]> {
  const found = await findIssueOf(ctx.db.query, incidentId);
  if (found === null) return "open";
  if (found.issueNumber === null) return "join";
  return found.issueNumber === issueNumber ? "known" : "other";
}

function rowOf(
  { number, url, title }: HostedIssue,
  said: { outcome: WatchedIssue["outcome"]; reason: string; signal?: AlertSignal },
): WatchedIssue {
  const { outcome, reason, signal } = said;
  const sentry = signal ? { issueId: signal.issueId, shortId: signal.shortId } : null;
  return { number, url, title, outcome, reason, sentry, effect: null, incidentId: null };
}
