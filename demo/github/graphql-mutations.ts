import * as z from "zod";
import { actingAccount, canSee } from "./auth.ts";
import type { Actor } from "./context.ts";
import { GitHubError } from "./errors.ts";
import { createCommitOnBranch } from "./graphql-commit.ts";
import type { Scope } from "./graphql-git-nodes.ts";
import { assertAllowed, Id, readInput } from "./graphql-input.ts";
import { commentNode, pullNode, reviewCommentNode, threadNode } from "./graphql-nodes.ts";
import { type Args, FieldError, type Node } from "./graphql-run.ts";
import { nodeId, readNodeId } from "./node-ids.ts";
import { emitWithPull } from "./pull-events.ts";
import { setDraft } from "./pulls.ts";
import type { PullRecord, ReviewCommentRecord } from "./records.ts";
import { replyTo } from "./review-comments.ts";
import { reviewCommentsOf, serializeReviewComment } from "./serialize-pull.ts";
import { findPull, type World } from "./world.ts";

const PullInput = z.strictObject({ pullRequestId: z.string(), clientMutationId: Id });

const ThreadInput = z.strictObject({ threadId: z.string(), clientMutationId: Id });

const MinimizeInput = z.strictObject({
  subjectId: z.string(),
  classifier: z.enum(["ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM"]),
  clientMutationId: Id,
});

const UnminimizeInput = z.strictObject({ subjectId: z.string(), clientMutationId: Id });

const ReplyInput = z.strictObject({
  pullRequestReviewThreadId: z.string(),
  body: z.string(),
  pullRequestReviewId: z.string().nullable().optional(),
  clientMutationId: Id,
});

