import { createHash } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../kernel/errors.ts";
import type { Git, Mirror } from "../../runner/ports.ts";
import type { RunGit } from "./git-command.ts";

const FETCH_TIMEOUT_MS = 20 * 60_000;
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Throws AppError `commit_not_found` for anything but a full object name. */
export function assertSha(sha: string): void {
  if (SHA.test(sha)) return;
  throw new AppError("commit_not_found", `${JSON.stringify(sha)} is not a full commit id`, { retry: "never" });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Where a repository's mirror lies. */
export function mirrorPath(mirrorsDir: string, repository: string, url: string): string {
  const name = repository.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 80);
  return join(mirrorsDir, `${name}-${hashOf(url)}.git`);
}

/** The configuration of a repository of ours, whole: it is written anew before use, so nothing added to it survives. */
function configText(sha: string, isBare: boolean): string {
  const format =
    sha.length === 64
      ? "\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n[core]\n"
      : "\trepositoryformatversion = 0\n";
  return `[core]\n${format}\tbare = ${isBare}\n`;
}

/** Makes (or repairs) a repository without templates, hooks or remotes, in the object format of `sha`. */
export async function ensureRepository(git: RunGit, path: string, sha: string, isBare: boolean): Promise<void> {
  await mkdir(path, { recursive: true });
  const format = sha.length === 64 ? "sha256" : "sha1";
  await writeFile(join(path, "config"), configText(sha, isBare));
  await git({ args: ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, path] });
  await writeFile(join(path, "config"), configText(sha, isBare));
}

/**
 * A read token travels as a header that is set by environment: in no argument list, in no file. GitHub takes an
 * installation token as the password of `x-access-token`.
 */
function tokenEnvironment(url: string, readToken: string | null): Record<string, string> {
  if (readToken === null) return {};
  const basic = Buffer.from(`x-access-token:${readToken}`).toString("base64");
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

async function hasCommit(git: RunGit, path: string, sha: string): Promise<boolean> {
  return git({ args: ["cat-file", "-e", `${sha}^{commit}`], gitDir: path }).then(
    () => true,
    () => false,
  );
}

function assertUrl(url: string, readToken: string | null): void {
  const isLocal = url.startsWith("/") || url.startsWith("file://");
  const isHttp = /^https?:\/\//.test(url);
  if (!isLocal && !isHttp) {
    throw new AppError("clone_url_refused", `cannot clone ${JSON.stringify(url)}: only https, http and local paths`, {
      retry: "never",
    });
  }
  if (readToken !== null && isLocal) {
    throw new AppError("clone_url_refused", "a read token was given for a local path", { retry: "never" });
  }
}

/** See `Git.ensureMirror`: fetches the base branch, and the commit by its own name when it is no longer on that branch. */
export async function ensureMirror(
  git: RunGit,
  input: Parameters<Git["ensureMirror"]>[0],
  signal?: AbortSignal,
): Promise<Mirror> {
  assertSha(input.baseSha);
  assertUrl(input.url, input.readToken);
  const path = mirrorPath(input.mirrorsDir, input.repository, input.url);
  await ensureRepository(git, path, input.baseSha, true);
  if (await hasCommit(git, path, input.baseSha)) return { path };
  const fetch = (refspec: string) =>
    git({
      args: [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--",
        input.url,
        refspec,
      ],
      gitDir: path,
      env: tokenEnvironment(input.url, input.readToken),
      timeoutMs: FETCH_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
  // One flat name for each branch: `a` and a later `a/b` cannot both exist as refs.
  await fetch(`+refs/heads/${input.baseBranch}:refs/patchpilot/branch-${hashOf(input.baseBranch)}`);
  if (await hasCommit(git, path, input.baseSha)) return { path };
  await fetch(`+${input.baseSha}:refs/patchpilot/commit-${input.baseSha}`).catch((cause: unknown) => {
    throw new AppError("commit_not_found", `commit ${input.baseSha} is not in ${input.repository}`, {
      retry: "later",
      cause,
    });
  });
  return { path };
}

/** Whether other runs work on this mirror, or what is left of them. */
async function hasWorktrees(path: string): Promise<boolean> {
  const names = await readdir(join(path, "worktrees")).catch(() => []);
  return names.length > 0;
}

/**
 * Adds a detached worktree. A mirror that cannot give one is damaged: it is removed, and cloned again by the next run,
 * unless other runs still borrow from it.
 */
export async function addWorktree(git: RunGit, mirror: Mirror, input: { path: string; sha: string }): Promise<void> {
  assertSha(input.sha);
  await ensureRepository(git, mirror.path, input.sha, true);
  try {
    await git({
      args: ["worktree", "add", "--quiet", "--force", "--detach", "--", input.path, input.sha],
      gitDir: mirror.path,
      timeoutMs: 10 * 60_000,
    });
  } catch (error) {
    if (!(await hasWorktrees(mirror.path))) await rm(mirror.path, { recursive: true, force: true });
    throw error;
  }
}
