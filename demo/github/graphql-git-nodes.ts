import type { Actor } from "./context.ts";
import {
  findCommit,
  type GitCommit,
  type GitPerson,
  gitBytes,
  gitOrNull,
  listTree,
  logCommits,
  readCommit,
  readRef,
} from "./git.ts";
import { diffFiles } from "./git-diff.ts";
import { connectionOf } from "./graphql-connection.ts";
import { type Args, FieldError, type Node } from "./graphql-run.ts";
import { nodeId } from "./node-ids.ts";
import type { AccountRecord, RepoRecord } from "./records.ts";
import { accountOfEmail, verificationOf } from "./serialize-git.ts";
import { htmlUrl } from "./serialize-repository.ts";
import { findAccount, inRepo, repoDir, type World } from "./world.ts";

/** What nodes need: the world, the repository they are in, and who asks. */
export interface Scope {
  world: World;
  repo: RepoRecord;
  actor: Actor;
}

/** GraphQL names a bot without the [bot] of REST. */
export function accountNode(world: World, account: AccountRecord): Node {
  const isBot = account.type === "Bot";
  const login = account.login.replace(/\[bot\]$/, "");
  return {
    __typename: account.type,
    id: nodeId(isBot ? "BOT" : "U", account.login),
    databaseId: account.id,
    login,
    name: login,
    email: "",
    url: `${world.baseUrl}/${isBot ? "apps/" : ""}${login}`,
    resourcePath: `/${isBot ? "apps/" : ""}${login}`,
    avatarUrl: `${world.baseUrl}/avatars/u/${account.id}`,
  };
}

export function loginNode(world: World, login: string | null): Node | null {
  const account = login === null ? null : findAccount(world, login);
  return account ? accountNode(world, account) : null;
}

function personNode(world: World, person: GitPerson): Node {
  const account = accountOfEmail(world, person.email);
  return { __typename: "GitActor", ...person, user: account?.type === "User" ? accountNode(world, account) : null };
}

interface BlameLine {
  sha: string;
  line: number;
}

async function blameNode(scope: Scope, sha: string, path: string): Promise<Node> {
  const dir = repoDir(scope.world, scope.repo);
  const out = await gitOrNull(dir, ["blame", "--line-porcelain", sha, "--", path]);
  if (out === null) throw new FieldError("NOT_FOUND", `Could not resolve to a file with path '${path}'.`);
  const lines: BlameLine[] = [...out.matchAll(/^([0-9a-f]{40}) \d+ (\d+)/gm)].map((match) => ({
    sha: match[1] ?? "",
    line: Number(match[2]),
  }));
  const ranges: { sha: string; from: number; to: number }[] = [];
  for (const { sha: of, line } of lines) {
    const last = ranges.at(-1);
    if (last?.sha === of) last.to = line;
    else ranges.push({ sha: of, from: line, to: line });
  }
  const nodes = ranges.map(({ sha: of, from, to }) => ({
    __typename: "BlameRange",
    startingLine: from,
    endingLine: to,
    age: 1,
    commit: async () => commitNode(scope, await readCommit(dir, of)),
  }));
  return { __typename: "Blame", ranges: nodes };
}

const SIGNED_BY_GITHUB = {
  __typename: "GpgSignature",
  isValid: true,
  wasSignedByGitHub: true,
  state: "VALID",
  email: "noreply@github.com",
  payload: "",
  signature: "",
};

/** The fields of a commit that lead to other commits. */
function commitLinks(scope: Scope, commit: GitCommit): Record<string, unknown> {
  const dir = repoDir(scope.world, scope.repo);
  const listed = (commits: GitCommit[], args: Args) =>
    connectionOf(commits, args, (one) => commitNode(scope, one), "Commit");
  return {
    history: async (args: Args) => {
      const paths = typeof args.path === "string" ? [`:(literal)${args.path}`] : [];
      return listed(await logCommits(dir, [commit.sha, "--", ...paths]), args);
    },
    parents: async (args: Args) => listed(await Promise.all(commit.parents.map((sha) => readCommit(dir, sha))), args),
  };
}

