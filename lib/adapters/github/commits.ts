import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { WritePermit } from "../../kernel/write.ts";
import type { CodeHost } from "../../repair/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import { nullWhenMissing } from "../http.ts";
import type { GitHubClient } from "./client.ts";

type CommitInput = Parameters<CodeHost["ensureCommit"]>[1];
type Commit = Awaited<ReturnType<CodeHost["ensureCommit"]>>;

const refSchema = z.object({ object: z.object({ sha: z.string() }) });
const commitSchema = z.object({
  sha: z.string(),
  html_url: z.string(),
  message: z.string(),
  verification: z.object({ verified: z.boolean() }).nullish(),
});
const createdSchema = z.object({
  createCommitOnBranch: z.object({
    commit: z.object({
      oid: z.string(),
      url: z.string(),
      signature: z.object({ isValid: z.boolean() }).nullish(),
    }),
  }),
});

const CREATE_COMMIT = `mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url signature { isValid } } }
}`;

const encodeRef = (branch: string) => branch.split("/").map(encodeURIComponent).join("/");

/** The commit at the head of `branch`, or null where there is no such branch. */
export async function findBranchHead(client: GitHubClient, branch: string): Promise<string | null> {
  const route = `GET /repos/{owner}/{repo}/git/ref/heads/${encodeRef(branch)}`;
  return (await nullWhenMissing(client.get(route, {}, refSchema)))?.object.sha ?? null;
}

/** Creates `branch` at `sha`; one that is there already (also one that another attempt made meanwhile) is answered. */
export async function ensureBranch(
  client: GitHubClient,
  permit: WritePermit,
  { branch, sha }: { branch: string; sha: string },
): Promise<{ headSha: string }> {
  assertPermit(permit, "github.branch");
  const head = await findBranchHead(client, branch);
  if (head !== null) return { headSha: head };
  const input = { ref: `refs/heads/${branch}`, sha };
  try {
    const route = "POST /repos/{owner}/{repo}/git/refs";
    return { headSha: (await client.write(permit, "github.branch", route, input, refSchema)).object.sha };
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "provider_unprocessable") throw thrown;
    const made = await findBranchHead(client, branch);
    if (made === null) throw thrown;
    return { headSha: made };
  }
}

function branchMoved(input: CommitInput, head: string, retry: "never" | "later"): AppError {
  const { branch, parentSha } = input;
  return new AppError("branch_moved", `${branch} is at ${head}, not at ${parentSha}`, {
    retry,
    context: { branch, parentSha, head },
  });
}

/** The branch's head, and our commit when that is what it is. */
async function readHead(client: GitHubClient, input: CommitInput): Promise<{ head: string; ours: Commit | null }> {
  const head = await findBranchHead(client, input.branch);
  if (head === null) {
    throw new AppError("branch_missing", `there is no branch ${input.branch}`, {
      retry: "never",
      context: { branch: input.branch },
    });
  }
  const route = "GET /repos/{owner}/{repo}/git/commits/{commit_sha}";
  const commit = await client.get(route, { commit_sha: head }, commitSchema);
  const isOurs = commit.message.split(/\r?\n/).some((line) => line.trim() === input.trailer);
  const { sha, html_url: url, verification } = commit;
  return { head, ours: isOurs ? { sha, url, isVerified: verification?.verified ?? false } : null };
}

/** Whether GitHub shows this commit as verified; false for one that it does not know. */
export async function isVerifiedCommit(client: GitHubClient, sha: string): Promise<boolean> {
  const commit = await nullWhenMissing(
    client.get("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", { commit_sha: sha }, commitSchema),
  );
  return commit?.verification?.verified ?? false;
}

/** The messages of the newest commits up to `sha`, at most 100 of them. */
export async function listRecentMessages(client: GitHubClient, sha: string, limit: number): Promise<string[]> {
  const schema = z.array(z.object({ commit: z.object({ message: z.string() }) }));
  const query = { sha, per_page: Math.min(limit, 100) };
  const commits = await client.get("GET /repos/{owner}/{repo}/commits", query, schema);
  return commits.map(({ commit }) => commit.message);
}

async function createCommit(client: GitHubClient, permit: WritePermit, input: CommitInput): Promise<Commit> {
  const contents = (text: string) => Buffer.from(text, "utf8").toString("base64");
  const answer = await client.mutate(
    permit,
    "github.commit",
    CREATE_COMMIT,
    {
      branch: { repositoryNameWithOwner: client.repository, branchName: input.branch },
      expectedHeadOid: input.parentSha,
      message: { headline: input.headline, body: `${input.body.trimEnd()}\n\n${input.trailer}`.trimStart() },
      fileChanges: {
        additions: input.additions.map((file) => ({ path: file.path, contents: contents(file.content) })),
        deletions: input.deletions.map((path) => ({ path })),
      },
    },
    createdSchema,
  );
  const { oid, url, signature } = answer.createCommitOnBranch.commit;
  return { sha: oid, url, isVerified: signature?.isValid ?? false };
}

/**
 * One commit on `branch`, once: looks for the trailer at the head first, and again after a failure that leaves open
 * whether GitHub made it. AppErrors: `branch_missing`, `branch_moved`, `empty_commit`.
 */
export async function ensureCommit(client: GitHubClient, permit: WritePermit, input: CommitInput): Promise<Commit> {
  assertPermit(permit, "github.commit");
  if (input.additions.length + input.deletions.length === 0) {
    throw new AppError("empty_commit", "a commit without changes was asked for", { retry: "never" });
  }
  const before = await readHead(client, input);
  if (before.ours) return before.ours;
  if (before.head !== input.parentSha) throw branchMoved(input, before.head, "never");
  try {
    return await createCommit(client, permit, input);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const isStale = thrown.code === "stale_head";
    if (!isStale && thrown.retry === "never") throw thrown;
    const after = await readHead(client, input);
    if (after.ours) return after.ours;
    if (!isStale) throw thrown;
    throw branchMoved(input, after.head, after.head === input.parentSha ? "later" : "never");
  }
}
