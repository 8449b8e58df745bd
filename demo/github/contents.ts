import { repoFor } from "./auth.ts";
import { type Api, type Ctx, param } from "./context.ts";
import { GitHubError, notFound } from "./errors.ts";
import { findCommit, type GitEntry, gitBytes, listTree } from "./git.ts";
import type { RepoRecord } from "./records.ts";
import { apiUrl, htmlUrl, type Json } from "./serialize-repository.ts";
import { repoDir, type World } from "./world.ts";

/** Above this GitHub answers without content, and above 100 MB not at all. */
const MAX_INLINE_BYTES = 1024 * 1024;

const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** Base64 in lines of 60, as GitHub writes it. */
export const base64Lines = (bytes: Buffer): string =>
  `${bytes
    .toString("base64")
    .replace(/(.{60})/g, "$1\n")
    .trimEnd()}\n`;

function describe(world: World, repo: RepoRecord, entry: GitEntry, ref: string): Json {
  const path = encodePath(entry.path);
  const type =
    entry.type === "tree"
      ? "dir"
      : entry.type === "commit"
        ? "submodule"
        : entry.mode === "120000"
          ? "symlink"
          : "file";
  const url = `${apiUrl(world, repo)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const gitUrl =
    entry.type === "commit"
      ? null
      : `${apiUrl(world, repo)}/git/${entry.type === "tree" ? "trees" : "blobs"}/${entry.sha}`;
  const html = `${htmlUrl(world, repo)}/${entry.type === "tree" ? "tree" : "blob"}/${ref}/${path}`;
  return {
    name: entry.path.split("/").at(-1) ?? entry.path,
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: html,
    git_url: gitUrl,
    download_url: type === "file" ? `${htmlUrl(world, repo)}/raw/${ref}/${path}` : null,
    type,
    _links: { self: url, git: gitUrl, html },
  };
}

async function getFile(c: Ctx, world: World, repo: RepoRecord, entry: GitEntry, ref: string): Promise<Response> {
  if (entry.type === "commit") return c.json({ ...describe(world, repo, entry, ref), submodule_git_url: null });
  const bytes = await gitBytes(repoDir(world, repo), ["cat-file", "blob", entry.sha]);
  if (/\braw\b/.test(c.req.header("accept") ?? "")) {
    return c.body(new Uint8Array(bytes), 200, { "content-type": "application/vnd.github.raw; charset=utf-8" });
  }
  if (entry.mode === "120000") return c.json({ ...describe(world, repo, entry, ref), target: bytes.toString("utf8") });
  const isInline = bytes.length <= MAX_INLINE_BYTES;
  return c.json({
    ...describe(world, repo, entry, ref),
    content: isInline ? base64Lines(bytes) : "",
    encoding: isInline ? "base64" : "none",
  });
}

async function getContents(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: "contents", level: "read" });
  const dir = repoDir(world, repo);
  const ref = c.req.query("ref") ?? repo.defaultBranch;
  const sha = await findCommit(dir, ref);
  if (sha === null) throw new GitHubError(404, `No commit found for the ref ${ref}`);
  const path = param(c, "path").replace(/\/+$/, "");
  const entries = await listTree(dir, sha, true);
  const entry = entries.find((one) => one.path === path);
  if (entry && entry.type !== "tree") return getFile(c, world, repo, entry, ref);
  if (!entry && path !== "") throw notFound();
  const depth = path === "" ? 1 : path.split("/").length + 1;
  const inside = entries.filter(
    (one) => (path === "" || one.path.startsWith(`${path}/`)) && one.path.split("/").length === depth,
  );
  return c.json(inside.map((one) => describe(world, repo, one, ref)));
}

/** Files and folders at a ref. */
export function contentRoutes(api: Api, world: World): void {
  api.get("/repos/:owner/:repo/contents", (c) => getContents(c, world));
  api.get("/repos/:owner/:repo/contents/:path{.*}", (c) => getContents(c, world));
}
