/** The part of GitHub's schema that this world has: for each type its fields and what they return. */
const scalars = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, "Scalar"]));

const connection = (type: string): Record<string, Record<string, string>> => ({
  [`${type}Connection`]: { ...scalars("totalCount"), nodes: type, edges: `${type}Edge`, pageInfo: "PageInfo" },
  [`${type}Edge`]: { ...scalars("cursor"), node: type },
});

const COMMENT = {
  ...scalars(
    "id",
    "databaseId",
    "body",
    "createdAt",
    "updatedAt",
    "url",
    "isMinimized",
    "minimizedReason",
    "authorAssociation",
    "viewerDidAuthor",
  ),
  author: "Actor",
};

const ISSUE = {
  ...scalars(
    "id",
    "databaseId",
    "number",
    "title",
    "body",
    "state",
    "createdAt",
    "updatedAt",
    "closedAt",
    "closed",
    "url",
    "authorAssociation",
  ),
  author: "Actor",
  labels: "LabelConnection",
  comments: "IssueCommentConnection",
  repository: "Repository",
};

const COMMIT = {
  ...scalars(
    "id",
    "oid",
    "abbreviatedOid",
    "message",
    "messageHeadline",
    "messageBody",
    "url",
    "commitUrl",
    "committedDate",
    "authoredDate",
    "additions",
    "deletions",
    "changedFilesIfAvailable",
  ),
  signature: "GitSignature",
  author: "GitActor",
  committer: "GitActor",
  tree: "Tree",
  blame: "Blame",
  history: "CommitConnection",
  parents: "CommitConnection",
};

export const TYPES: Record<string, Record<string, string>> = {
  Query: { viewer: "User", repository: "Repository", node: "Node", rateLimit: "RateLimit" },
  Mutation: {
    createCommitOnBranch: "CreateCommitOnBranchPayload",
    convertPullRequestToDraft: "PullRequestPayload",
    markPullRequestReadyForReview: "PullRequestPayload",
    resolveReviewThread: "ThreadPayload",
    unresolveReviewThread: "ThreadPayload",
    minimizeComment: "MinimizeCommentPayload",
    unminimizeComment: "UnminimizeCommentPayload",
    addPullRequestReviewThreadReply: "ReplyPayload",
  },
  CreateCommitOnBranchPayload: { ...scalars("clientMutationId"), commit: "Commit", ref: "Ref" },
  PullRequestPayload: { ...scalars("clientMutationId"), pullRequest: "PullRequest" },
  ThreadPayload: { ...scalars("clientMutationId"), thread: "PullRequestReviewThread" },
  MinimizeCommentPayload: { ...scalars("clientMutationId"), minimizedComment: "Minimizable" },
  UnminimizeCommentPayload: { ...scalars("clientMutationId"), unminimizedComment: "Minimizable" },
  ReplyPayload: { ...scalars("clientMutationId"), comment: "PullRequestReviewComment" },
  RateLimit: scalars("limit", "cost", "remaining", "resetAt", "used", "nodeCount"),
  PageInfo: scalars("hasNextPage", "hasPreviousPage", "startCursor", "endCursor"),
  Node: scalars("id"),
  Actor: scalars("login", "url", "avatarUrl", "resourcePath"),
  User: scalars("id", "databaseId", "login", "name", "email", "url", "avatarUrl", "isViewer"),
  Bot: scalars("id", "databaseId", "login", "url", "avatarUrl"),
  Minimizable: scalars("isMinimized", "minimizedReason"),
  Repository: {
    ...scalars("id", "databaseId", "name", "nameWithOwner", "url", "isPrivate", "createdAt", "pushedAt"),
    owner: "Actor",
    defaultBranchRef: "Ref",
    ref: "Ref",
    object: "GitObject",
    issue: "Issue",
    pullRequest: "PullRequest",
    pullRequests: "PullRequestConnection",
  },
  Ref: { ...scalars("id", "name", "prefix"), target: "GitObject" },
  GitObject: scalars("id", "oid", "abbreviatedOid", "commitUrl"),
  Commit: COMMIT,
  Tree: { ...scalars("id", "oid", "abbreviatedOid"), entries: "TreeEntry" },
  TreeEntry: { ...scalars("name", "path", "mode", "type", "oid", "size"), object: "GitObject" },
  Blob: scalars("id", "oid", "abbreviatedOid", "text", "byteSize", "isBinary", "isTruncated"),
  Blame: { ranges: "BlameRange" },
  BlameRange: { ...scalars("startingLine", "endingLine", "age"), commit: "Commit" },
  GitSignature: {
    ...scalars("isValid", "wasSignedByGitHub", "state", "email", "payload", "signature"),
    signer: "User",
  },
  GitActor: { ...scalars("name", "email", "date"), user: "User" },
  Label: scalars("id", "name", "color", "description", "url"),
  Issue: { ...ISSUE, ...scalars("stateReason") },
  PullRequest: {
    ...ISSUE,
    ...scalars("isDraft", "merged", "mergedAt", "mergeable", "headRefName", "headRefOid", "baseRefName", "baseRefOid"),
    headRef: "Ref",
    baseRef: "Ref",
    mergeCommit: "Commit",
    mergedBy: "Actor",
    reviewThreads: "PullRequestReviewThreadConnection",
    reviews: "PullRequestReviewConnection",
  },
  IssueComment: COMMENT,
  PullRequestReview: { ...COMMENT, ...scalars("state", "submittedAt"), commit: "Commit" },
  PullRequestReviewComment: {
    ...COMMENT,
    ...scalars("path", "line", "startLine", "diffHunk", "outdated"),
    replyTo: "PullRequestReviewComment",
    pullRequestReview: "PullRequestReview",
  },
  PullRequestReviewThread: {
    ...scalars("id", "isResolved", "isOutdated", "isCollapsed", "path", "line", "startLine", "diffSide", "subjectType"),
    resolvedBy: "User",
    comments: "PullRequestReviewCommentConnection",
  },
  ...connection("Commit"),
  ...connection("Label"),
  ...connection("IssueComment"),
  ...connection("PullRequest"),
  ...connection("PullRequestReview"),
  ...connection("PullRequestReviewComment"),
  ...connection("PullRequestReviewThread"),
};

const INTERFACES: Record<string, string[]> = {
  GitObject: ["Commit", "Tree", "Blob"],
  Actor: ["User", "Bot", "Organization"],
  Minimizable: ["IssueComment", "PullRequestReview", "PullRequestReviewComment"],
  Comment: ["Issue", "PullRequest", "IssueComment", "PullRequestReview", "PullRequestReviewComment"],
};

/** Whether a node of `type` is taken by a fragment `on condition`. */
export function isMemberType(type: string, condition: string): boolean {
  return type === condition || condition === "Node" || (INTERFACES[condition]?.includes(type) ?? false);
}
