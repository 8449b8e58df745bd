import { countCommits, mergeBase, readRef } from "./git.ts";
import { type DiffFile, diffFiles } from "./git-diff.ts";
import { mergeTree } from "./git-write.ts";
import { nodeId } from "./node-ids.ts";
import type { IssueRecord, PullRecord, RepoRecord, ReviewCommentRecord, ReviewRecord } from "./records.ts";
import { associationOf, commentsOf, labelsOf, reactionsAt } from "./serialize-issue.ts";
import { apiUrl, htmlUrl, type Json, serializeLogin, serializeRepository } from "./serialize-repository.ts";
import { findIssue, inRepo, repoDir, type World } from "./world.ts";

/** The commits that a pull request's diff is between: where it left its base, and its head or an earlier commit of it. */
export async function pullRange(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  to = pull.headSha,
): Promise<{ base: string; from: string; to: string }> {
  const dir = repoDir(world, repo);
  const isOpen = findIssue(world, repo, pull.number)?.state === "open";
  const base = (isOpen ? await readRef(dir, `refs/heads/${pull.baseRef}`) : null) ?? pull.baseSha;
  return { base, from: (await mergeBase(dir, base, to)) ?? base, to };
}

/** The files of a pull request as it was at one of its commits; at its head where none is named. */
export async function pullFiles(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  sha = pull.headSha,
): Promise<DiffFile[]> {
  const { from, to } = await pullRange(world, repo, pull, sha);
  return diffFiles(repoDir(world, repo), from, to);
}

function side(world: World, repo: RepoRecord, ref: string, sha: string): Json {
  return {
    label: `${repo.owner}:${ref}`,
    ref,
    sha,
    user: serializeLogin(world, repo.owner),
    repo: {
      ...serializeRepository(world, repo),
      allow_squash_merge: true,
      allow_merge_commit: true,
      allow_rebase_merge: true,
      allow_auto_merge: false,
      delete_branch_on_merge: false,
      allow_update_branch: false,
      use_squash_pr_title_as_default: false,
      squash_merge_commit_message: "COMMIT_MESSAGES",
      squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
      merge_commit_message: "PR_TITLE",
      merge_commit_title: "MERGE_MESSAGE",
    },
  };
}

function linksOf(world: World, repo: RepoRecord, pull: PullRecord): Json {
  const api = apiUrl(world, repo);
  const href = (url: string) => ({ href: url });
  return {
    self: href(`${api}/pulls/${pull.number}`),
    html: href(`${htmlUrl(world, repo)}/pull/${pull.number}`),
    issue: href(`${api}/issues/${pull.number}`),
    comments: href(`${api}/issues/${pull.number}/comments`),
    review_comments: href(`${api}/pulls/${pull.number}/comments`),
    review_comment: href(`${api}/pulls/comments{/number}`),
    commits: href(`${api}/pulls/${pull.number}/commits`),
    statuses: href(`${api}/statuses/${pull.headSha}`),
  };
}

