import type { IssueRecord, PullRecord, RepoRecord } from "./records.ts";
import { serializeIssue } from "./serialize-issue.ts";
import { serializePull, serializePullSimple } from "./serialize-pull.ts";
import type { Json } from "./serialize-repository.ts";
import { emit } from "./webhooks.ts";
import { findIssue, findPull, now, putIssue, type World } from "./world.ts";

/** The issue behind a pull request. Throws when it is missing. */
export function issueOfPull(world: World, repo: RepoRecord, pull: PullRecord): IssueRecord {
  const issue = findIssue(world, repo, pull.number);
  if (!issue) throw new Error(`pull request ${pull.number} has no issue`);
  return issue;
}

/** Fires pull_request.ACTION with the pull request as it is now. */
export async function emitPull(
  world: World,
  repo: RepoRecord,
  number: number,
  action: string,
  sender: string,
  extra: Json = {},
): Promise<void> {
  const pull = findPull(world, repo, number);
  if (!pull) return;
  const payload = {
    number,
    pull_request: await serializePull(world, repo, pull, issueOfPull(world, repo, pull)),
    ...extra,
  };
  emit(world, { event: "pull_request", action, repo, sender, payload });
}

/** Fires an event that carries the short form of a pull request, as reviews do. */
export function emitWithPull(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  event: string,
  action: string,
  sender: string,
  extra: Json,
): void {
  const issue = issueOfPull(world, repo, pull);
  emit(world, {
    event,
    action,
    repo,
    sender,
    payload: { ...extra, pull_request: serializePullSimple(world, repo, pull, issue) },
  });
}

/** Fires issues.ACTION, or pull_request.ACTION where the number is a pull request's. */
export async function emitIssue(
  world: World,
  repo: RepoRecord,
  issue: IssueRecord,
  action: string,
  sender: string,
  extra: Json = {},
): Promise<void> {
  if (issue.isPull) return emitPull(world, repo, issue.number, action, sender, extra);
  const payload = { issue: serializeIssue(world, repo, issue), ...extra };
  emit(world, { event: "issues", action, repo, sender, payload });
}

/** Closes an issue or pull request and fires its event; nothing when it is closed already. */
export async function closeIssue(
  world: World,
  repo: RepoRecord,
  issue: IssueRecord,
  sender: string,
  reason: IssueRecord["stateReason"],
): Promise<IssueRecord> {
  if (issue.state === "closed") return issue;
  const at = now();
  const closed = putIssue(world, repo, {
    ...issue,
    state: "closed",
    stateReason: reason,
    closedAt: at,
    closedBy: sender,
    updatedAt: at,
  });
  await emitIssue(world, repo, closed, "closed", sender);
  return closed;
}

const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)/gi;

/** Closes the issues that a text on the default branch says it closes ("Fixes #12"). */
export async function closeNamedIssues(world: World, repo: RepoRecord, text: string, sender: string): Promise<void> {
  for (const [, number] of text.matchAll(CLOSING)) {
    const issue = findIssue(world, repo, Number(number));
    if (issue && !issue.isPull) await closeIssue(world, repo, issue, sender, "completed");
  }
}
