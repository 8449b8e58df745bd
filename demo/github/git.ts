import { execFile } from "node:child_process";
import { devNull } from "node:os";

/** git ended with another status than expected; `stderr` is its own words. */
export class GitError extends Error {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(args: string[], exitCode: number, stdout: string, stderr: string) {
    super(`git ${args[0]} ended with ${exitCode}: ${stderr.trim()}`);
    this.name = "GitError";
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

export interface GitPerson {
  name: string;
  email: string;
  /** ISO time */
  date: string;
}

export interface GitCommit {
  sha: string;
  tree: string;
  parents: string[];
  author: GitPerson;
  committer: GitPerson;
  message: string;
}

export interface GitEntry {
  mode: string;
  type: "blob" | "tree" | "commit";
  sha: string;
  size: number | null;
  path: string;
}

interface RunOptions {
  input?: string | Buffer;
  env?: Record<string, string>;
}

/** The machine's own git settings must not change what the world does. */
export const GIT_ENV = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: devNull,
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};

/** Runs git in a bare repository and answers its output as bytes. Throws GitError. */
export function gitBytes(dir: string, args: string[], options: RunOptions = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      ["-c", "core.quotePath=false", ...args],
      {
        cwd: dir,
        encoding: "buffer",
        maxBuffer: 512 * 1024 * 1024,
        env: { PATH: process.env.PATH, HOME: dir, GIT_DIR: dir, ...GIT_ENV, ...options.env },
      },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else if (typeof error.code === "number")
          reject(new GitError(args, error.code, stdout.toString("utf8"), stderr.toString("utf8")));
        else reject(error);
      },
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}

/** As gitBytes, as text. */
export async function git(dir: string, args: string[], options: RunOptions = {}): Promise<string> {
  return (await gitBytes(dir, args, options)).toString("utf8");
}

/** As git, with null where git ends with a failure status. */
export async function gitOrNull(dir: string, args: string[], options: RunOptions = {}): Promise<string | null> {
  try {
    return await git(dir, args, options);
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

/** GitHub's times: UTC, whole seconds. */
export function utc(date: string | Date): string {
  return new Date(date).toISOString().replace(/\.\d{3}Z$/, "Z");
}

export const isSha = (text: string): boolean => /^[0-9a-f]{40}$/i.test(text);

/** What git check-ref-format refuses in the part of a ref after refs/, one rule each. */
const REF_FAULTS = [/^$|^[-/]|[/.]$/, /\.\.|\/\/|@\{/, /^@$/, /\.lock(\/|$)/, /(^|\/)\./, /[\s~^:?*[\\]/];

/** Whether git would take `name` as the part of a ref after refs/. */
export function isRefName(name: string): boolean {
  const hasControl = [...name].some((char) => char < " " || char === "\x7f");
  return !hasControl && !REF_FAULTS.some((fault) => fault.test(name));
}

/** The commit that a branch, tag, full ref or (abbreviated) SHA means, or null. */
export async function findCommit(dir: string, rev: string): Promise<string | null> {
  if (!isRefName(rev)) return null;
  const candidates = [`refs/heads/${rev}`, `refs/tags/${rev}`, rev.startsWith("refs/") ? rev : `refs/${rev}`];
  if (/^[0-9a-f]{7,40}$/i.test(rev)) candidates.unshift(rev);
  if (rev === "HEAD") candidates.unshift("HEAD");
  for (const candidate of candidates) {
    const sha = await gitOrNull(dir, ["rev-parse", "--verify", "--quiet", `${candidate}^{commit}`]);
    if (sha !== null) return sha.trim();
  }
  return null;
}

/** The object that a full ref name points to, or null. */
export async function readRef(dir: string, ref: string): Promise<string | null> {
  if (!isRefName(ref)) return null;
  const out = await gitOrNull(dir, ["rev-parse", "--verify", "--quiet", ref]);
  return out === null ? null : out.trim();
}

export async function listRefs(dir: string, prefix: string): Promise<{ ref: string; sha: string; type: string }[]> {
  const out = await git(dir, ["for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)"]);
  return out
    .split("\n")
    .filter((line) => line.startsWith(prefix))
    .map((line) => {
      const [ref = "", sha = "", type = ""] = line.split("\0");
      return { ref, sha, type };
    });
}

const COMMIT_FORMAT = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B";

const COMMIT_FIELDS = 10;

/** `git log` with the given arguments as commits. */
export async function logCommits(dir: string, args: string[]): Promise<GitCommit[]> {
  const fields = (await git(dir, ["log", "-z", COMMIT_FORMAT, ...args])).split("\0");
  const commits: GitCommit[] = [];
  for (let i = 0; i + COMMIT_FIELDS <= fields.length; i += COMMIT_FIELDS) {
    const [sha = "", tree = "", parents = "", an = "", ae = "", ad = "", cn = "", ce = "", cd = "", message = ""] =
      fields.slice(i, i + COMMIT_FIELDS);
    commits.push({
      sha,
      tree,
      parents: parents === "" ? [] : parents.split(" "),
      author: { name: an, email: ae, date: utc(ad) },
      committer: { name: cn, email: ce, date: utc(cd) },
      message: message.replace(/\n+$/, ""),
    });
  }
  return commits;
}

/** One commit by SHA. Throws GitError when it is missing. */
export async function readCommit(dir: string, sha: string): Promise<GitCommit> {
  const [commit] = await logCommits(dir, ["-1", sha]);
  if (!commit) throw new Error(`git log knows no commit ${sha}`);
  return commit;
}

export async function listTree(dir: string, treeish: string, recursive: boolean): Promise<GitEntry[]> {
  const out = await git(dir, ["ls-tree", "-z", "--long", ...(recursive ? ["-r", "-t"] : []), treeish]);
  return out
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", type = "", sha = "", size = "-"] = line.slice(0, tab).split(/ +/);
      return {
        mode,
        type: type === "tree" || type === "commit" ? type : "blob",
        sha,
        size: size === "-" ? null : Number(size),
        path: line.slice(tab + 1),
      };
    });
}

export async function mergeBase(dir: string, a: string, b: string): Promise<string | null> {
  const out = await gitOrNull(dir, ["merge-base", a, b]);
  return out === null ? null : out.trim();
}

/** How many commits `to` has that `from` lacks. */
export async function countCommits(dir: string, from: string, to: string): Promise<number> {
  return Number(await git(dir, ["rev-list", "--count", `${from}..${to}`]));
}

export async function isAncestor(dir: string, ancestor: string, descendant: string): Promise<boolean> {
  return (await gitOrNull(dir, ["merge-base", "--is-ancestor", ancestor, descendant])) !== null;
}
