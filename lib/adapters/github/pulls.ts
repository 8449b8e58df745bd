import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { WritePermit } from "../../kernel/write.ts";
import type { CodeHost, HostedPullRequest } from "../../repair/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import { nullWhenMissing } from "../http.ts";
import { authoredSchema, type GitHubClient } from "./client.ts";

type PullInput = Parameters<CodeHost["ensurePullRequest"]>[1];
type OpenPull = Awaited<ReturnType<CodeHost["ensurePullRequest"]>>;

const briefSchema = z.object({ number: z.number(), html_url: z.string(), draft: z.boolean().default(false) });
export const pullSchema = z.object({
  ...briefSchema.shape,
  state: z.enum(["open", "closed"]),
  merged: z.boolean().nullish(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  head: z.object({ sha: z.string(), ref: z.string() }),
  base: z.object({ ref: z.string() }),
});

const ROUTE = "/repos/{owner}/{repo}/pulls";
/** GitHub refuses titles of more than 256 and bodies of more than 65,536 characters. */
const MAX_TITLE = 256;
const MAX_BODY = 65_000;

/** The pull request, or null. `mergeSha` only once it is merged: before, GitHub's field names a test merge. */
export async function findPullRequest(client: GitHubClient, number: number): Promise<HostedPullRequest | null> {
  const pull = await nullWhenMissing(client.get(`GET ${ROUTE}/{pull_number}`, { pull_number: number }, pullSchema));
  return pull === null ? null : readPull(pull);
}

/** GitHub's pull request in our words. */
export function readPull(pull: z.infer<typeof pullSchema>): HostedPullRequest {
  const isMerged = pull.merged ?? typeof pull.merged_at === "string";
  return {
    number: pull.number,
    url: pull.html_url,
    state: pull.state,
    isDraft: pull.draft,
    isMerged,
    mergedAt: pull.merged_at ?? null,
    mergeSha: isMerged ? (pull.merge_commit_sha ?? null) : null,
    headSha: pull.head.sha,
    headRef: pull.head.ref,
    baseRef: pull.base.ref,
  };
}

/** The newest pull request from this branch, in any state. */
export async function findPullRequestOfBranch(client: GitHubClient, branch: string): Promise<HostedPullRequest | null> {
  const query = {
    state: "all",
    head: `${client.owner}:${branch}`,
    sort: "created",
    direction: "desc",
    per_page: 1,
  } as const;
  const [newest] = await client.get(`GET ${ROUTE}`, query, z.array(pullSchema.pick({ number: true })));
  return newest ? findPullRequest(client, newest.number) : null;
}

const answerOf = (pull: z.infer<typeof briefSchema>): OpenPull => ({
  number: pull.number,
  url: pull.html_url,
  isDraft: pull.draft,
});

async function findOpen(client: GitHubClient, input: PullInput): Promise<OpenPull | null> {
  const query = { state: "open", head: `${client.owner}:${input.branch}`, base: input.base, per_page: 10 };
  const pulls = await client.get(
    `GET ${ROUTE}`,
    query,
    z.array(pullSchema.pick({ head: true }).extend(briefSchema.shape)),
  );
  const pull = pulls.find((one) => one.head.ref === input.branch);
  return pull ? answerOf(pull) : null;
}

async function open(client: GitHubClient, permit: WritePermit, input: PullInput, draft: boolean): Promise<OpenPull> {
  const body = { base: input.base, head: input.branch, draft };
  const text = { title: input.title.slice(0, MAX_TITLE), body: input.body.slice(0, MAX_BODY) };
  return answerOf(
    await client.write(permit, "github.pull-request", `POST ${ROUTE}`, { ...body, ...text }, briefSchema),
  );
}

/**
 * Opens a draft, or finds the open pull request of this branch. GitHub says 422 both for a duplicate and for drafts
 * that the repository's plan lacks, and tells them apart in words only: so look again, then try without draft.
 */
export async function ensurePullRequest(
  client: GitHubClient,
  permit: WritePermit,
  input: PullInput,
): Promise<OpenPull> {
  assertPermit(permit, "github.pull-request");
  const found = await findOpen(client, input);
  if (found) return found;
  try {
    return await open(client, permit, input, true);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "provider_unprocessable") throw thrown;
    return (await findOpen(client, input)) ?? (await open(client, permit, input, false));
  }
}

const ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}";

/** Adds the labels that a pull request lacks. */
export async function ensurePullLabels(
  client: GitHubClient,
  permit: WritePermit,
  { number, labels }: Parameters<CodeHost["ensureLabels"]>[1],
): Promise<void> {
  assertPermit(permit, "github.label");
  const issue = { issue_number: number };
  const schema = z.array(z.object({ name: z.string() }));
  const have = await client.get(`GET ${ISSUE}/labels`, { ...issue, per_page: 100 }, schema);
  const missing = labels.filter((name) => !have.some((label) => label.name === name));
  if (missing.length === 0) return;
  await client.write(permit, "github.label", `POST ${ISSUE}/labels`, { ...issue, labels: missing }, z.unknown());
}

/** Comments why, unless our own comment says so already, and closes. */
export async function ensurePullRequestClosed(
  client: GitHubClient,
  permit: WritePermit,
  { number, comment }: Parameters<CodeHost["ensurePullRequestClosed"]>[1],
): Promise<void> {
  assertPermit(permit, "github.pull-request");
  if ((await findPullRequest(client, number))?.state !== "open") return;
  const issue = { issue_number: number };
  const schema = z.array(authoredSchema.extend({ body: z.string().nullish() }));
  let isSaid = false;
  for await (const one of client.list(`GET ${ISSUE}/comments`, issue, schema)) {
    if (one.body === comment && (await client.isOurs(one))) isSaid = true;
  }
  const said = { ...issue, body: comment };
  if (!isSaid) await client.write(permit, "github.pull-request", `POST ${ISSUE}/comments`, said, z.unknown());
  const target = { pull_number: number, state: "closed" };
  await client.write(permit, "github.pull-request", `PATCH ${ROUTE}/{pull_number}`, target, z.unknown());
}
