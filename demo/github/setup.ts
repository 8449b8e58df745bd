import { randomBytes } from "node:crypto";
import { serializeInstallation } from "./apps.ts";
import { initBare } from "./git-write.ts";
import { nodeId } from "./node-ids.ts";
import type { RepoRecord, Role } from "./records.ts";
import { emit } from "./webhooks.ts";
import { ensureAccount, findAccount, findRepo, fullName, now, repoDir, type World } from "./world.ts";

export interface RepositoryInput {
  owner: string;
  name: string;
  private?: boolean;
  /** false: drafts are refused, as in private repositories of free plans */
  allowsDrafts?: boolean;
  defaultBranch?: string;
  /** false: the App's installation does not include it */
  installed?: boolean;
}

function announceInstallation(world: World, repo: RepoRecord): void {
  if (!repo.installed || world.store.repos.where((one) => one.installed).length > 1) return;
  const { id, name, private: isPrivate } = repo;
  const repositories = [{ id, node_id: nodeId("R", id), name, full_name: fullName(repo), private: isPrivate }];
  const payload = { installation: serializeInstallation(world), repositories };
  emit(world, { event: "installation", action: "created", repo: null, sender: repo.owner, payload });
}

/** Makes a repository, or answers the one that is there. The first one of the App fires installation.created. */
export async function createRepository(world: World, input: RepositoryInput): Promise<RepoRecord> {
  const existing = findRepo(world, input.owner, input.name);
  if (existing) return existing;
  if (![input.owner, input.name].every((part) => /^[A-Za-z0-9_][\w.-]*$/.test(part)))
    throw new Error(`not a repository name: ${input.owner}/${input.name}`);
  if (!findAccount(world, input.owner)) ensureAccount(world, input.owner, "Organization", "admin");
  const { owner, name, defaultBranch = "main" } = input;
  const settings = {
    private: input.private ?? false,
    allowsDrafts: input.allowsDrafts ?? true,
    installed: input.installed ?? true,
  };
  const repo = {
    id: world.store.nextId(),
    owner,
    name,
    ...settings,
    defaultBranch,
    createdAt: now(),
    pushedAt: now(),
    nextNumber: 1,
  };
  await initBare(repoDir(world, repo), defaultBranch);
  world.store.repos.put(repo.id, repo);
  announceInstallation(world, repo);
  return repo;
}

/** A person with this role everywhere, and the token that is always the same. */
export function addUser(world: World, login: string, permission: Role): string {
  ensureAccount(world, login, "User", permission);
  const existing = world.store.tokens.where((token) => token.kind === "user" && token.login === login)[0];
  if (existing) return existing.token;
  const token = `ghp_${randomBytes(27).toString("hex").slice(0, 36)}`;
  world.store.tokens.put(token, { token, kind: "user", login, permissions: {}, repoIds: null, expiresAt: null });
  return token;
}

/**
 * Another App that is installed here, as far as one sees of it: its bot, who writes issues. Answers the bot's token.
 * What it writes names no App in `performed_via_github_app`, which here is our own App's alone.
 */
export function addApp(world: World, slug: string): string {
  const login = `${slug}[bot]`;
  ensureAccount(world, login, "Bot", "write");
  return addUser(world, login, "write");
}
