import * as z from "zod";
import { actingAccount, repoFor } from "./auth.ts";
import { type Api, type Ctx, param } from "./context.ts";
import { GitHubError, notFound, validationFailed } from "./errors.ts";
import { findCommit, listRefs, readCommit, readRef } from "./git.ts";
import { paged, readBody } from "./http.ts";
import type { RepoRecord, StatusRecord } from "./records.ts";
import { serializeCommit, verificationOf } from "./serialize-git.ts";
import {
  apiUrl,
  htmlUrl,
  type Json,
  serializeAccount,
  serializeFullRepository,
  serializeRepository,
} from "./serialize-repository.ts";
import { emit } from "./webhooks.ts";
import { findAccount, fullName, hasRole, inRepo, now, repoDir, type World } from "./world.ts";

const CONTENTS = { area: "contents", level: "read" } as const;

const METADATA = { area: "metadata", level: "read" } as const;

const MAX_PAYLOAD_BYTES = 64 * 1024;

const Dispatch = z.object({ event_type: z.string(), client_payload: z.record(z.string(), z.unknown()).optional() });

const StatusBody = z.object({
  state: z.enum(["error", "failure", "pending", "success"]),
  context: z.string().optional(),
  description: z.string().nullable().optional(),
  target_url: z.string().nullable().optional(),
});

async function getBranch(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, CONTENTS);
  const name = param(c, "branch");
  const sha = await readRef(repoDir(world, repo), `refs/heads/${name}`);
  if (sha === null) throw new GitHubError(404, "Branch not found");
  const url = `${apiUrl(world, repo)}/branches/${encodeURIComponent(name)}`;
  return c.json({
    name,
    commit: serializeCommit(world, repo, await readCommit(repoDir(world, repo), sha)),
    _links: { self: url, html: `${htmlUrl(world, repo)}/tree/${name}` },
    protected: false,
    protection: { enabled: false, required_status_checks: { enforcement_level: "off", contexts: [], checks: [] } },
    protection_url: `${url}/protection`,
  });
}

async function listBranches(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, CONTENTS);
  const refs = await listRefs(repoDir(world, repo), "refs/heads/");
  const branches = refs.map(({ ref, sha }) => ({
    name: ref.slice("refs/heads/".length),
    commit: { sha, url: `${apiUrl(world, repo)}/commits/${sha}` },
    protected: false,
  }));
  return c.json(paged(c, world, branches));
}

function roleFields(repo: RepoRecord, world: World, login: string): Json {
  const account = findAccount(world, login);
  if (!account) throw notFound();
  const isOwner = login.toLowerCase() === repo.owner.toLowerCase();
  const role = isOwner ? "admin" : account.role === "none" && !repo.private ? "read" : account.role;
  const permission = role === "maintain" ? "write" : role === "triage" ? "read" : role;
  const may = (needed: "admin" | "maintain" | "write" | "triage" | "read") => hasRole({ ...account, role }, needed);
  const permissions = {
    admin: may("admin"),
    maintain: may("maintain"),
    push: may("write"),
    triage: may("triage"),
    pull: may("read"),
  };
  return { permission, role_name: role, user: { ...serializeAccount(world, account), permissions, role_name: role } };
}

/** POST /dispatches: 204 and nothing else; the event goes out as a webhook. */
async function dispatch(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: "contents", level: "write" });
  const size = Buffer.byteLength(await c.req.raw.clone().text());
  const { event_type, client_payload = {} } = await readBody(c, Dispatch);
  if (event_type === "" || event_type.length > 100)
    throw new GitHubError(422, "Invalid request.\n\nevent_type must be 1 to 100 characters.");
  if (Object.keys(client_payload).length > 10)
    throw new GitHubError(
      422,
      `No more than 10 properties are allowed; ${Object.keys(client_payload).length} were supplied.`,
    );
  if (size >= MAX_PAYLOAD_BYTES) throw new GitHubError(422, "client_payload is too large.");
  const sender = actingAccount(world, c.get("actor")).login;
  emit(world, {
    event: "repository_dispatch",
    action: event_type,
    repo,
    sender,
    payload: { branch: repo.defaultBranch, client_payload },
  });
  return c.body(null, 204);
}

async function createStatus(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: "statuses", level: "write" });
  const body = await readBody(c, StatusBody);
  const sha = await findCommit(repoDir(world, repo), param(c, "sha"));
  if (sha === null) throw new GitHubError(422, `No commit found for SHA: ${param(c, "sha")}`);
  if ((body.description ?? "").length > 140)
    throw validationFailed({
      resource: "Status",
      code: "custom",
      field: "description",
      message: "description is too long (maximum is 140 characters)",
    });
  const id = world.store.nextId();
  const record = world.store.statuses.put(id, {
    id,
    repoId: repo.id,
    sha,
    state: body.state,
    context: body.context ?? "default",
    description: body.description ?? null,
    targetUrl: body.target_url ?? null,
    creator: actingAccount(world, c.get("actor")).login,
    createdAt: now(),
  });
  await emitStatus(world, repo, record);
  return c.json(statusesOf(world, repo, sha)[0], 201);
}

