import { repoFor } from "./auth.ts";
import { type Api, type Ctx, param } from "./context.ts";
import { GitHubError, notFound } from "./errors.ts";
import { countCommits, findCommit, git, logCommits, mergeBase, readCommit } from "./git.ts";
import { type DiffFile, diffFiles, diffText } from "./git-diff.ts";
import { paged } from "./http.ts";
import { issueOfPull } from "./pull-events.ts";
import type { RepoRecord } from "./records.ts";
import { serializeCommit, serializeFile } from "./serialize-git.ts";
import { serializePullSimple } from "./serialize-pull.ts";
import { apiUrl, htmlUrl, type Json } from "./serialize-repository.ts";
import { repoDir, type World } from "./world.ts";

const READ = { area: "contents", level: "read" } as const;

/** GitHub's own limits of files and commits in a comparison. */
const MAX_FILES = 300;

const MAX_COMMITS = 250;

async function listCommits(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const dir = repoDir(world, repo);
  const rev = c.req.query("sha") ?? repo.defaultBranch;
  const sha = await findCommit(dir, rev);
  if (sha === null)
    throw c.req.query("sha") === undefined ? new GitHubError(409, "Git Repository is empty.") : notFound();
  const path = c.req.query("path");
  const filters = (["since", "until", "author"] as const).flatMap((name) => {
    const value = c.req.query(name);
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  const commits = await logCommits(dir, [
    ...filters,
    sha,
    "--",
    ...(path ? [`:(literal)${path.replace(/^\//, "")}`] : []),
  ]);
  return c.json(paged(c, world, commits).map((commit) => serializeCommit(world, repo, commit)));
}

const wantsDiff = (c: Ctx): boolean => /\b(diff|patch)\b/.test(c.req.header("accept") ?? "");

/** The answer to the media types `diff` and `patch`. */
export async function answerDiff(c: Ctx, dir: string, from: string | null, to: string): Promise<Response> {
  const isPatch = /\bpatch\b/.test(c.req.header("accept") ?? "");
  const text = isPatch
    ? await git(dir, ["format-patch", "--stdout", from === null ? to : `${from}..${to}`])
    : await diffText(dir, from, to);
  return c.body(text, 200, { "content-type": `application/vnd.github.${isPatch ? "patch" : "diff"}; charset=utf-8` });
}

async function getCommit(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const dir = repoDir(world, repo);
  const sha = await findCommit(dir, param(c, "ref"));
  if (sha === null) throw new GitHubError(422, `No commit found for SHA: ${param(c, "ref")}`);
  const commit = await readCommit(dir, sha);
  const parent = commit.parents[0] ?? null;
  if (/\bsha\b/.test(c.req.header("accept") ?? ""))
    return c.body(sha, 200, { "content-type": "application/vnd.github.sha; charset=utf-8" });
  if (wantsDiff(c)) return answerDiff(c, dir, parent, sha);
  const files = await diffFiles(dir, parent, sha);
  return c.json({
    ...serializeCommit(world, repo, commit),
    stats: statsOf(files),
    files: paged(c, world, files, MAX_FILES).map((file) => serializeFile(world, repo, file, sha)),
  });
}

function statsOf(files: DiffFile[]): Json {
  const additions = files.reduce((total, file) => total + file.additions, 0);
  const deletions = files.reduce((total, file) => total + file.deletions, 0);
  return { total: additions + deletions, additions, deletions };
}

async function compareCommits(
  world: World,
  repo: RepoRecord,
  names: string,
  from: string,
  base: string,
  head: string,
): Promise<Json> {
  const dir = repoDir(world, repo);
  const [aheadBy, behindBy] = [await countCommits(dir, base, head), await countCommits(dir, head, base)];
  const status = aheadBy > 0 ? (behindBy > 0 ? "diverged" : "ahead") : behindBy > 0 ? "behind" : "identical";
  const commits = await logCommits(dir, ["--reverse", `${base}..${head}`]);
  const files = await diffFiles(dir, from, head);
  const html = `${htmlUrl(world, repo)}/compare`;
  return {
    url: `${apiUrl(world, repo)}/compare/${names}`,
    html_url: `${html}/${names}`,
    permalink_url: `${html}/${repo.owner}:${base.slice(0, 7)}...${repo.owner}:${head.slice(0, 7)}`,
    diff_url: `${html}/${names}.diff`,
    patch_url: `${html}/${names}.patch`,
    base_commit: serializeCommit(world, repo, await readCommit(dir, base)),
    merge_base_commit: serializeCommit(world, repo, await readCommit(dir, from)),
    status,
    ahead_by: aheadBy,
    behind_by: behindBy,
    total_commits: aheadBy,
    commits: commits.slice(-MAX_COMMITS).map((commit) => serializeCommit(world, repo, commit)),
    files: files.slice(0, MAX_FILES).map((file) => serializeFile(world, repo, file, head)),
  };
}

async function compare(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const dir = repoDir(world, repo);
  const names = param(c, "basehead");
  const sides = names.split("...").map((name) => name.replace(new RegExp(`^${repo.owner}:`, "i"), ""));
  const [base, head] = await Promise.all(sides.map((name) => findCommit(dir, name)));
  if (sides.length !== 2 || !base || !head) throw notFound();
  const from = await mergeBase(dir, base, head);
  if (from === null) throw new GitHubError(404, `No common ancestor between ${sides[0]} and ${sides[1]}.`);
  if (wantsDiff(c)) return answerDiff(c, dir, from, head);
  return c.json(await compareCommits(world, repo, names, from, base, head));
}

/** Open and merged pull requests whose commits include this one. */
async function pullsOfCommit(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: ["pull_requests", "contents"], level: "read" });
  const dir = repoDir(world, repo);
  const sha = await findCommit(dir, param(c, "ref"));
  if (sha === null) throw new GitHubError(422, `No commit found for SHA: ${param(c, "ref")}`);
  const pulls = world.store.pulls.where((pull) => pull.repoId === repo.id);
  const found: Json[] = [];
  for (const pull of pulls) {
    const own = (await git(dir, ["rev-list", `${pull.baseSha}..${pull.headSha}`])).split("\n");
    if (pull.mergeCommitSha === sha || own.includes(sha))
      found.push(serializePullSimple(world, repo, pull, issueOfPull(world, repo, pull)));
  }
  return c.json(paged(c, world, found));
}

/** Commits, their files and comparisons. */
export function commitRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo";
  api.get(`${base}/commits`, (c) => listCommits(c, world));
  api.get(`${base}/commits/:ref{.+}/pulls`, (c) => pullsOfCommit(c, world));
  api.get(`${base}/commits/:ref{.+}`, (c) => getCommit(c, world));
  api.get(`${base}/compare/:basehead{.+}`, (c) => compare(c, world));
}
