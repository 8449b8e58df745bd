import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { DEFAULT_PERMISSIONS, emitPing, openWorld, resumeWorld } from "./boot.ts";
import { type CheckInput, checkByApp } from "./checks.ts";
import type { Api } from "./context.ts";
import { type GitCommit, listRefs, logCommits } from "./git.ts";
import { createPerson, type Person } from "./person.ts";
import type {
  CheckRunRecord,
  CommentRecord,
  DeliveryRecord,
  IssueRecord,
  Permissions,
  PullRecord,
  RepoRecord,
  ReviewCommentRecord,
  ReviewRecord,
  Role,
} from "./records.ts";
import { createRoutes } from "./routes.ts";
import { seedRepository } from "./seed.ts";
import { reviewCommentsOf } from "./serialize-pull.ts";
import { addApp, addUser, createRepository, type RepositoryInput } from "./setup.ts";
import { redeliver } from "./webhooks.ts";
import { type AppOptions, findAccount, fullName, getRepo, type RequestLine, repoDir, type World } from "./world.ts";

export type { CheckInput } from "./checks.ts";

export type { Person } from "./person.ts";

export type * from "./records.ts";

export type { RepositoryInput } from "./setup.ts";

export type { AppOptions, RequestLine } from "./world.ts";

export interface DemoGitHubOptions {
  /** Its state: bare repositories as OWNER/NAME.git and world.jsonl; a restart in the same folder remembers everything. */
  dir: string;
  /** default 0: any free port */
  port?: number;
  app: AppOptions;
  /** what the installation is granted; default: all that Patchpilot asks for */
  permissions?: Permissions;
  log?: (line: string) => void;
}

/** A running GitHub. Accessors take owner/name; without it they mean the first repository. */
export interface DemoGitHub {
  url: string;
  privateKeyPem: string;
  installationId: number;
  /** Makes a repository, or answers the one that is there. */
  createRepository(input: RepositoryInput): Promise<RepoRecord>;
  /** Makes a folder or files the first commit of an empty repository; one with commits stays as it is. Fires no webhook. */
  seed(repo: string, source: string | Record<string, string>, message: string): Promise<string>;
  /** Answers the person's token, the same one each time. */
  addUser(input: { login: string; permission: Role }): string;
  /** Another App's bot, `slug[bot]`; it acts as a person does, by `person`. */
  addApp(slug: string): string;
  /** What another App's check says of a commit; the same name again brings the check on. Answers its id. */
  check(slug: string, input: CheckInput, repo?: string): Promise<number>;
  person(login: string, repo?: string): Person;
  /** newest last */
  deliveries(): DeliveryRecord[];
  redeliver(id: number): void;
  /** While true every webhook fails as if the receiver were away. */
  dropWebhooks(isDropping: boolean): void;
  setWebhookUrl(url: string | null): void;
  /** Resolves when no webhook is under way. */
  settled(): Promise<void>;
  requests(): RequestLine[];
  issues(repo?: string): IssueRecord[];
  pulls(repo?: string): PullRecord[];
  comments(number: number, repo?: string): CommentRecord[];
  reviewComments(number: number, repo?: string): ReviewCommentRecord[];
  /** Sent and unsent ones, and the one behind every reply. */
  reviews(number: number, repo?: string): ReviewRecord[];
  checkRuns(sha: string): CheckRunRecord[];
  branches(repo?: string): Promise<{ name: string; sha: string }[]>;
  /** newest first; of the default branch unless another is named */
  commits(branch?: string, repo?: string): Promise<GitCommit[]>;
  close(): Promise<void>;
}

