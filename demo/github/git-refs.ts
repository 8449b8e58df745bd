import * as z from "zod";
import { actingAccount, repoFor } from "./auth.ts";
import { type Api, type Ctx, param } from "./context.ts";
import { invalid, notFound } from "./errors.ts";
import { findCommit, gitOrNull, isAncestor, isRefName, isSha, listRefs, readRef } from "./git.ts";
import { READ, WRITE } from "./git-data.ts";
import { moveRef } from "./git-write.ts";
import { paged, readBody } from "./http.ts";
import { nodeId } from "./node-ids.ts";
import type { RepoRecord } from "./records.ts";
import { afterRefUpdate } from "./ref-updates.ts";
import { apiUrl, type Json } from "./serialize-repository.ts";
import { inRepo, repoDir, type World } from "./world.ts";

const RefBody = z.object({ ref: z.string(), sha: z.string() });

const RefPatch = z.object({ sha: z.string(), force: z.boolean().optional() });

function serializeRef(world: World, repo: RepoRecord, ref: { ref: string; sha: string; type: string }): Json {
  return {
    ref: ref.ref,
    node_id: nodeId("REF", inRepo(repo, ref.ref)),
    url: `${apiUrl(world, repo)}/git/${ref.ref}`,
    object: { sha: ref.sha, type: ref.type, url: `${apiUrl(world, repo)}/git/${ref.type}s/${ref.sha}` },
  };
}

async function getRef(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const wanted = `refs/${param(c, "ref")}`;
  const found = (await listRefs(repoDir(world, repo), "refs/")).find((one) => one.ref === wanted);
  if (!found) throw notFound();
  return c.json(serializeRef(world, repo, found));
}

async function createRef(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const { ref, sha } = await readBody(c, RefBody);
  if (!/^refs\/(heads|tags)\/./.test(ref) || !isRefName(ref))
    throw invalid(`Reference name must start with 'refs/' and be a valid ref name.`);
  const dir = repoDir(world, repo);
  if (!isSha(sha)) throw invalid("The sha parameter must be exactly 40 characters and contain only [0-9a-f].");
  const type = await gitOrNull(dir, ["cat-file", "-t", sha]);
  if (type === null) throw invalid("Object does not exist");
  if (ref.startsWith("refs/heads/") && type.trim() !== "commit") throw invalid("Object is not a commit");
  return world.locked(repo, async () => {
    if ((await readRef(dir, ref)) !== null) throw invalid("Reference already exists");
    if (!(await moveRef(dir, ref, sha, null))) throw invalid("Reference update failed");
    await afterRefUpdate(world, repo, {
      ref,
      before: null,
      after: sha,
      by: actingAccount(world, c.get("actor")).login,
    });
    return c.json(serializeRef(world, repo, { ref, sha, type: type.trim() }), 201);
  });
}

async function updateRef(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const ref = `refs/${param(c, "ref")}`;
  const dir = repoDir(world, repo);
  const { sha, force = false } = await readBody(c, RefPatch);
  return world.locked(repo, async () => {
    const before = await readRef(dir, ref);
    if (before === null || !/^refs\/(heads|tags)\//.test(ref)) throw invalid("Reference does not exist");
    if (!isSha(sha) || (await findCommit(dir, sha)) === null) throw invalid("Object does not exist");
    if (!force && !(await isAncestor(dir, before, sha))) throw invalid("Update is not a fast forward");
    if (!(await moveRef(dir, ref, sha, before))) throw invalid("Reference update failed");
    if (sha !== before)
      await afterRefUpdate(world, repo, { ref, before, after: sha, by: actingAccount(world, c.get("actor")).login });
    return c.json(serializeRef(world, repo, { ref, sha, type: "commit" }));
  });
}

async function deleteRef(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const ref = `refs/${param(c, "ref")}`;
  const dir = repoDir(world, repo);
  if (ref === `refs/heads/${repo.defaultBranch}`) throw invalid("Cannot delete the default branch");
  return world.locked(repo, async () => {
    const before = await readRef(dir, ref);
    if (before === null || !/^refs\/(heads|tags)\//.test(ref)) throw invalid("Reference does not exist");
    if (!(await moveRef(dir, ref, null, before))) throw invalid("Reference update failed");
    await afterRefUpdate(world, repo, { ref, before, after: null, by: actingAccount(world, c.get("actor")).login });
    return c.body(null, 204);
  });
}

/** Branches and tags as git refs. */
export function gitRefRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo/git";
  api.get(`${base}/ref/:ref{.+}`, (c) => getRef(c, world));
  api.get(`${base}/matching-refs/:ref{.+}`, async (c) => {
    const repo = repoFor(c, world, READ);
    const refs = await listRefs(repoDir(world, repo), `refs/${param(c, "ref")}`);
    return c.json(paged(c, world, refs, 100).map((ref) => serializeRef(world, repo, ref)));
  });
  api.post(`${base}/refs`, (c) => createRef(c, world));
  api.patch(`${base}/refs/:ref{.+}`, (c) => updateRef(c, world));
  api.delete(`${base}/refs/:ref{.+}`, (c) => deleteRef(c, world));
}
