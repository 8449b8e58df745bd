import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

// Neither a prompt nor the user's own git settings may change what a build sees.
const GIT_ENV = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };

export interface SourceCache {
  /** Fills `into` with the tree of a commit; throws with git's words when the commit cannot be had. */
  exportCommit(sha: string, into: string): Promise<void>;
}

/** A bare mirror of the repository under `dir`, fetched when a commit is asked for that it lacks. */
export function sourceCache(dir: string, cloneUrl: string): SourceCache {
  const gitDir = join(dir, "source.git");
  const git = (args: string[], env: Record<string, string> = {}) =>
    run("git", ["--git-dir", gitDir, ...args], { env: { ...GIT_ENV, ...env }, timeout: 60_000, maxBuffer: 10_000_000 });
  const has = async (sha: string) =>
    git(["cat-file", "-e", `${sha}^{commit}`]).then(
      () => true,
      () => false,
    );
  const fetchCommit = async (sha: string) => {
    if (!existsSync(join(gitDir, "HEAD"))) {
      mkdirSync(dir, { recursive: true });
      await git(["init", "--bare", "--quiet"]);
    }
    if (await has(sha)) return;
    await git(["fetch", "--quiet", "--no-tags", cloneUrl, "+refs/heads/*:refs/heads/*"]);
    if (await has(sha)) return;
    // Commits of closed pull requests hang on no branch, and may still be asked for by name.
    await git(["fetch", "--quiet", "--no-tags", cloneUrl, sha]);
  };
  return {
    async exportCommit(sha, into) {
      if (!/^[0-9a-f]{40}$/.test(sha)) throw new Error(`"${sha}" is not a commit id`);
      await fetchCommit(sha);
      rmSync(into, { recursive: true, force: true });
      mkdirSync(into, { recursive: true });
      const index = { GIT_INDEX_FILE: `${into}.index`, GIT_WORK_TREE: into };
      await git(["read-tree", sha], index);
      await git(["checkout-index", "--all", "--quiet"], index);
      rmSync(index.GIT_INDEX_FILE, { force: true });
    },
  };
}