function listen(api: Api, port: number): Promise<{ url: string; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: api.fetch, port, hostname: "127.0.0.1" }, (info: AddressInfo) => {
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done());
          if ("closeAllConnections" in server) server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${info.port}`, close });
    });
    server.once("error", reject);
  });
}

/** What tests and the demo read, straight from the records. */
function accessorsOf(
  world: World,
): Pick<
  DemoGitHub,
  "issues" | "pulls" | "comments" | "reviewComments" | "reviews" | "checkRuns" | "branches" | "commits"
> {
  const { store } = world;
  const named = (name?: string): RepoRecord => {
    const repo = name === undefined ? store.repos.all()[0] : getRepo(world, name);
    if (!repo) throw new Error("the demo GitHub has no repository yet");
    return repo;
  };
  const prefix = "refs/heads/";
  return {
    issues: (name) => store.issues.where((one) => one.repoId === named(name).id && !one.isPull),
    pulls: (name) => store.pulls.where((one) => one.repoId === named(name).id),
    comments: (number, name) => store.comments.where((one) => one.repoId === named(name).id && one.number === number),
    reviewComments: (number, name) => reviewCommentsOf(world, named(name), number),
    reviews: (number, name) => store.reviews.where((one) => one.repoId === named(name).id && one.number === number),
    checkRuns: (sha) => store.checkRuns.where((run) => run.headSha === sha),
    branches: async (name) =>
      (await listRefs(repoDir(world, named(name)), prefix)).map(({ ref, sha }) => ({
        name: ref.slice(prefix.length),
        sha,
      })),
    commits: (branch, name) =>
      logCommits(repoDir(world, named(name)), [`${prefix}${branch ?? named(name).defaultBranch}`]),
  };
}

/** What the demo and the tests do from outside: people, and the webhooks' fate. */
function controlsOf(
  world: World,
): Pick<DemoGitHub, "person" | "deliveries" | "redeliver" | "dropWebhooks" | "setWebhookUrl" | "settled"> {
  return {
    person: (login, repo) => {
      const account = findAccount(world, login);
      const name = repo ?? world.store.repos.all().map(fullName)[0];
      if (!account || name === undefined)
        throw new Error(`the demo GitHub has no ${account ? "repository" : `user ${login}`}`);
      return createPerson(world, account.login, addUser(world, account.login, account.role), name);
    },
    deliveries: () => world.store.deliveries.all(),
    redeliver: (id) => {
      const delivery = world.store.deliveries.get(id);
      if (!delivery) throw new Error(`the demo GitHub has no delivery ${id}`);
      redeliver(world, delivery);
    },
    dropWebhooks: (isDropping) => {
      world.isDroppingWebhooks = isDropping;
    },
    setWebhookUrl: (url) => {
      world.app.webhookUrl = url;
    },
    settled: async () => {
      while (world.inFlight.size > 0) await Promise.all(world.inFlight);
    },
  };
}

/** Starts a GitHub on 127.0.0.1 that remembers, over real bare git repositories. Throws when git is missing or too old. */
export async function startDemoGitHub(options: DemoGitHubOptions): Promise<DemoGitHub> {
  const permissions = options.permissions ?? DEFAULT_PERMISSIONS;
  const world = await openWorld(options.dir, options.app, permissions, options.log ?? (() => {}));
  const isFirstStart = world.store.deliveries.all().length === 0 && world.store.repos.all().length === 0;
  const server = await listen(createRoutes(world), options.port ?? 0);
  world.baseUrl = server.url;
  await resumeWorld(world);
  if (isFirstStart) emitPing(world);
  const controls = controlsOf(world);
  return {
    url: server.url,
    privateKeyPem: world.appRecord.privateKeyPem,
    installationId: world.appRecord.installationId,
    createRepository: (input) => createRepository(world, input),
    seed: (repo, source, message) => seedRepository(world, getRepo(world, repo), source, message),
    addUser: ({ login, permission }) => addUser(world, login, permission),
    addApp: (slug) => addApp(world, slug),
    check: async (slug, input, name) => {
      const repo = name === undefined ? world.store.repos.all()[0] : getRepo(world, name);
      if (!repo) throw new Error("the demo GitHub has no repository yet");
      addApp(world, slug);
      return checkByApp(world, repo, slug, input);
    },
    requests: () => [...world.requests],
    ...controls,
    ...accessorsOf(world),
    close: async () => {
      world.closing.abort();
      await server.close();
      await controls.settled();
      world.store.close();
    },
  };
}
