import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { WritePermit } from "../../kernel/write.ts";
import type { PullReviews } from "../../repair/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import type { GitHubClient } from "./client.ts";
import { readCheck } from "./failed-checks.ts";
import { ensureMarkedComment } from "./issues.ts";
import type { Markers } from "./markers.ts";
import { ensureMergeCommit } from "./merge-commit.ts";
import { readFeedback } from "./pull-feedback.ts";

const PULL = "/repos/{owner}/{repo}/pulls/{pull_number}";

const REPLY = `mutation($input: AddPullRequestReviewThreadReplyInput!) {
  addPullRequestReviewThreadReply(input: $input) { comment { url } }
}`;
const RESOLVE = `mutation($input: ResolveReviewThreadInput!) {
  resolveReviewThread(input: $input) { thread { isResolved } }
}`;
const THREAD = `query($id: ID!) {
  node(id: $id) {
    ... on PullRequestReviewThread {
      isResolved
      comments(last: 50) { nodes { body url viewerDidAuthor } }
    }
  }
}`;

const threadSchema = z.object({
  node: z
    .object({
      isResolved: z.boolean(),
      comments: z.object({
        nodes: z.array(z.object({ body: z.string(), url: z.string(), viewerDidAuthor: z.boolean() })),
      }),
    })
    .nullable(),
});
const replySchema = z.object({
  addPullRequestReviewThreadReply: z.object({ comment: z.object({ url: z.string() }).nullish() }),
});

/** A reply of ours in a thread, once. */
export async function ensureReply(
  client: GitHubClient,
  markers: Markers,
  permit: WritePermit,
  input: Parameters<PullReviews["ensureReply"]>[1],
): Promise<{ url: string }> {
  assertPermit(permit, "github.review");
  const { node } = await client.query(THREAD, { id: input.threadId }, threadSchema);
  for (const comment of node?.comments.nodes ?? []) {
    if (comment.viewerDidAuthor && (await markers.isIn(comment.body, input.marker))) return { url: comment.url };
  }
  const body = await markers.append(input.body, input.marker);
  const reply = { pullRequestReviewThreadId: input.threadId, body };
  const answer = await client.mutate(permit, "github.review", REPLY, reply, replySchema);
  return { url: answer.addPullRequestReviewThreadReply.comment?.url ?? "" };
}

/** Resolves a thread; one that is gone or resolved already is left alone. */
export async function ensureThreadResolved(client: GitHubClient, permit: WritePermit, threadId: string): Promise<void> {
  assertPermit(permit, "github.review");
  const { node } = await client.query(THREAD, { id: threadId }, threadSchema);
  if (node === null || node.isResolved) return;
  await client.mutate(permit, "github.review", RESOLVE, { threadId }, z.unknown());
}

/** GitHub answers 422 both for a conflict and for another head than the expected one; either way nothing was merged. */
async function ensureBranchUpdated(
  client: GitHubClient,
  permit: WritePermit,
  { number, headSha }: { number: number; headSha: string },
): Promise<boolean> {
  assertPermit(permit, "github.branch");
  const input = { pull_number: number, expected_head_sha: headSha };
  try {
    await client.write(permit, "github.branch", `PUT ${PULL}/update-branch`, input, z.unknown());
    return true;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "provider_unprocessable") return false;
    throw thrown;
  }
}

async function readDiff(client: GitHubClient, input: Parameters<PullReviews["readDiff"]>[0]): Promise<string> {
  const parameters = {
    basehead: `${input.from}...${input.to}`,
    // Octokit takes a media type so; the answer is text then.
    mediaType: { format: "diff" },
  };
  const diff = await client.get("GET /repos/{owner}/{repo}/compare/{basehead}", parameters, z.string());
  return diff.slice(0, input.limit);
}

const bodySchema = z.object({ body: z.string().nullish() });

/** PullReviews on GitHub. Permits: github.review (threads), github.comment, github.branch, github.commit, github.pull-request. */
export function createPullReviews(client: GitHubClient, markers: Markers): PullReviews {
  return {
    readFeedback: (number) => readFeedback(client, number),
    readDiff: (input) => readDiff(client, input),
    readCheck: (input) => readCheck(client, input),
    ensureReply: (permit, input) => ensureReply(client, markers, permit, input),
    ensureComment: (permit, input) => ensureMarkedComment(client, markers, permit, input),
    ensureThreadResolved: (permit, { threadId }) => ensureThreadResolved(client, permit, threadId),
    ensureBranchUpdated: (permit, input) => ensureBranchUpdated(client, permit, input),
    async ensureDescription(permit, { number, body }) {
      assertPermit(permit, "github.pull-request");
      const pull = await client.get(`GET ${PULL}`, { pull_number: number }, bodySchema);
      if ((pull.body ?? "").replaceAll("\r\n", "\n") === body) return;
      await client.write(permit, "github.pull-request", `PATCH ${PULL}`, { pull_number: number, body }, bodySchema);
    },
    ensureMergeCommit: (permit, input) => ensureMergeCommit(client, permit, input),
  };
}
