import * as z from "zod";
import type { IssueReader } from "../../intake/ports.ts";
import type { Remark, ReviewHost } from "../../review/ports.ts";
import { authorOfNode } from "./authors.ts";
import { listChangedFiles } from "./changed-files.ts";
import { ensureCheckRun } from "./check-runs.ts";
import type { GitHubClient } from "./client.ts";
import { readTexts } from "./code-history.ts";
import { listChecks, readCheck } from "./failed-checks.ts";
import { ensureMarkedComment } from "./issues.ts";
import { mapLimited } from "./map-limited.ts";
import type { Markers } from "./markers.ts";
import { listComments, listReviews } from "./pull-feedback.ts";
import { ensureReply, ensureThreadResolved } from "./pull-reviews.ts";
import { getDefaultBranch } from "./repository.ts";
import type { HostedThread as Thread } from "./review-threads.ts";
import { listThreads } from "./review-threads.ts";
import { findPullOfHead, findReviewedPull, listOpenPulls } from "./reviewed-pulls.ts";
import { ensureReview } from "./reviews.ts";

const CHECK = "patchpilot/review";
const MAX_REMARKS = 100;
/** Of fifty: far more than all reviews of one pull request may post. */
const MAX_THREAD_PAGES = 40;
/** GitHub takes queries of up to 256 characters beside qualifiers. */
const MAX_QUERY = 180;

const foundSchema = z.object({
  items: z.array(
    z.object({
      number: z.number(),
      title: z.string(),
      state: z.enum(["open", "closed"]).catch("closed"),
      html_url: z.string(),
    }),
  ),
});

type OurThread = Awaited<ReturnType<ReviewHost["listOurThreads"]>>[number];

async function listOurThreads(client: GitHubClient, markers: Markers, number: number): Promise<OurThread[]> {
  const botLogin = await client.tokens.botLogin();
  const threads: OurThread[] = [];
  for await (const thread of listThreads(client, number, MAX_THREAD_PAGES)) {
    const ours = threadOf(thread, botLogin);
    if (!ours.comments[0]?.author.isOurs) continue;
    threads.push({ ...ours, marker: await markers.read(ours.comments[0].text) });
  }
  return threads;
}

function threadOf(thread: Thread, botLogin: string): Omit<OurThread, "marker"> {
  const { id, isResolved, isOutdated, path, line, resolvedBy, comments } = thread;
  return {
    ...{ id, isResolved, isOutdated, path },
    line: line ?? null,
    resolvedBy: resolvedBy?.login.replace(/\[bot\]$/, "") ?? null,
    comments: comments.nodes.map((comment) => ({
      id: String(comment.databaseId),
      author: authorOfNode(comment.author, botLogin),
      text: comment.body,
      at: comment.createdAt,
      url: comment.url,
    })),
  };
}

async function listRemarks(client: GitHubClient, number: number): Promise<Remark[]> {
  const botLogin = await client.tokens.botLogin();
  const said = [...(await listReviews(client, number, botLogin)), ...(await listComments(client, number, botLogin))];
  return said
    .filter(({ author, text }) => !author.isOurs && text.trim() !== "")
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .slice(-MAX_REMARKS)
    .map(({ author, text, at, url }) => ({ author, text, at, url }));
}

/**
 * Asked once for issues and once for pull requests: an installation's token gets 422 for both at once (docs.github.com,
 * "Search issues and pull requests"). Nothing in `words` can become a qualifier or a negation.
 */
async function searchIssues(client: GitHubClient, words: string, limit: number) {
  const text = words
    .replace(/[^\p{L}\p{N}_$.]+/gu, " ")
    .trim()
    .slice(0, MAX_QUERY);
  if (text === "") return [];
  const kinds = ["issue", "pull"] as const;
  const found = await mapLimited(kinds, kinds.length, async (kind) => {
    const q = `repo:${client.repository} is:${kind === "pull" ? "pull-request" : kind} in:title,body ${text}`;
    const { items } = await client.get("GET /search/issues", { q, per_page: limit }, foundSchema);
    return items.map(({ number, title, state, html_url: url }) => ({ kind, number, title, state, url }));
  });
  return found.flat();
}

/** ReviewHost on GitHub. Permits: github.review (reviews, replies, threads), github.comment, github.check-run. */
export function createReviewHost(
  client: GitHubClient,
  markers: Markers,
  { findIssue, getPermission }: Pick<IssueReader, "findIssue" | "getPermission">,
): ReviewHost {
  return {
    repository: client.repository,
    defaultBranch: () => getDefaultBranch(client),
    findPull: (number) => findReviewedPull(client, number),
    listOpenPulls: (limit) => listOpenPulls(client, limit),
    findPullOfHead: (sha) => findPullOfHead(client, sha),
    listChangedFiles: (number) => listChangedFiles(client, number),
    readTexts: (paths, sha) => readTexts(client, paths, sha),
    listChecks: (sha) => listChecks(client, sha),
    readCheck: (input) => readCheck(client, input),
    listOurThreads: (number) => listOurThreads(client, markers, number),
    listRemarks: (number) => listRemarks(client, number),
    async findIssue(wanted) {
      const issue = await findIssue(wanted);
      return issue && { number: issue.number, title: issue.title, body: issue.body, state: issue.state };
    },
    searchIssues: (words, limit) => searchIssues(client, words, limit),
    getPermission,
    ensureReview: (permit, input) => ensureReview(client, markers, permit, input),
    ensureSummary: (permit, input) => ensureMarkedComment(client, markers, permit, input),
    ensureReply: (permit, input) => ensureReply(client, markers, permit, input),
    ensureThreadResolved: (permit, { threadId }) => ensureThreadResolved(client, permit, threadId),
    ensureCheckRun: (permit, input) => ensureCheckRun(client, permit, { ...input, name: CHECK }),
    ensureIssueComment: (permit, input) => ensureMarkedComment(client, markers, permit, input),
  };
}