const unresolved = (id: string): FieldError =>
  new FieldError("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);

/** The repository and pull request of a node id, for someone who may change them. */
function pullOfId(world: World, actor: Actor, id: string): { scope: Scope; pull: PullRecord } {
  const found = readNodeId(id);
  const [repoId = "", number = ""] = (found?.prefix === "PR" ? found.key : "").split("/");
  const repo = world.store.repos.get(repoId);
  const pull = repo && canSee(world, actor, repo) ? findPull(world, repo, Number(number)) : null;
  if (!repo || !pull) throw unresolved(id);
  assertAllowed(world, actor, repo, "pull_requests");
  return { scope: { world, repo, actor }, pull };
}

async function changeDraft(world: World, actor: Actor, args: Args, draft: boolean): Promise<Node> {
  const input = readInput(
    args,
    PullInput,
    draft ? "ConvertPullRequestToDraftInput" : "MarkPullRequestReadyForReviewInput",
  );
  const { scope, pull } = pullOfId(world, actor, input.pullRequestId);
  try {
    const next = await setDraft(world, scope.repo, pull, draft, actingAccount(world, actor).login);
    return {
      __typename: "PullRequestPayload",
      clientMutationId: input.clientMutationId ?? null,
      pullRequest: pullNode(scope, next),
    };
  } catch (error) {
    if (error instanceof GitHubError) throw new FieldError("UNPROCESSABLE", error.message);
    throw error;
  }
}

function rootOfId(world: World, actor: Actor, id: string): { scope: Scope; root: ReviewCommentRecord } {
  const found = readNodeId(id);
  const root = found?.prefix === "PRRT" ? world.store.reviewComments.get(found.key) : undefined;
  const repo = root ? world.store.repos.get(root.repoId) : undefined;
  if (!root || !repo || !canSee(world, actor, repo)) throw unresolved(id);
  assertAllowed(world, actor, repo, "pull_requests");
  return { scope: { world, repo, actor }, root };
}

/** Tells of a thread as the webhook names it: by its comments, the first one first. */
function emitThread({ world, repo, actor }: Scope, root: ReviewCommentRecord, isResolved: boolean): void {
  const pull = findPull(world, repo, root.number);
  if (!pull) return;
  const comments = reviewCommentsOf(world, repo, root.number)
    .filter((one) => one.id === root.id || one.inReplyTo === root.id)
    .map((one) => serializeReviewComment(world, repo, one));
  const thread = { node_id: nodeId("PRRT", root.id), comments };
  const action = isResolved ? "resolved" : "unresolved";
  const by = actingAccount(world, actor).login;
  emitWithPull(world, repo, pull, "pull_request_review_thread", action, by, { thread });
}

function resolveThread(world: World, actor: Actor, args: Args, isResolved: boolean): Node {
  const input = readInput(args, ThreadInput, isResolved ? "ResolveReviewThreadInput" : "UnresolveReviewThreadInput");
  const { scope, root } = rootOfId(world, actor, input.threadId);
  const resolvedBy = isResolved ? actingAccount(world, actor).login : null;
  const next = world.store.reviewComments.put(root.id, { ...root, resolvedBy });
  if ((root.resolvedBy === null) === isResolved) emitThread(scope, next, isResolved);
  return {
    __typename: "ThreadPayload",
    clientMutationId: input.clientMutationId ?? null,
    thread: threadNode(scope, next),
  };
}

function replyToThread(world: World, actor: Actor, args: Args): Node {
  const input = readInput(args, ReplyInput, "AddPullRequestReviewThreadReplyInput");
  const { scope, root } = rootOfId(world, actor, input.pullRequestReviewThreadId);
  const pull = findPull(world, scope.repo, root.number);
  if (!pull) throw unresolved(input.pullRequestReviewThreadId);
  const by = { author: actingAccount(world, actor).login, viaApp: actor.kind === "installation" };
  const comment = reviewCommentNode(scope, replyTo(world, scope.repo, pull, root, input.body, by));
  return { __typename: "ReplyPayload", clientMutationId: input.clientMutationId ?? null, comment };
}

/** Sets or clears why a comment is hidden; null for what is no comment. */
function minimize(world: World, actor: Actor, subjectId: string, reason: string | null): Node {
  const found = readNodeId(subjectId);
  const { comments, reviewComments, repos } = world.store;
  const comment = found?.prefix === "IC" ? comments.get(found.key) : undefined;
  const reviewComment = found?.prefix === "PRRC" ? reviewComments.get(found.key) : undefined;
  const repo = repos.get(comment?.repoId ?? reviewComment?.repoId ?? 0);
  if (!repo || !canSee(world, actor, repo)) throw unresolved(subjectId);
  assertAllowed(world, actor, repo, comment && !findPull(world, repo, comment.number) ? "issues" : "pull_requests");
  const scope = { world, repo, actor };
  if (comment) return commentNode(scope, comments.put(comment.id, { ...comment, minimizedReason: reason }));
  if (!reviewComment) throw unresolved(subjectId);
  return reviewCommentNode(scope, reviewComments.put(reviewComment.id, { ...reviewComment, minimizedReason: reason }));
}

/** The mutations that this world knows. */
export function mutationRoot(world: World, actor: Actor): Node {
  return {
    __typename: "Mutation",
    createCommitOnBranch: (args: Args) => createCommitOnBranch(world, actor, args),
    convertPullRequestToDraft: (args: Args) => changeDraft(world, actor, args, true),
    markPullRequestReadyForReview: (args: Args) => changeDraft(world, actor, args, false),
    resolveReviewThread: (args: Args) => resolveThread(world, actor, args, true),
    unresolveReviewThread: (args: Args) => resolveThread(world, actor, args, false),
    addPullRequestReviewThreadReply: (args: Args) => replyToThread(world, actor, args),
    minimizeComment: (args: Args) => {
      const input = readInput(args, MinimizeInput, "MinimizeCommentInput");
      // Answers say "outdated", "off-topic": the classifier in lower case with a hyphen.
      const reason = input.classifier.toLowerCase().replace("_", "-");
      return {
        __typename: "MinimizeCommentPayload",
        clientMutationId: input.clientMutationId ?? null,
        minimizedComment: minimize(world, actor, input.subjectId, reason),
      };
    },
    unminimizeComment: (args: Args) => {
      const input = readInput(args, UnminimizeInput, "UnminimizeCommentInput");
      return {
        __typename: "UnminimizeCommentPayload",
        clientMutationId: input.clientMutationId ?? null,
        unminimizedComment: minimize(world, actor, input.subjectId, null),
      };
    },
  };
}
