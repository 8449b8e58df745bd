import { readCommit } from "./git.ts";
import { diffFiles, followLine } from "./git-diff.ts";
import { connectionOf } from "./graphql-connection.ts";
import { commitNode, expressionNode, loginNode, objectNode, refNode, type Scope } from "./graphql-git-nodes.ts";
import { type Args, FieldError, type Node } from "./graphql-run.ts";
import { nodeId } from "./node-ids.ts";
import type { CommentRecord, IssueRecord, PullRecord, ReviewCommentRecord, ReviewRecord } from "./records.ts";
import { associationOf, commentsOf, serializeComment, serializeLabel } from "./serialize-issue.ts";
import { isMergeable, reviewCommentsOf, serializeReview, serializeReviewComment } from "./serialize-pull.ts";
import { htmlUrl } from "./serialize-repository.ts";
import { findIssue, findPull, fullName, inRepo, repoDir } from "./world.ts";

export function issueNode(scope: Scope, issue: IssueRecord): Node {
  const { world, repo } = scope;
  const labels = issue.labels.flatMap((name) => world.store.labels.get(inRepo(repo, name.toLowerCase())) ?? []);
  return {
    __typename: issue.isPull ? "PullRequest" : "Issue",
    id: nodeId(issue.isPull ? "PR" : "I", inRepo(repo, issue.number)),
    databaseId: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? "",
    state: issue.state.toUpperCase(),
    stateReason: issue.stateReason?.toUpperCase() ?? null,
    createdAt: issue.createdAt,
    updatedAt: issue.updatedAt,
    closedAt: issue.closedAt,
    closed: issue.state === "closed",
    url: `${htmlUrl(world, repo)}/${issue.isPull ? "pull" : "issues"}/${issue.number}`,
    authorAssociation: associationOf(world, repo, issue.author),
    author: loginNode(world, issue.author),
    repository: () => repositoryNode(scope),
    labels: (args: Args) =>
      connectionOf(
        labels,
        args,
        (label) => ({ __typename: "Label", id: nodeId("LA", label.id), ...serializeLabel(world, repo, label) }),
        "Label",
      ),
    comments: (args: Args) =>
      connectionOf(commentsOf(world, issue), args, (one) => commentNode(scope, one), "IssueComment"),
  };
}

function commentFields(
  scope: Scope,
  comment: CommentRecord | ReviewRecord | ReviewCommentRecord,
): Record<string, unknown> {
  const reason = "minimizedReason" in comment ? comment.minimizedReason : null;
  return {
    databaseId: comment.id,
    body: comment.body,
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    isMinimized: reason !== null,
    minimizedReason: reason,
    authorAssociation: associationOf(scope.world, scope.repo, comment.author),
    author: loginNode(scope.world, comment.author),
    viewerDidAuthor:
      scope.actor.kind === "installation"
        ? comment.viaApp
        : scope.actor.kind === "user" && scope.actor.login === comment.author,
  };
}

export function commentNode(scope: Scope, comment: CommentRecord): Node {
  const url = serializeComment(scope.world, scope.repo, comment).html_url;
  return { __typename: "IssueComment", id: nodeId("IC", comment.id), url, ...commentFields(scope, comment) };
}

export function reviewCommentNode(scope: Scope, comment: ReviewCommentRecord): Node {
  const { path, line, startLine, diffHunk } = comment;
  const url = serializeReviewComment(scope.world, scope.repo, comment).html_url;
  const root = comment.inReplyTo === null ? undefined : scope.world.store.reviewComments.get(comment.inReplyTo);
  const outdated = async () => comment.line !== null && (await lineNow(scope, comment)) === null;
  const review = scope.world.store.reviews.get(comment.reviewId);
  const pullRequestReview = review ? () => reviewNode(scope, review) : null;
  const replyTo = root ? reviewCommentNode(scope, root) : null;
  const fields = { path, line, startLine, diffHunk, outdated, replyTo, pullRequestReview };
  return {
    __typename: "PullRequestReviewComment",
    id: nodeId("PRRC", comment.id),
    url,
    ...commentFields(scope, comment),
    ...fields,
  };
}

/** Where a thread's line stands at the head of its pull request now; null once it was changed, which outdates the thread. */
async function lineNow({ world, repo }: Scope, root: ReviewCommentRecord): Promise<number | null> {
  const head = findPull(world, repo, root.number)?.headSha;
  if (head === undefined || head === root.commitId || root.line === null || root.side === "LEFT") return root.line;
  const files = await diffFiles(repoDir(world, repo), root.commitId, head);
  const file = files.find((one) => (one.previousFilename ?? one.filename) === root.path);
  if (file === undefined) return root.line;
  return file.status === "removed" ? null : followLine(file.patch ?? "", root.line);
}

