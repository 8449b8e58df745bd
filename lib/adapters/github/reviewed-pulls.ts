import * as z from "zod";
import type { ReviewedPull, ReviewHost } from "../../review/ports.ts";
import { nullWhenMissing } from "../http.ts";
import { authorOf } from "./authors.ts";
import type { GitHubClient } from "./client.ts";
import { pullSchema } from "./pulls.ts";

const ROUTE = "GET /repos/{owner}/{repo}/pulls";
/** A repository with more open pull requests than this has its older ones found by their own events only. */
const MAX_OPEN = 300;

const sideSchema = z.object({
  sha: z.string(),
  ref: z.string(),
  /** null where the fork is gone. */
  repo: z.object({ full_name: z.string() }).nullish(),
});
const reviewedSchema = pullSchema.extend({
  title: z.string(),
  body: z.string().nullish(),
  user: z.object({ login: z.string(), type: z.string().optional() }).nullish(),
  head: sideSchema,
  base: sideSchema,
  labels: z.array(z.object({ name: z.string() })).default([]),
  changed_files: z.number(),
  additions: z.number(),
  deletions: z.number(),
  created_at: z.string(),
});
const listedSchema = z.object({ number: z.number(), updated_at: z.string(), head: z.object({ sha: z.string() }) });

/** The pull request as it is now, or null. */
export async function findReviewedPull(client: GitHubClient, number: number): Promise<ReviewedPull | null> {
  const route = `${ROUTE}/{pull_number}`;
  const pull = await nullWhenMissing(client.get(route, { pull_number: number }, reviewedSchema));
  if (pull === null) return null;
  const { login, isBot, isOurs } = authorOf(pull.user, await client.tokens.botLogin());
  return {
    number: pull.number,
    url: pull.html_url,
    title: pull.title,
    body: pull.body ?? "",
    state: pull.state,
    isDraft: pull.draft,
    author: { login, isBot, isOurs },
    isFromFork: pull.head.repo?.full_name !== pull.base.repo?.full_name,
    headSha: pull.head.sha,
    headRef: pull.head.ref,
    baseSha: pull.base.sha,
    baseRef: pull.base.ref,
    labels: pull.labels.map(({ name }) => name),
    changedFiles: pull.changed_files,
    addedLines: pull.additions,
    deletedLines: pull.deletions,
    createdAt: pull.created_at,
  };
}

/** Open pull requests, the one that was last touched first. */
export async function listOpenPulls(
  client: GitHubClient,
  limit: number,
): Promise<Awaited<ReturnType<ReviewHost["listOpenPulls"]>>> {
  const found: { number: number; headSha: string; updatedAt: string }[] = [];
  const order = { state: "open", sort: "updated", direction: "desc" };
  for await (const { number, head, updated_at: updatedAt } of client.list(ROUTE, order, z.array(listedSchema))) {
    if (found.length >= limit) break;
    found.push({ number, headSha: head.sha, updatedAt });
  }
  return found;
}

/** By the list of open ones: GitHub's own look-up by commit knows no pull requests that come from forks. */
export async function findPullOfHead(client: GitHubClient, sha: string): Promise<number | null> {
  return (await listOpenPulls(client, MAX_OPEN)).find(({ headSha }) => headSha === sha)?.number ?? null;
}
