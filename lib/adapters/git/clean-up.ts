import { execFile } from "node:child_process";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** Removes a tree even where the tools that filled it (Go's module cache, for one) took away the right to write. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await promisify(execFile)("chmod", ["-R", "u+rwX", path]).catch(() => undefined);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function listNames(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Forgets worktrees whose folder is gone; unlike `git worktree prune`, locked ones too. */
async function forgetWorktrees(mirror: string): Promise<void> {
  const folder = join(mirror, "worktrees");
  for (const name of await listNames(folder)) {
    const gitFile = (await readFile(join(folder, name, "gitdir"), "utf8").catch(() => "")).trim();
    if (gitFile === "" || !(await exists(dirname(gitFile)))) await removeTree(join(folder, name));
  }
}

async function removeLocks(mirror: string): Promise<void> {
  const names = await readdir(mirror, { recursive: true }).catch(() => []);
  const stale = names.filter((name) => name.endsWith(".lock") || /(^|\/)objects\/(?:.*\/)?tmp_[^/]*$/.test(name));
  for (const name of stale) await rm(join(mirror, name), { recursive: true, force: true });
}

/** See `Git.cleanUp`. A worktree that is being made has no folder yet, so each mirror is looked at in its turn. */
export async function cleanUp(
  input: { mirrorsDir: string; runDirs: readonly string[]; removeLocks: boolean },
  inTurn: <T>(mirror: string, task: () => Promise<T>) => Promise<T>,
): Promise<void> {
  for (const runDir of input.runDirs) await removeTree(runDir);
  for (const name of await listNames(input.mirrorsDir)) {
    const mirror = join(input.mirrorsDir, name);
    await inTurn(mirror, async () => {
      await forgetWorktrees(mirror);
      if (input.removeLocks) await removeLocks(mirror);
    });
  }
}
