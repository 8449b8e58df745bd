import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { readRef } from "./git.ts";
import { type FileChange, moveRef, writeCommit, writeTree } from "./git-write.ts";
import type { RepoRecord } from "./records.ts";
import { personOf } from "./serialize-git.ts";
import { getAccount, now, repoDir, type World } from "./world.ts";

const SKIPPED = new Set([".git", "node_modules"]);

/** Every file of a folder, with its mode, except .git and node_modules. */
async function readFolder(dir: string): Promise<FileChange[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const changes: FileChange[] = [];
  for (const entry of entries) {
    const full = join(entry.parentPath, entry.name);
    const path = relative(dir, full).split(sep).join("/");
    if (path.split("/").some((part) => SKIPPED.has(part)) || entry.isDirectory()) continue;
    if (entry.isSymbolicLink()) changes.push({ path, content: await readlink(full), mode: "120000" });
    else if (entry.isFile()) {
      const isExecutable = ((await lstat(full)).mode & 0o100) !== 0;
      changes.push({ path, content: await readFile(full), mode: isExecutable ? "100755" : "100644" });
    }
  }
  return changes;
}

/**
 * Makes these files the first commit of an empty repository and answers it. A repository that has commits stays as it is and
 * answers its head, so that a world that starts again does not undo what was merged since.
 */
export async function seedRepository(
  world: World,
  repo: RepoRecord,
  source: string | Record<string, string>,
  message: string,
): Promise<string> {
  const dir = repoDir(world, repo);
  const ref = `refs/heads/${repo.defaultBranch}`;
  return world.locked(repo, async () => {
    const head = await readRef(dir, ref);
    if (head !== null) return head;
    const files = Object.entries(typeof source === "string" ? {} : source).map(([path, content]) => ({
      path,
      content,
    }));
    const tree = await writeTree(dir, null, typeof source === "string" ? await readFolder(source) : files);
    const author = personOf(getAccount(world, repo.owner), now());
    const sha = await writeCommit(dir, { tree, parents: [], message, author, committer: author });
    if (!(await moveRef(dir, ref, sha, null))) throw new Error(`${ref} moved while it was being seeded`);
    return sha;
  });
}