/** Fires the event `status`. */
async function emitStatus(world: World, repo: RepoRecord, status: StatusRecord): Promise<void> {
  const { id, sha, state, description, context, creator, targetUrl: target_url, createdAt: created_at } = status;
  const dir = repoDir(world, repo);
  const heads = (await listRefs(dir, "refs/heads/")).filter((ref) => ref.sha === sha);
  const branches = heads.map(({ ref }) => ({
    name: ref.slice("refs/heads/".length),
    commit: { sha, url: `${apiUrl(world, repo)}/commits/${sha}` },
    protected: false,
  }));
  const gitCommit = await readCommit(dir, sha);
  // The schema of this event is older than the field.
  const { verified_at: _at, ...verification } = verificationOf(world, repo, gitCommit);
  const told = serializeCommit(world, repo, gitCommit);
  const commit = { ...told, commit: { ...Object(told.commit), verification } };
  const facts = { id, sha, name: fullName(repo), state, description, target_url, context, created_at };
  emit(world, {
    event: "status",
    action: null,
    repo,
    sender: creator,
    payload: { ...facts, updated_at: created_at, commit, branches },
  });
}

/** Statuses of a commit, newest first. */
function statusesOf(world: World, repo: RepoRecord, sha: string): Json[] {
  const found = world.store.statuses.where((status) => status.repoId === repo.id && status.sha === sha).reverse();
  return found.map((status) => {
    const creator = findAccount(world, status.creator);
    return {
      url: `${apiUrl(world, repo)}/statuses/${sha}`,
      avatar_url: creator ? serializeAccount(world, creator).avatar_url : null,
      id: status.id,
      node_id: `SC_${inRepo(repo, status.id)}`,
      state: status.state,
      description: status.description,
      target_url: status.targetUrl,
      context: status.context,
      created_at: status.createdAt,
      updated_at: status.createdAt,
      creator: creator ? serializeAccount(world, creator) : null,
    };
  });
}

/** The latest status of each context, and what they say together. */
async function combinedStatus(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: "statuses", level: "read" });
  const sha = await findCommit(repoDir(world, repo), param(c, "ref"));
  if (sha === null) throw notFound();
  const latest = new Map<unknown, Json>();
  for (const status of statusesOf(world, repo, sha))
    if (!latest.has(status.context)) latest.set(status.context, status);
  const statuses = [...latest.values()].map(({ creator: _creator, ...status }) => status);
  const states = statuses.map((status) => status.state);
  const isBad = states.includes("error") || states.includes("failure");
  const state = isBad ? "failure" : states.length === 0 || states.includes("pending") ? "pending" : "success";
  const url = `${apiUrl(world, repo)}/commits/${sha}`;
  return c.json({
    state,
    statuses,
    sha,
    total_count: statuses.length,
    repository: serializeRepository(world, repo),
    commit_url: url,
    url: `${url}/status`,
  });
}

/** The repository itself, branches, people's rights, dispatches and commit statuses. */
export function repositoryRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo";
  api.get(base, (c) => {
    const repo = repoFor(c, world, METADATA);
    const actor = c.get("actor");
    const account = actor.kind === "user" ? findAccount(world, actor.login) : null;
    const may = (role: "admin" | "maintain" | "write" | "triage" | "read") =>
      actor.kind === "installation" ? role === "read" : hasRole(account, role);
    const permissions = {
      admin: may("admin"),
      maintain: may("maintain"),
      push: may("write"),
      triage: may("triage"),
      pull: true,
    };
    return c.json({ ...serializeFullRepository(world, repo), permissions });
  });
  api.get(`${base}/branches`, (c) => listBranches(c, world));
  api.get(`${base}/branches/:branch{.+}`, (c) => getBranch(c, world));
  api.get(`${base}/collaborators/:login/permission`, (c) => {
    const repo = repoFor(c, world, METADATA);
    if (c.get("actor").kind === "anonymous") throw new GitHubError(401, "Requires authentication");
    return c.json(roleFields(repo, world, param(c, "login")));
  });
  api.post(`${base}/dispatches`, (c) => dispatch(c, world));
  api.post(`${base}/statuses/:sha`, (c) => createStatus(c, world));
  api.get(`${base}/commits/:ref{.+}/status`, (c) => combinedStatus(c, world));
  api.get(`${base}/commits/:ref{.+}/statuses`, async (c) => {
    const repo = repoFor(c, world, { area: "statuses", level: "read" });
    const sha = await findCommit(repoDir(world, repo), param(c, "ref"));
    if (sha === null) throw notFound();
    return c.json(paged(c, world, statusesOf(world, repo, sha)));
  });
}
