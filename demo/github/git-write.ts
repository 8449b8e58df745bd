import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { GitError, type GitPerson, git, gitOrNull, logCommits, mergeBase, readCommit } from "./git.ts";

export interface FileChange {
  path: string;
  /** null deletes the file */
  content: Buffer | string | null;
  mode?: string;
}

const NO_OBJECT = "0".repeat(40);

/** Creates, configures and points HEAD of a bare repository as GitHub's behave. */
export async function initBare(dir: string, defaultBranch: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await git(dir, ["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, dir]);
  const settings = {
    "http.receivepack": "true",
    "receive.hideRefs": "refs/pull",
    "receive.fsckObjects": "true",
    "uploadpack.allowReachableSHA1InWant": "true",
    "gc.auto": "0",
  };
  for (const [name, value] of Object.entries(settings)) await git(dir, ["config", name, value]);
}

export async function writeBlob(dir: string, content: Buffer | string): Promise<string> {
  return (await git(dir, ["hash-object", "-w", "--stdin"], { input: content })).trim();
}

/** A path that git's trees cannot hold: empty parts, "..", ".git", or an absolute path. */
export class TreePathError extends Error {
  constructor(path: string) {
    super(`malformed path component in "${path}"`);
    this.name = "TreePathError";
  }
}

function assertTreePath(path: string): void {
  const isBad = (part: string) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git";
  if (path.includes("\0") || path.split("/").some(isBad)) throw new TreePathError(path);
}

/** A tree from a parent's (or the empty one) with changes. Modes of existing files stay. Throws TreePathError. */
export async function writeTree(dir: string, parent: string | null, changes: FileChange[]): Promise<string> {
  for (const { path } of changes) assertTreePath(path);
  const index = join(dir, `index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await git(dir, parent === null ? ["read-tree", "--empty"] : ["read-tree", parent], { env });
    const lines: string[] = [];
    for (const change of changes) {
      if (change.content === null) {
        lines.push(`0 ${NO_OBJECT}\t${change.path}\0`);
        continue;
      }
      const existing =
        parent === null ? "" : await git(dir, ["ls-tree", "-z", "--full-tree", parent, "--", change.path]);
      const mode = change.mode ?? /^(100\d{3}) blob/.exec(existing)?.[1] ?? "100644";
      lines.push(`${mode} ${await writeBlob(dir, change.content)}\t${change.path}\0`);
    }
    await git(dir, ["update-index", "-z", "--index-info"], { env, input: lines.join("") });
    return (await git(dir, ["write-tree"], { env })).trim();
  } finally {
    await rm(index, { force: true });
  }
}

export interface CommitInput {
  tree: string;
  parents: string[];
  message: string;
  author: GitPerson;
  committer: GitPerson;
}

export async function writeCommit(dir: string, input: CommitInput): Promise<string> {
  const env = {
    GIT_AUTHOR_NAME: input.author.name,
    GIT_AUTHOR_EMAIL: input.author.email,
    GIT_AUTHOR_DATE: input.author.date,
    GIT_COMMITTER_NAME: input.committer.name,
    GIT_COMMITTER_EMAIL: input.committer.email,
    GIT_COMMITTER_DATE: input.committer.date,
  };
  const parents = input.parents.flatMap((parent) => ["-p", parent]);
  return (await git(dir, ["commit-tree", input.tree, ...parents], { env, input: input.message })).trim();
}

/** Moves a ref if it still points to `from` (null: does not exist); `to` null deletes it. False when another was faster. */
export async function moveRef(dir: string, ref: string, to: string | null, from: string | null): Promise<boolean> {
  const old = from ?? NO_OBJECT;
  const args = to === null ? ["update-ref", "-d", ref, old] : ["update-ref", ref, to, old];
  return (await gitOrNull(dir, args)) !== null;
}

/** The tree of a merge of two commits, or null on conflict. */
export async function mergeTree(dir: string, ours: string, theirs: string): Promise<string | null> {
  try {
    return (await git(dir, ["merge-tree", "--write-tree", ours, theirs])).split("\n")[0] ?? null;
  } catch (error) {
    if (error instanceof GitError && error.exitCode === 1) return null;
    throw error;
  }
}

/**
 * Puts the commits of `head` that `base` lacks on top of `base`; null on conflict. Each step is a three-way merge around the
 * commit's own parent, made by two helper commits, because git 2.39 has no `merge-tree --merge-base`.
 */
export async function rebaseOnto(
  dir: string,
  base: string,
  head: string,
  committer: GitPerson,
): Promise<string | null> {
  const from = await mergeBase(dir, base, head);
  if (from === null) return null;
  let tip = base;
  for (const commit of await logCommits(dir, ["--reverse", "--topo-order", "--no-merges", `${from}..${head}`])) {
    const parents = commit.parents.slice(0, 1);
    const helper = { parents, message: "", author: committer, committer };
    const ours = await writeCommit(dir, { ...helper, tree: (await readCommit(dir, tip)).tree });
    const theirs = await writeCommit(dir, { ...helper, tree: commit.tree });
    const tree = await mergeTree(dir, ours, theirs);
    if (tree === null) return null;
    tip = await writeCommit(dir, { tree, parents: [tip], message: commit.message, author: commit.author, committer });
  }
  return tip;
}