export function commitNode(scope: Scope, commit: GitCommit): Node {
  const { world, repo } = scope;
  const [headline = "", ...rest] = commit.message.split("\n");
  const url = `${htmlUrl(world, repo)}/commit/${commit.sha}`;
  const files = () => diffFiles(repoDir(world, repo), commit.parents[0] ?? null, commit.sha);
  const sum = async (key: "additions" | "deletions") => (await files()).reduce((total, file) => total + file[key], 0);
  return {
    __typename: "Commit",
    id: nodeId("C", inRepo(repo, commit.sha)),
    oid: commit.sha,
    abbreviatedOid: commit.sha.slice(0, 7),
    message: commit.message,
    messageHeadline: headline,
    messageBody: rest.join("\n").trim(),
    url,
    commitUrl: url,
    committedDate: commit.committer.date,
    authoredDate: commit.author.date,
    additions: () => sum("additions"),
    deletions: () => sum("deletions"),
    changedFilesIfAvailable: async () => (await files()).length,
    signature: verificationOf(world, repo, commit).verified === true ? SIGNED_BY_GITHUB : null,
    author: personNode(world, commit.author),
    committer: personNode(world, commit.committer),
    tree: () => objectNode(scope, commit.tree),
    blame: (args: Args) => blameNode(scope, commit.sha, String(args.path ?? "")),
    ...commitLinks(scope, commit),
  };
}

/** A commit, tree or blob by its SHA. */
export async function objectNode(scope: Scope, sha: string): Promise<Node | null> {
  const dir = repoDir(scope.world, scope.repo);
  const type = (await gitOrNull(dir, ["cat-file", "-t", sha]))?.trim();
  const base = { id: nodeId("G", inRepo(scope.repo, sha)), oid: sha, abbreviatedOid: sha.slice(0, 7) };
  if (type === "commit") return commitNode(scope, await readCommit(dir, sha));
  if (type === "blob") {
    const bytes = await gitBytes(dir, ["cat-file", "blob", sha]);
    const isBinary = bytes.includes(0);
    return {
      __typename: "Blob",
      ...base,
      text: isBinary ? null : bytes.toString("utf8"),
      byteSize: bytes.length,
      isBinary,
      isTruncated: false,
    };
  }
  if (type !== "tree") return null;
  const entries = (await listTree(dir, sha, false)).map((entry) => ({
    __typename: "TreeEntry",
    name: entry.path,
    path: entry.path,
    mode: Number.parseInt(entry.mode, 8),
    type: entry.type,
    oid: entry.sha,
    size: entry.size ?? 0,
    object: () => objectNode(scope, entry.sha),
  }));
  return { __typename: "Tree", ...base, entries };
}

export async function expressionNode(scope: Scope, args: Args): Promise<Node | null> {
  const dir = repoDir(scope.world, scope.repo);
  if (typeof args.oid === "string") return objectNode(scope, args.oid);
  const [rev = "", ...path] = String(args.expression ?? "").split(":");
  const sha = await findCommit(dir, rev);
  if (sha === null) return null;
  if (path.length === 0) return objectNode(scope, sha);
  const found = await gitOrNull(dir, ["rev-parse", "--verify", "--quiet", `${sha}:${path.join(":")}`]);
  return found === null ? null : objectNode(scope, found.trim());
}

export async function refNode(scope: Scope, ref: string): Promise<Node | null> {
  const full = ref.startsWith("refs/") ? ref : `refs/heads/${ref}`;
  const sha = await readRef(repoDir(scope.world, scope.repo), full);
  if (sha === null) return null;
  const [, prefix = "", name = ""] = /^(refs\/[^/]+\/)(.+)$/.exec(full) ?? [];
  return {
    __typename: "Ref",
    id: nodeId("REF", inRepo(scope.repo, full)),
    name,
    prefix,
    target: () => objectNode(scope, sha),
  };
}
