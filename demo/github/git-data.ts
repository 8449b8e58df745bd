import * as z from "zod";
import { actingAccount, repoFor } from "./auth.ts";
import { base64Lines } from "./contents.ts";
import { type Api, type Ctx, param } from "./context.ts";
import { invalid, notFound } from "./errors.ts";
import { findCommit, gitBytes, gitOrNull, isSha, listTree, readCommit } from "./git.ts";
import { type FileChange, TreePathError, writeBlob, writeCommit, writeTree } from "./git-write.ts";
import { readBody } from "./http.ts";
import { markSigned } from "./merges.ts";
import { nodeId } from "./node-ids.ts";
import type { RepoRecord } from "./records.ts";
import { personOf, serializeGitCommit, webFlow } from "./serialize-git.ts";
import { apiUrl, type Json } from "./serialize-repository.ts";
import { inRepo, now, repoDir, type World } from "./world.ts";

export const READ = { area: "contents", level: "read" } as const;

export const WRITE = { area: "contents", level: "write" } as const;

const Person = z.object({ name: z.string(), email: z.string(), date: z.string().optional() });

const CommitBody = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).optional(),
  author: Person.optional(),
  committer: Person.optional(),
});

const TreeBody = z.object({
  base_tree: z.string().optional(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.enum(["100644", "100755", "040000", "160000", "120000"]).optional(),
      type: z.enum(["blob", "tree", "commit"]).optional(),
      sha: z.string().nullable().optional(),
      content: z.string().optional(),
    }),
  ),
});

const BlobBody = z.object({ content: z.string(), encoding: z.enum(["utf-8", "base64"]).optional() });

function serializeTree(
  world: World,
  repo: RepoRecord,
  sha: string,
  entries: Awaited<ReturnType<typeof listTree>>,
): Json {
  const url = `${apiUrl(world, repo)}/git`;
  const tree = entries.map(({ path, mode, type, sha: entrySha, size }) => ({
    path,
    mode,
    type,
    sha: entrySha,
    ...(size === null ? {} : { size }),
    ...(type === "commit" ? {} : { url: `${url}/${type}s/${entrySha}` }),
  }));
  return { sha, url: `${url}/trees/${sha}`, tree, truncated: false };
}

async function getTree(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const dir = repoDir(world, repo);
  const name = param(c, "sha");
  const commit = await findCommit(dir, name);
  const sha = await gitOrNull(dir, [
    "rev-parse",
    "--verify",
    "--quiet",
    `${commit ?? (isSha(name) ? name : "missing")}^{tree}`,
  ]);
  if (sha === null) throw notFound();
  const recursive = c.req.query("recursive");
  return c.json(
    serializeTree(
      world,
      repo,
      sha.trim(),
      await listTree(dir, sha.trim(), recursive !== undefined && recursive !== ""),
    ),
  );
}

/** Rewrites a folder's entry to the form that changes one path; GitHub also takes SHAs of objects that exist. */
async function treeChange(dir: string, entry: z.infer<typeof TreeBody>["tree"][number]): Promise<FileChange> {
  if (entry.content === undefined && entry.sha === undefined)
    throw invalid("Must supply either tree.sha or tree.content");
  if (entry.mode === "040000" || entry.mode === "160000")
    throw invalid("tree.mode must be 100644, 100755 or 120000 in this world");
  const mode = entry.mode ?? "100644";
  if (entry.content !== undefined) return { path: entry.path, content: entry.content, mode };
  if (entry.sha === null || entry.sha === undefined) return { path: entry.path, content: null };
  if (!isSha(entry.sha) || (await gitOrNull(dir, ["cat-file", "-e", entry.sha])) === null)
    throw invalid("tree.sha is not a valid blob");
  return { path: entry.path, content: await gitBytes(dir, ["cat-file", "blob", entry.sha]), mode };
}

async function createTree(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const dir = repoDir(world, repo);
  const body = await readBody(c, TreeBody);
  const changes = await Promise.all(body.tree.map((entry) => treeChange(dir, entry)));
  try {
    const sha = await writeTree(dir, body.base_tree ?? null, changes);
    return c.json(serializeTree(world, repo, sha, await listTree(dir, sha, false)), 201);
  } catch (error) {
    if (error instanceof TreePathError) throw invalid("tree.path contains a malformed path component");
    throw error;
  }
}

/** A bot's commit without author and committer of its own is signed by GitHub; with them it is not. */
async function createCommit(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const dir = repoDir(world, repo);
  const body = await readBody(c, CommitBody);
  const account = actingAccount(world, c.get("actor"));
  const date = now();
  if (!isSha(body.tree) || (await gitOrNull(dir, ["cat-file", "-e", `${body.tree}^{tree}`])) === null)
    throw invalid("Tree SHA does not exist");
  for (const parent of body.parents ?? [])
    if (!isSha(parent) || (await findCommit(dir, parent)) === null)
      throw invalid("Parent SHA does not exist or is not a commit object");
  const isOwnAuthor = body.author === undefined && body.committer === undefined;
  const author = body.author ? { ...body.author, date: body.author.date ?? date } : personOf(account, date);
  const committer = body.committer
    ? { ...body.committer, date: body.committer.date ?? date }
    : isOwnAuthor
      ? webFlow(date)
      : author;
  const sha = await writeCommit(dir, {
    tree: body.tree,
    parents: body.parents ?? [],
    message: body.message,
    author,
    committer,
  });
  if (isOwnAuthor && account.type === "Bot") markSigned(world, repo, sha);
  return c.json(serializeGitCommit(world, repo, await readCommit(dir, sha)), 201);
}

async function getBlob(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const dir = repoDir(world, repo);
  const sha = param(c, "sha");
  if (!isSha(sha) || (await gitOrNull(dir, ["cat-file", "-t", sha]))?.trim() !== "blob") throw notFound();
  const bytes = await gitBytes(dir, ["cat-file", "blob", sha]);
  if (/\braw\b/.test(c.req.header("accept") ?? ""))
    return c.body(new Uint8Array(bytes), 200, { "content-type": "application/vnd.github.raw" });
  const url = `${apiUrl(world, repo)}/git/blobs/${sha}`;
  return c.json({
    sha,
    node_id: nodeId("B", inRepo(repo, sha)),
    size: bytes.length,
    url,
    content: base64Lines(bytes),
    encoding: "base64",
  });
}

async function createBlob(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const { content, encoding = "utf-8" } = await readBody(c, BlobBody);
  const sha = await writeBlob(repoDir(world, repo), Buffer.from(content, encoding === "base64" ? "base64" : "utf8"));
  return c.json({ sha, url: `${apiUrl(world, repo)}/git/blobs/${sha}` }, 201);
}

/** Trees, blobs and commits as git objects. */
export function gitDataRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo/git";
  api.get(`${base}/trees/:sha{.+}`, (c) => getTree(c, world));
  api.post(`${base}/trees`, (c) => createTree(c, world));
  api.get(`${base}/blobs/:sha`, (c) => getBlob(c, world));
  api.post(`${base}/blobs`, (c) => createBlob(c, world));
  api.get(`${base}/commits/:sha`, async (c) => {
    const repo = repoFor(c, world, READ);
    const sha = isSha(param(c, "sha")) ? await findCommit(repoDir(world, repo), param(c, "sha")) : null;
    if (sha === null) throw notFound();
    return c.json(serializeGitCommit(world, repo, await readCommit(repoDir(world, repo), sha)));
  });
  api.post(`${base}/commits`, (c) => createCommit(c, world));
}