/** The schema `pull-request-simple`, as lists and review webhooks carry it. */
export function serializePullSimple(world: World, repo: RepoRecord, pull: PullRecord, issue: IssueRecord): Json {
  const api = apiUrl(world, repo);
  const html = `${htmlUrl(world, repo)}/pull/${pull.number}`;
  const assignees = issue.assignees.flatMap((login) => serializeLogin(world, login) ?? []);
  return {
    url: `${api}/pulls/${pull.number}`,
    id: pull.id,
    node_id: nodeId("PR", inRepo(repo, pull.number)),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: `${api}/issues/${pull.number}`,
    number: pull.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: serializeLogin(world, issue.author),
    body: issue.body,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: [],
    requested_teams: [],
    labels: labelsOf(world, repo, issue),
    milestone: null,
    draft: pull.draft,
    commits_url: `${api}/pulls/${pull.number}/commits`,
    review_comments_url: `${api}/pulls/${pull.number}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${pull.number}/comments`,
    statuses_url: `${api}/statuses/${pull.headSha}`,
    head: side(world, repo, pull.headRef, pull.headSha),
    base: side(world, repo, pull.baseRef, pull.baseSha),
    _links: linksOf(world, repo, pull),
    author_association: associationOf(world, repo, issue.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** Whether the head merges cleanly now; null for what is not open. */
export async function isMergeable(world: World, repo: RepoRecord, pull: PullRecord): Promise<boolean | null> {
  if (findIssue(world, repo, pull.number)?.state !== "open") return null;
  const { base } = await pullRange(world, repo, pull);
  return (await mergeTree(repoDir(world, repo), base, pull.headSha)) !== null;
}

/** The schema `pull-request`. */
export async function serializePull(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  issue: IssueRecord,
): Promise<Json> {
  const { base, from, to } = await pullRange(world, repo, pull);
  const dir = repoDir(world, repo);
  const files = await diffFiles(dir, from, to);
  const mergeable = await isMergeable(world, repo, pull);
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const state = mergeable === null ? "unknown" : pull.draft ? "draft" : mergeable ? "clean" : "dirty";
  return {
    ...serializePullSimple(world, repo, pull, issue),
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: state,
    merged_by: serializeLogin(world, pull.mergedBy),
    comments: commentsOf(world, issue).length,
    review_comments: reviewCommentsOf(world, repo, pull.number).length,
    maintainer_can_modify: false,
    commits: await countCommits(dir, base, to),
    additions: sum(files.map((file) => file.additions)),
    deletions: sum(files.map((file) => file.deletions)),
    changed_files: files.length,
  };
}

/** The schema `pull-request-minimal`, as checks name the pull requests of their commit. */
export function serializePullMinimal(world: World, repo: RepoRecord, pull: PullRecord): Json {
  const at = { id: repo.id, url: apiUrl(world, repo), name: repo.name };
  return {
    id: pull.id,
    number: pull.number,
    url: `${apiUrl(world, repo)}/pulls/${pull.number}`,
    head: { ref: pull.headRef, sha: pull.headSha, repo: at },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo: at },
  };
}

/** Whether a comment was sent: those of a pending review are its author's alone. */
export function isSent(world: World, comment: ReviewCommentRecord): boolean {
  return world.store.reviews.get(comment.reviewId)?.state !== "PENDING";
}

/** What was said on lines of a pull request, oldest first. */
export function reviewCommentsOf(world: World, repo: RepoRecord, number: number): ReviewCommentRecord[] {
  return world.store.reviewComments.where(
    (comment) => comment.repoId === repo.id && comment.number === number && isSent(world, comment),
  );
}

/** The schema `pull-request-review`. */
export function serializeReview(world: World, repo: RepoRecord, review: ReviewRecord): Json {
  const html = `${htmlUrl(world, repo)}/pull/${review.number}#pullrequestreview-${review.id}`;
  const url = `${apiUrl(world, repo)}/pulls/${review.number}`;
  return {
    id: review.id,
    node_id: nodeId("PRR", review.id),
    user: serializeLogin(world, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: url,
    author_association: associationOf(world, repo, review.author),
    _links: { html: { href: html }, pull_request: { href: url } },
    ...(review.state === "PENDING" ? {} : { submitted_at: review.createdAt }),
    commit_id: review.commitId,
  };
}

/** The schema `pull-request-review-comment`. */
export function serializeReviewComment(world: World, repo: RepoRecord, comment: ReviewCommentRecord): Json {
  const url = `${apiUrl(world, repo)}/pulls/comments/${comment.id}`;
  const html = `${htmlUrl(world, repo)}/pull/${comment.number}#discussion_r${comment.id}`;
  const pullUrl = `${apiUrl(world, repo)}/pulls/${comment.number}`;
  return {
    url,
    pull_request_review_id: comment.reviewId,
    id: comment.id,
    node_id: nodeId("PRRC", comment.id),
    diff_hunk: comment.diffHunk,
    path: comment.path,
    commit_id: comment.commitId,
    original_commit_id: comment.originalCommitId,
    user: serializeLogin(world, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: associationOf(world, repo, comment.author),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
    reactions: reactionsAt(url),
    start_line: comment.startLine,
    original_start_line: comment.startLine,
    start_side: comment.startSide,
    line: comment.line,
    original_line: comment.line ?? 1,
    side: comment.side,
    original_position: comment.position,
    position: comment.position,
    subject_type: comment.subjectType,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
  };
}
