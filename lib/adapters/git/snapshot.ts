import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../kernel/errors.ts";
import type { ChangedFile, Mirror, Snapshot } from "../../runner/ports.ts";
import type { RunGit } from "./git-command.ts";
import { assertSha, ensureRepository } from "./mirror.ts";

/** Folders that tools fill and repositories sometimes forget to ignore; what is tracked in them stays tracked. */
const JUNK = ["node_modules/", "__pycache__/", ".venv/", ".DS_Store"].join("\n");

const KINDS: Readonly<Record<string, ChangedFile["kind"]>> = { A: "added", M: "modified", T: "modified", D: "deleted" };

interface RawChange extends ChangedFile {
  mode: string;
  objectId: string;
}

/**
 * A repository of ours, with its own index and configuration, that borrows the mirror's objects. The worktree's own
 * `.git` belongs to the worker: an index, exclude file or configuration changed there could hide changes or run code.
 */
async function openScratch(git: RunGit, mirror: Mirror, scratchDir: string, baseSha: string): Promise<void> {
  await ensureRepository(git, scratchDir, baseSha, false);
  await mkdir(join(scratchDir, "objects", "info"), { recursive: true });
  await mkdir(join(scratchDir, "info"), { recursive: true });
  await writeFile(join(scratchDir, "objects", "info", "alternates"), `${join(mirror.path, "objects")}\n`);
  await writeFile(join(scratchDir, "info", "exclude"), `${JUNK}\n`);
}

/** `diff-tree --raw -z`: `:100644 100644 <old> <new> M\0path\0` for each path. */
function readRawChanges(output: Buffer): RawChange[] {
  const parts = output.toString("utf8").split("\0");
  const changes: RawChange[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [, mode = "", , objectId = "", status = ""] = (parts[index] ?? "").split(" ");
    const kind = KINDS[status.charAt(0)];
    if (!kind)
      throw new AppError("git_failed", `git diff-tree named an unknown change ${JSON.stringify(parts[index])}`, {
        retry: "never",
      });
    changes.push({ path: parts[index + 1] ?? "", kind, mode, objectId });
  }
  return changes;
}

function rawChanges(git: RunGit, scratchDir: string, baseSha: string, treeSha: string): Promise<RawChange[]> {
  return git({ args: ["diff-tree", "-r", "-z", "--raw", "--no-renames", baseSha, treeSha], gitDir: scratchDir }).then(
    readRawChanges,
  );
}

/** AppError `diff_not_text` when the diff holds bytes that are not UTF-8: it could not travel as text unchanged. */
function decode(diff: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(diff);
  } catch (cause) {
    throw new AppError("diff_not_text", "the patch changes text that is not UTF-8", { retry: "never", cause });
  }
}

/** See `Git.takeSnapshot`. */
export async function takeSnapshot(
  git: RunGit,
  mirror: Mirror,
  input: { worktree: string; baseSha: string; scratchDir: string },
): Promise<Snapshot> {
  const { worktree, baseSha, scratchDir } = input;
  assertSha(baseSha);
  await openScratch(git, mirror, scratchDir, baseSha);
  const inTree = { gitDir: scratchDir, workTree: worktree };
  await git({ ...inTree, args: ["read-tree", baseSha] });
  await git({ ...inTree, args: ["add", "--all", "--", "."], timeoutMs: 10 * 60_000 });
  const treeSha = (await git({ ...inTree, args: ["write-tree"] })).toString("utf8").trim();
  const diff = await git({
    gitDir: scratchDir,
    args: [
      "diff-tree",
      "-r",
      "-p",
      "--binary",
      "--full-index",
      "--find-renames",
      "--no-ext-diff",
      "--no-textconv",
      baseSha,
      treeSha,
    ],
  });
  const files = await rawChanges(git, scratchDir, baseSha, treeSha);
  return { scratchDir, baseSha, treeSha, diff: decode(diff), files: files.map(({ path, kind }) => ({ path, kind })) };
}

/** The tree that equals the base except at `paths`, where it equals the snapshot. */
async function treeOfPaths(git: RunGit, snapshot: Snapshot, paths: readonly string[]): Promise<string> {
  const wanted = new Set(paths);
  const changes = await rawChanges(git, snapshot.scratchDir, snapshot.baseSha, snapshot.treeSha);
  const lines = changes
    .filter((change) => wanted.has(change.path))
    .map((change) => `${change.kind === "deleted" ? "0" : change.mode} ${change.objectId}\t${change.path}\0`);
  const inIndex = { gitDir: snapshot.scratchDir, indexFile: join(snapshot.scratchDir, "part.index") };
  await git({ ...inIndex, args: ["read-tree", snapshot.baseSha] });
  await git({ ...inIndex, args: ["update-index", "-z", "--index-info"], stdin: lines.join("") });
  return (await git({ ...inIndex, args: ["write-tree"] })).toString("utf8").trim();
}

/** See `Git.applySnapshot`. Files of the tree that something changed since are set right too. */
export async function applySnapshot(
  git: RunGit,
  snapshot: Snapshot,
  worktree: string,
  paths: readonly string[] | null,
): Promise<void> {
  const target = paths === null ? snapshot.treeSha : await treeOfPaths(git, snapshot, paths);
  const indexFile = join(snapshot.scratchDir, "applied.index");
  const inTree = { gitDir: snapshot.scratchDir, workTree: worktree, indexFile, timeoutMs: 10 * 60_000 };
  // Files that the target lacks are removed only when the index knows them.
  if (!existsSync(indexFile)) await git({ ...inTree, args: ["read-tree", snapshot.baseSha] });
  await git({ ...inTree, args: ["read-tree", "--reset", "-u", target] });
  await git({ ...inTree, args: ["checkout-index", "--force", "--all", "--index", "--quiet"] });
}