/** A thread is named by its first comment. */
export function threadNode(scope: Scope, root: ReviewCommentRecord): Node {
  const comments = reviewCommentsOf(scope.world, scope.repo, root.number).filter(
    (one) => one.id === root.id || one.inReplyTo === root.id,
  );
  return {
    __typename: "PullRequestReviewThread",
    id: nodeId("PRRT", root.id),
    isResolved: root.resolvedBy !== null,
    isCollapsed: root.resolvedBy !== null,
    isOutdated: async () => root.line !== null && (await lineNow(scope, root)) === null,
    path: root.path,
    line: () => lineNow(scope, root),
    startLine: root.startLine,
    diffSide: root.side,
    subjectType: root.subjectType.toUpperCase(),
    resolvedBy: loginNode(scope.world, root.resolvedBy),
    comments: (args: Args) =>
      connectionOf(comments, args, (one) => reviewCommentNode(scope, one), "PullRequestReviewComment"),
  };
}

function reviewNode(scope: Scope, review: ReviewRecord): Node {
  const dir = repoDir(scope.world, scope.repo);
  const url = serializeReview(scope.world, scope.repo, review).html_url;
  const commit = async () => commitNode(scope, await readCommit(dir, review.commitId));
  return {
    __typename: "PullRequestReview",
    id: nodeId("PRR", review.id),
    url,
    ...commentFields(scope, review),
    state: review.state,
    submittedAt: review.createdAt,
    commit,
  };
}

export function pullNode(scope: Scope, pull: PullRecord): Node {
  const { world, repo } = scope;
  const issue = findIssue(world, repo, pull.number);
  if (!issue)
    throw new FieldError("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${pull.number}.`);
  const isMerged = pull.mergedAt !== null;
  const mergeable = async () =>
    ({ true: "MERGEABLE", false: "CONFLICTING", null: "UNKNOWN" })[
      String(await isMergeable(world, repo, pull)) as "true" | "false" | "null"
    ];
  const sha = pull.mergeCommitSha;
  return {
    ...issueNode(scope, issue),
    databaseId: pull.id,
    state: isMerged ? "MERGED" : issue.state.toUpperCase(),
    isDraft: pull.draft,
    merged: isMerged,
    mergedAt: pull.mergedAt,
    mergedBy: loginNode(world, pull.mergedBy),
    mergeable,
    headRefName: pull.headRef,
    headRefOid: pull.headSha,
    baseRefName: pull.baseRef,
    baseRefOid: pull.baseSha,
    headRef: () => refNode(scope, pull.headRef),
    baseRef: () => refNode(scope, pull.baseRef),
    mergeCommit: sha === null ? null : () => objectNode(scope, sha),
    reviewThreads: (args: Args) =>
      connectionOf(
        reviewCommentsOf(world, repo, pull.number).filter((one) => one.inReplyTo === null),
        args,
        (root) => threadNode(scope, root),
        "PullRequestReviewThread",
      ),
    reviews: (args: Args) =>
      connectionOf(
        world.store.reviews.where(
          (one) => one.repoId === repo.id && one.number === pull.number && one.state !== "PENDING",
        ),
        args,
        (one) => reviewNode(scope, one),
        "PullRequestReview",
      ),
  };
}

export function repositoryNode(scope: Scope): Node {
  const { world, repo } = scope;
  const missing = (kind: string, number: unknown) =>
    new FieldError("NOT_FOUND", `Could not resolve to ${kind} with the number of ${number}.`);
  return {
    __typename: "Repository",
    id: nodeId("R", repo.id),
    databaseId: repo.id,
    name: repo.name,
    nameWithOwner: fullName(repo),
    url: htmlUrl(world, repo),
    isPrivate: repo.private,
    createdAt: repo.createdAt,
    pushedAt: repo.pushedAt,
    owner: loginNode(world, repo.owner),
    defaultBranchRef: () => refNode(scope, repo.defaultBranch),
    ref: (args: Args) => refNode(scope, String(args.qualifiedName ?? "")),
    object: (args: Args) => expressionNode(scope, args),
    issue: (args: Args) => {
      const issue = findIssue(world, repo, Number(args.number));
      if (!issue || issue.isPull) throw missing("an Issue", args.number);
      return issueNode(scope, issue);
    },
    pullRequest: (args: Args) => {
      const pull = findPull(world, repo, Number(args.number));
      if (!pull) throw missing("a PullRequest", args.number);
      return pullNode(scope, pull);
    },
    pullRequests: (args: Args) => {
      const head = args.headRefName;
      const found = world.store.pulls.where(
        (pull) => pull.repoId === repo.id && (head === undefined || pull.headRef === head),
      );
      return connectionOf(found, args, (pull) => pullNode(scope, pull), "PullRequest");
    },
  };
}
