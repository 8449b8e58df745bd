import * as z from "zod";
import { actingAccount, canSee } from "./auth.ts";
import type { Actor } from "./context.ts";
import { gitOrNull, readCommit, readRef } from "./git.ts";
import { type FileChange, moveRef, TreePathError, writeCommit, writeTree } from "./git-write.ts";
import { commitNode, refNode } from "./graphql-git-nodes.ts";
import { assertAllowed, Id, readInput } from "./graphql-input.ts";
import { type Args, FieldError, type Node } from "./graphql-run.ts";
import { markSigned } from "./merges.ts";
import { readNodeId } from "./node-ids.ts";
import type { RepoRecord } from "./records.ts";
import { afterRefUpdate } from "./ref-updates.ts";
import { personOf, webFlow } from "./serialize-git.ts";
import { findRepo, now, repoDir, type World } from "./world.ts";

const CommitInput = z.strictObject({
  branch: z.strictObject({
    repositoryNameWithOwner: z.string().optional(),
    branchName: z.string().optional(),
    id: z.string().optional(),
  }),
  expectedHeadOid: z.string(),
  message: z.strictObject({ headline: z.string(), body: z.string().optional() }),
  fileChanges: z
    .strictObject({
      additions: z.array(z.strictObject({ path: z.string(), contents: z.string() })).optional(),
      deletions: z.array(z.strictObject({ path: z.string() })).optional(),
    })
    .optional(),
  clientMutationId: Id,
});

const stale = (oid: string): FieldError =>
  new FieldError("STALE_DATA", `Expected branch to point to "${oid}" but it did not.  Pull and try again.`);

function branchOf(
  world: World,
  actor: Actor,
  input: z.infer<typeof CommitInput>,
): { repo: RepoRecord; branch: string } {
  const fromId = readNodeId(input.branch.id ?? "");
  const [repoId = "", ...ref] = (fromId?.prefix === "REF" ? fromId.key : "").split("/");
  const [owner = "", name = ""] = (input.branch.repositoryNameWithOwner ?? "").split("/");
  const repo = fromId ? world.store.repos.get(repoId) : findRepo(world, owner, name);
  if (!repo || !canSee(world, actor, repo))
    throw new FieldError(
      "NOT_FOUND",
      `Could not resolve to a Repository with the name '${input.branch.repositoryNameWithOwner}'.`,
    );
  const branch = fromId
    ? ref.join("/").replace(/^refs\/heads\//, "")
    : (input.branch.branchName ?? "").replace(/^refs\/heads\//, "");
  return { repo, branch };
}

async function changesOf(dir: string, input: z.infer<typeof CommitInput>): Promise<FileChange[]> {
  const { additions = [], deletions = [] } = input.fileChanges ?? {};
  for (const { path } of deletions) {
    const found = await gitOrNull(dir, ["cat-file", "-e", `${input.expectedHeadOid}:${path}`]);
    if (found === null)
      throw new FieldError(
        "NOT_FOUND",
        `A path was requested for deletion which does not exist as of commit oid \`${input.expectedHeadOid}\``,
      );
  }
  const added = additions.map(({ path, contents }) => {
    if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(contents))
      throw new FieldError("UNPROCESSABLE", `The contents of ${path} are not valid Base64.`);
    return { path, content: Buffer.from(contents, "base64") };
  });
  return [...deletions.map(({ path }) => ({ path, content: null })), ...added];
}

async function treeOf(dir: string, input: z.infer<typeof CommitInput>): Promise<string> {
  try {
    return await writeTree(dir, input.expectedHeadOid, await changesOf(dir, input));
  } catch (error) {
    if (error instanceof TreePathError) throw new FieldError("UNPROCESSABLE", error.message);
    throw error;
  }
}

/** A commit by the caller, signed by GitHub, on top of the head that the caller expects. */
export async function createCommitOnBranch(world: World, actor: Actor, args: Args): Promise<Node> {
  const input = readInput(args, CommitInput, "CreateCommitOnBranchInput");
  const { repo, branch } = branchOf(world, actor, input);
  assertAllowed(world, actor, repo, "contents");
  const dir = repoDir(world, repo);
  const account = actingAccount(world, actor);
  const ref = `refs/heads/${branch}`;
  return world.locked(repo, async () => {
    const head = await readRef(dir, ref);
    if (head === null) throw new FieldError("NOT_FOUND", `Could not resolve to a branch with the name '${branch}'.`);
    if (head !== input.expectedHeadOid) throw stale(input.expectedHeadOid);
    const tree = await treeOf(dir, input);
    const date = now();
    const message = input.message.body ? `${input.message.headline}\n\n${input.message.body}` : input.message.headline;
    const sha = await writeCommit(dir, {
      tree,
      parents: [head],
      message,
      author: personOf(account, date),
      committer: webFlow(date),
    });
    markSigned(world, repo, sha);
    if (!(await moveRef(dir, ref, sha, head))) throw stale(input.expectedHeadOid);
    await afterRefUpdate(world, repo, { ref, before: head, after: sha, by: account.login });
    const scope = { world, repo, actor };
    return {
      __typename: "CreateCommitOnBranchPayload",
      clientMutationId: input.clientMutationId ?? null,
      commit: commitNode(scope, await readCommit(dir, sha)),
      ref: await refNode(scope, ref),
    };
  });
}
