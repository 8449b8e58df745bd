import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { utc } from "./git.ts";
import type { AccountRecord, AppRecord, IssueRecord, Permissions, PullRecord, RepoRecord, Role } from "./records.ts";
import type { Store } from "./store.ts";

export interface RequestLine {
  method: string;
  path: string;
  status: number;
  /** "anonymous", "app", "installation" or "user:LOGIN" */
  auth: string;
}

export interface AppOptions {
  id: number;
  slug: string;
  privateKeyPem?: string;
  webhookSecret: string;
  webhookUrl: string | null;
}

/** Everything that the areas of this GitHub share. */
export interface World {
  dir: string;
  store: Store;
  app: AppOptions;
  appRecord: AppRecord;
  publicKey: KeyObject;
  /** what the installation was granted */
  permissions: Permissions;
  /** http://127.0.0.1:PORT, of pages and API alike */
  baseUrl: string;
  requests: RequestLine[];
  isDroppingWebhooks: boolean;
  /** webhook attempts under way */
  inFlight: Set<Promise<void>>;
  /** aborted when the world ends: attempts under way stay pending and go out after the next start */
  closing: AbortController;
  log: (line: string) => void;
  /** Runs changes of one repository one after the other. */
  locked<T>(repo: RepoRecord, work: () => Promise<T>): Promise<T>;
}

export const now = (): string => utc(new Date());

export const botLogin = (world: World): string => `${world.app.slug}[bot]`;

export const fullName = (repo: RepoRecord): string => `${repo.owner}/${repo.name}`;

export const repoDir = (world: World, repo: RepoRecord): string => join(world.dir, repo.owner, `${repo.name}.git`);

export const inRepo = (repo: RepoRecord, key: number | string): string => `${repo.id}/${key}`;

/** A repository by its name, whatever the letters' case. */
export function findRepo(world: World, owner: string, name: string): RepoRecord | null {
  const wanted = `${owner}/${name}`.toLowerCase();
  return world.store.repos.all().find((repo) => fullName(repo).toLowerCase() === wanted) ?? null;
}

/** A repository by owner/name. Throws when there is none. */
export function getRepo(world: World, name: string): RepoRecord {
  const [owner = "", short = ""] = name.split("/");
  const repo = findRepo(world, owner, short);
  if (!repo) throw new Error(`the demo GitHub has no repository ${name}`);
  return repo;
}

export function findAccount(world: World, login: string): AccountRecord | null {
  return world.store.accounts.get(login.toLowerCase()) ?? null;
}

/** An account by login. Throws when there is none. */
export function getAccount(world: World, login: string): AccountRecord {
  const account = findAccount(world, login);
  if (!account) throw new Error(`the demo GitHub has no account ${login}`);
  return account;
}

export function ensureAccount(world: World, login: string, type: AccountRecord["type"], role: Role): AccountRecord {
  const existing = findAccount(world, login);
  if (existing && existing.role === role) return existing;
  const account = { id: existing?.id ?? world.store.nextId(), login, type, role };
  return world.store.accounts.put(login.toLowerCase(), account);
}

export function findIssue(world: World, repo: RepoRecord, number: number): IssueRecord | null {
  return world.store.issues.get(inRepo(repo, number)) ?? null;
}

export function findPull(world: World, repo: RepoRecord, number: number): PullRecord | null {
  return world.store.pulls.get(inRepo(repo, number)) ?? null;
}

export function putIssue(world: World, repo: RepoRecord, issue: IssueRecord): IssueRecord {
  return world.store.issues.put(inRepo(repo, issue.number), issue);
}

export function putPull(world: World, repo: RepoRecord, pull: PullRecord): PullRecord {
  return world.store.pulls.put(inRepo(repo, pull.number), pull);
}

/** The next number of issues and pull requests, which share one count. */
export function takeNumber(world: World, repo: RepoRecord): number {
  const current = world.store.repos.get(repo.id) ?? repo;
  world.store.repos.put(repo.id, { ...current, nextNumber: current.nextNumber + 1 });
  return current.nextNumber;
}

export function openPulls(world: World, repo: RepoRecord): PullRecord[] {
  return world.store.pulls.where(
    (pull) => pull.repoId === repo.id && findIssue(world, repo, pull.number)?.state === "open",
  );
}

const RANK: Role[] = ["none", "read", "triage", "write", "maintain", "admin"];

export function hasRole(account: AccountRecord | null, role: Role): boolean {
  return RANK.indexOf(account?.role ?? "none") >= RANK.indexOf(role);
}

/** A mutual exclusion by key: each piece of work waits for the one before it, whether that failed or not. */
export function createLocks(): World["locked"] {
  const tails = new Map<number, Promise<unknown>>();
  return (repo, work) => {
    const tail = tails.get(repo.id) ?? Promise.resolve();
    const next = tail.then(work, work);
    tails.set(repo.id, next);
    return next;
  };
}

const MAX_REQUEST_LINES = 10_000;

export function noteRequest(world: World, line: RequestLine): void {
  world.requests.push(line);
  if (world.requests.length > MAX_REQUEST_LINES) world.requests.shift();
}
