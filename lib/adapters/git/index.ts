import type { Git, Mirror } from "../../runner/ports.ts";
import { cleanUp } from "./clean-up.ts";
import { createRunGit, type RunGit } from "./git-command.ts";
import { addWorktree, assertSha, ensureMirror, mirrorPath } from "./mirror.ts";
import { applySnapshot, takeSnapshot } from "./snapshot.ts";

/** The largest configuration file that is read from a repository. */
const FILE_LIMIT = 1_000_000;

async function readFile(git: RunGit, mirror: Mirror, sha: string, path: string): Promise<string | null> {
  assertSha(sha);
  const listed = await git({ args: ["ls-tree", "-z", "--long", sha, "--", path], gitDir: mirror.path });
  const [mode = "", , objectId = "", size = ""] = (listed.toString("utf8").split("\t")[0] ?? "").split(/ +/);
  // 100644 and 100755: a symlink or submodule of this name is not our file.
  if (!mode.startsWith("100") || Number(size) > FILE_LIMIT) return null;
  return (await git({ args: ["cat-file", "blob", objectId], gitDir: mirror.path })).toString("utf8");
}

async function listRoot(git: RunGit, mirror: Mirror, sha: string): Promise<string[]> {
  assertSha(sha);
  const listed = await git({ args: ["ls-tree", "-z", "--name-only", sha], gitDir: mirror.path });
  return listed
    .toString("utf8")
    .split("\0")
    .filter((name) => name !== "");
}

/** Runs what concerns one key one after the other; what fails holds up nothing behind it. */
type InTurn = <T>(key: string, task: () => Promise<T>) => Promise<T>;

/** Runs at the same time share mirrors, and git's own locks fail instead of waiting. */
function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return (key, task) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(task);
    last.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  };
}

/** Git on this machine, for the runner. `environment` is the runner's own; of it git sees tools, proxies and certificates. */
export function createGit(environment: Readonly<Record<string, string | undefined>>): Git {
  const git = createRunGit(environment);
  const inTurn = createTurns();
  return {
    ensureMirror: (input, signal) =>
      inTurn(mirrorPath(input.mirrorsDir, input.repository, input.url), () => ensureMirror(git, input, signal)),
    readFile: (mirror, sha, path) => readFile(git, mirror, sha, path),
    listRoot: (mirror, sha) => listRoot(git, mirror, sha),
    addWorktree: (mirror, input) => inTurn(mirror.path, () => addWorktree(git, mirror, input)),
    takeSnapshot: (mirror, input) => takeSnapshot(git, mirror, input),
    applySnapshot: (snapshot, worktree, paths) => applySnapshot(git, snapshot, worktree, paths),
    cleanUp: (input) => cleanUp(input, inTurn),
  };
}
