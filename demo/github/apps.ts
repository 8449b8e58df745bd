import { randomBytes } from "node:crypto";
import * as z from "zod";
import { assertApp, clientId } from "./auth.ts";
import { type Api, type Ctx, numberParam, param } from "./context.ts";
import { GitHubError, invalid, notFound } from "./errors.ts";
import { utc } from "./git.ts";
import { paged, readBody } from "./http.ts";
import { readRateLimit } from "./rate-limit.ts";
import type { Permissions, RepoRecord } from "./records.ts";
import { APP_EVENTS, serializeApp } from "./serialize-issue.ts";
import { type Json, serializeAccount, serializeRepository } from "./serialize-repository.ts";
import { botLogin, findAccount, findRepo, type World } from "./world.ts";

const TOKEN_LIFE_MS = 3_600_000;

const TokenBody = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number().int()).optional(),
  permissions: z.record(z.string(), z.enum(["read", "write"])).optional(),
});

/** The schema `installation`. */
export function serializeInstallation(world: World): Json {
  const owner = world.store.repos.all()[0]?.owner ?? "demo";
  const account = findAccount(world, owner);
  const id = world.appRecord.installationId;
  return {
    id,
    account: account ? serializeAccount(world, account) : null,
    repository_selection: world.store.repos.all().every((repo) => repo.installed) ? "all" : "selected",
    access_tokens_url: `${world.baseUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${world.baseUrl}/installation/repositories`,
    html_url: `${world.baseUrl}/settings/installations/${id}`,
    app_id: world.app.id,
    app_slug: world.app.slug,
    target_id: account?.id ?? 0,
    target_type: account?.type ?? "Organization",
    permissions: world.permissions,
    events: APP_EVENTS,
    created_at: world.appRecord.createdAt,
    updated_at: world.appRecord.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}

/** Tokens differ in length, since GitHub promises none (stateless tokens are being rolled out since April 2026). */
function makeToken(world: World): string {
  const isStateless = randomBytes(1).readUInt8() % 2 === 0;
  if (!isStateless) return `ghs_${randomBytes(27).toString("base64url").replace(/[-_]/g, "0")}`;
  return `ghs_${world.app.id}_${randomBytes(60 + (randomBytes(1).readUInt8() % 60)).toString("base64url")}`;
}

function chosenRepos(world: World, body: z.infer<typeof TokenBody>): RepoRecord[] | null {
  if (!body.repositories && !body.repository_ids) return null;
  const installed = world.store.repos.where((repo) => repo.installed);
  const find = (test: (repo: RepoRecord) => boolean) => {
    const repo = installed.find(test);
    if (!repo)
      throw invalid(
        "There is at least one repository that does not exist or is not accessible to the parent installation.",
      );
    return repo;
  };
  const byName = (body.repositories ?? []).map((name) =>
    find((repo) => repo.name.toLowerCase() === name.toLowerCase()),
  );
  const byId = (body.repository_ids ?? []).map((id) => find((repo) => repo.id === id));
  return [...byName, ...byId];
}

function grantedPermissions(world: World, asked: Permissions | undefined): Permissions {
  if (!asked) return world.permissions;
  for (const [area, level] of Object.entries(asked)) {
    const held = world.permissions[area];
    if (held === undefined || (level === "write" && held !== "write"))
      throw invalid("The permissions requested are not granted to this installation.");
  }
  return { metadata: "read", ...asked };
}

async function createToken(c: Ctx, world: World): Promise<Response> {
  assertApp(c);
  if (numberParam(c, "id") !== world.appRecord.installationId) throw notFound();
  const body = await readBody(c, TokenBody);
  const repos = chosenRepos(world, body);
  const permissions = grantedPermissions(world, body.permissions);
  const token = makeToken(world);
  const expiresAt = utc(new Date(Date.now() + TOKEN_LIFE_MS));
  const repoIds = repos?.map((repo) => repo.id) ?? null;
  world.store.tokens.put(token, {
    token,
    kind: "installation",
    login: botLogin(world),
    permissions,
    repoIds,
    expiresAt,
  });
  const selection = repos
    ? { repository_selection: "selected", repositories: repos.map((repo) => serializeRepository(world, repo)) }
    : { repository_selection: "all" };
  return c.json({ token, expires_at: expiresAt, permissions, ...selection }, 201);
}

function installationRepositories(c: Ctx, world: World): Response {
  const actor = c.get("actor");
  if (actor.kind !== "installation")
    throw new GitHubError(
      403,
      "You must authenticate with an installation access token in order to list repositories for an installation.",
    );
  const { repoIds } = actor.token;
  const repos = world.store.repos.where((repo) => repo.installed && (repoIds === null || repoIds.includes(repo.id)));
  const repositories = paged(c, world, repos).map((repo) => serializeRepository(world, repo));
  return c.json({
    total_count: repos.length,
    repository_selection: repoIds === null ? "all" : "selected",
    repositories,
  });
}

function repoInstallation(c: Ctx, world: World): Response {
  assertApp(c);
  const repo = findRepo(world, param(c, "owner"), param(c, "repo"));
  if (!repo?.installed) throw notFound();
  return c.json(serializeInstallation(world));
}

/** The App, its installation and tokens; rate limits. */
export function appRoutes(api: Api, world: World): void {
  const isThis = (c: Ctx) => numberParam(c, "id") === world.appRecord.installationId;
  api.get("/app", (c) => {
    assertApp(c);
    return c.json({ ...serializeApp(world), client_id: clientId(world), installations_count: 1 });
  });
  api.get("/app/installations", (c) => {
    assertApp(c);
    return c.json(paged(c, world, [serializeInstallation(world)]));
  });
  api.get("/app/installations/:id", (c) => {
    assertApp(c);
    if (!isThis(c)) throw notFound();
    return c.json(serializeInstallation(world));
  });
  api.post("/app/installations/:id/access_tokens", (c) => createToken(c, world));
  api.get("/repos/:owner/:repo/installation", (c) => repoInstallation(c, world));
  api.get("/installation/repositories", (c) => installationRepositories(c, world));
  api.get("/rate_limit", (c) => {
    const read = (resource: string) => readRateLimit(world, c.get("actor"), resource);
    return c.json({
      resources: { core: read("core"), search: read("search"), graphql: read("graphql") },
      rate: read("core"),
    });
  });
}
