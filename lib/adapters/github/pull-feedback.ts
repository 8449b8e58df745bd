import * as z from "zod";
import type { HostedCommit, HostedRemark } from "../../repair/feedback-model.ts";
import type { HostedFeedback } from "../../repair/ports.ts";
import { nullWhenMissing } from "../http.ts";
import { authorOf, authorOfNode } from "./authors.ts";
import type { GitHubClient } from "./client.ts";
import { readChecks } from "./failed-checks.ts";
import { pullSchema, readPull } from "./pulls.ts";
import { type HostedThread, listThreads } from "./review-threads.ts";

/** A pull request with more threads than four pages hold is not read to its end: the first ones are enough for a round. */
const MAX_THREAD_PAGES = 4;

const userSchema = z.object({ login: z.string(), type: z.string().optional() }).nullish();
const reviewSchema = z.object({
  id: z.number(),
  user: userSchema,
  body: z.string().nullish(),
  state: z.enum(["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]),
  html_url: z.string(),
  submitted_at: z.string().nullish(),
});
const commentSchema = z.object({
  id: z.number(),
  user: userSchema,
  body: z.string().nullish(),
  html_url: z.string(),
  created_at: z.string(),
});
const mergeableSchema = pullSchema.extend({ mergeable: z.boolean().nullish(), mergeable_state: z.string().nullish() });
const comparisonSchema = z.object({
  base_commit: z.object({ sha: z.string() }),
  merge_base_commit: z.object({ sha: z.string() }),
  commits: z.array(
    z.object({
      sha: z.string(),
      author: z.object({ login: z.string() }).nullish(),
      commit: z.object({
        message: z.string(),
        author: z.object({ name: z.string().optional() }).nullish(),
        verification: z.object({ verified: z.boolean() }).nullish(),
      }),
    }),
  ),
});

const TRAILER = /^Patchpilot-Run: (run_[0-9a-z]+)$/m;

async function listThreadRemarks(client: GitHubClient, number: number, botLogin: string): Promise<HostedRemark[]> {
  const remarks: HostedRemark[] = [];
  for await (const thread of listThreads(client, number, MAX_THREAD_PAGES))
    remarks.push(...remarksOf(thread, botLogin));
  return remarks;
}

function remarksOf(thread: HostedThread, botLogin: string): HostedRemark[] {
  const { id, isResolved, isOutdated, path, line } = thread;
  return thread.comments.nodes.map((comment) => ({
    kind: "inline",
    externalId: String(comment.databaseId),
    author: authorOfNode(comment.author, botLogin),
    text: comment.body,
    at: comment.createdAt,
    url: comment.url,
    reviewId: comment.pullRequestReview ? String(comment.pullRequestReview.databaseId) : null,
    reviewState: null,
    thread: { id, isResolved, isOutdated, path, line: line ?? null },
  }));
}

/** Reviews that were sent, oldest first. */
export async function listReviews(client: GitHubClient, number: number, botLogin: string): Promise<HostedRemark[]> {
  const remarks: HostedRemark[] = [];
  const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews";
  for await (const review of client.list(route, { pull_number: number }, z.array(reviewSchema))) {
    // A review that its author has not sent yet has no time.
    if (review.state === "PENDING" || !review.submitted_at) continue;
    remarks.push({
      kind: "review",
      externalId: String(review.id),
      author: authorOf(review.user, botLogin),
      text: review.body ?? "",
      at: review.submitted_at,
      url: review.html_url,
      reviewId: String(review.id),
      reviewState: review.state,
      thread: null,
    });
  }
  return remarks;
}

/** Comments of the conversation, oldest first. */
export async function listComments(client: GitHubClient, number: number, botLogin: string): Promise<HostedRemark[]> {
  const remarks: HostedRemark[] = [];
  const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
  for await (const comment of client.list(route, { issue_number: number }, z.array(commentSchema))) {
    remarks.push({
      kind: "comment",
      externalId: String(comment.id),
      author: authorOf(comment.user, botLogin),
      text: comment.body ?? "",
      at: comment.created_at,
      url: comment.html_url,
      reviewId: null,
      reviewState: null,
      thread: null,
    });
  }
  return remarks;
}

function commitOf(one: z.infer<typeof comparisonSchema>["commits"][number], botLogin: string): HostedCommit {
  const isVerified = one.commit.verification?.verified ?? false;
  const author = one.author?.login ?? one.commit.author?.name ?? "unknown";
  return {
    sha: one.sha,
    author,
    // A name can be put into any commit, GitHub's signature on our App's behalf cannot.
    isOurs: isVerified && author === botLogin,
    isVerified,
    runId: TRAILER.exec(one.commit.message.replaceAll("\r\n", "\n"))?.[1] ?? null,
  };
}

/** The pull request as it stands now, and all that was said of it; null where there is none. */
export async function readFeedback(client: GitHubClient, number: number): Promise<HostedFeedback | null> {
  const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
  const pull = await nullWhenMissing(client.get(route, { pull_number: number }, mergeableSchema));
  if (pull === null) return null;
  const botLogin = await client.tokens.botLogin();
  const comparison = await client.get(
    "GET /repos/{owner}/{repo}/compare/{basehead}",
    { basehead: `${pull.base.ref}...${pull.head.sha}`, per_page: 100 },
    comparisonSchema,
  );
  const baseSha = comparison.base_commit.sha;
  const checks = await readChecks(client, { headSha: pull.head.sha, baseSha });
  return {
    pull: readPull(pull),
    isMergeable: pull.mergeable ?? null,
    isBehind: pull.mergeable_state === "behind",
    baseSha,
    mergeBaseSha: comparison.merge_base_commit.sha,
    remarks: [
      ...(await listReviews(client, number, botLogin)),
      ...(await listThreadRemarks(client, number, botLogin)),
      ...(await listComments(client, number, botLogin)),
    ],
    ...checks,
    commits: comparison.commits.map((one) => commitOf(one, botLogin)),
  };
}
