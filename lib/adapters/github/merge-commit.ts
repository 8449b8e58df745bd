import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { WritePermit } from "../../kernel/write.ts";
import type { PullReviews } from "../../repair/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import type { GitHubClient } from "./client.ts";
import { findBranchHead } from "./commits.ts";

type Input = Parameters<PullReviews["ensureMergeCommit"]>[1];
type Commit = Awaited<ReturnType<PullReviews["ensureMergeCommit"]>>;

const shaSchema = z.object({ sha: z.string() });
const treeSchema = z.object({ tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.string() })) });
const commitSchema = z.object({
  sha: z.string(),
  html_url: z.string(),
  message: z.string(),
  verification: z.object({ verified: z.boolean() }).nullish(),
});
const GIT = "/repos/{owner}/{repo}/git";

const answerOf = ({ sha, html_url: url, verification }: z.infer<typeof commitSchema>): Commit => ({
  sha,
  url,
  isVerified: verification?.verified ?? false,
});

function branchMoved({ branch, headSha }: Input, head: string | null): AppError {
  return new AppError("branch_moved", `${branch} is at ${head ?? "no commit"}, not at ${headSha}`, {
    retry: "never",
    context: { branch, headSha, head },
  });
}

/** The tree of the base with the changes; files that are there keep their mode. */
async function createTree(client: GitHubClient, permit: WritePermit, input: Input): Promise<string> {
  const base = await client.get(`GET ${GIT}/trees/{tree_sha}`, { tree_sha: input.baseSha, recursive: "1" }, treeSchema);
  const modes = new Map(base.tree.map((entry) => [entry.path, entry.mode]));
  const type = "blob";
  const tree = [
    ...input.additions.map(({ path, content }) => ({ path, mode: modes.get(path) ?? "100644", type, content })),
    ...input.deletions.map((path) => ({ path, mode: modes.get(path) ?? "100644", type, sha: null })),
  ];
  const body = { base_tree: input.baseSha, tree };
  return (await client.write(permit, "github.commit", `POST ${GIT}/trees`, body, shaSchema)).sha;
}

/**
 * A merge of the base into the branch, by REST: createCommitOnBranch makes commits of one parent only. A bot's commit
 * without author and committer of its own is signed by GitHub (docs.github.com, "Signature verification for bots").
 * The ref is moved without force, so a head that somebody pushed meanwhile refuses it. AppError `branch_moved`.
 */
export async function ensureMergeCommit(client: GitHubClient, permit: WritePermit, input: Input): Promise<Commit> {
  assertPermit(permit, "github.commit");
  const head = await findBranchHead(client, input.branch);
  if (head === null) throw branchMoved(input, head);
  const current = await client.get(`GET ${GIT}/commits/{commit_sha}`, { commit_sha: head }, commitSchema);
  if (current.message.split(/\r?\n/).some((line) => line.trim() === input.trailer)) return answerOf(current);
  if (head !== input.headSha) throw branchMoved(input, head);
  const tree = await createTree(client, permit, input);
  const message = `${input.headline}\n\n${input.body.trimEnd()}\n\n${input.trailer}`;
  const parents = [input.headSha, input.baseSha];
  const commit = await client.write(
    permit,
    "github.commit",
    `POST ${GIT}/commits`,
    { message, tree, parents },
    commitSchema,
  );
  try {
    const ref = `heads/${input.branch.split("/").map(encodeURIComponent).join("/")}`;
    const move = { sha: commit.sha, force: false };
    await client.write(permit, "github.commit", `PATCH ${GIT}/refs/${ref}`, move, z.unknown());
  } catch (thrown) {
    const now = thrown instanceof AppError ? await findBranchHead(client, input.branch) : null;
    if (now === commit.sha) return answerOf(commit);
    if (now !== null && now !== input.headSha) throw branchMoved(input, now);
    throw thrown;
  }
  return answerOf(commit);
}
