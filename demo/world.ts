import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DemoGitHub, startDemoGitHub } from "./github/index.ts";
import { type DemoGlitchtip, startDemoGlitchtip } from "./glitchtip/index.ts";
import type { Log } from "./kit/serve.ts";
import { type DemoSentry, startDemoSentry } from "./sentry/index.ts";
import { applyEdits, type Bug, getBug } from "./shop/bugs/index.ts";
import { readShopFiles, shopEnvironment } from "./shop/index.ts";
import { startTraffic, type Traffic } from "./traffic.ts";
import { type DemoVercel, startDemoVercel } from "./vercel/index.ts";

export const OWNER = "pine-and-co";
export const NAME = "shop";
export const REPOSITORY = `${OWNER}/${NAME}`;
export const MAINTAINER = "ada-maintainer";
/** Another App that reviews pull requests. */
export const REVIEW_BOT = "strict-reviewer";
export const ORG = "pine-and-co";
const PROJECT = "shop";
const APP_ID = 4711;

/** Ports and secrets of a world, made once and kept in its folder: a restarted world is the same one. */
interface Identity {
  webhookSecret: string;
  sentryClientSecret: string;
  sentryToken: string;
  glitchtipToken: string;
  glitchtipWebhookToken: string;
  vercelToken: string;
  vercelWebhookSecret: string;
  runnerToken: string;
  adminToken: string;
  cronSecret: string;
  encryptionKey: string;
}

/** What somebody pushes that they should not. */
export type Mistake = Pick<Bug, "author" | "change">;

export interface World {
  dir: string;
  github: DemoGitHub;
  sentry: DemoSentry;
  /** Where the shop reports its errors instead of Sentry; null where it reports to Sentry. */
  glitchtip: DemoGlitchtip | null;
  vercel: DemoVercel;
  traffic: Traffic;
  identity: Identity;
  /** Settings with which a control plane watches this world. */
  environment(publicUrl: string): Record<string, string>;
  /** A person pushes a mistake to the default branch, and Vercel deploys it. Answers its commit. */
  breakShop(mistake: Mistake): Promise<string>;
  /** Tells every provider where the control plane listens. */
  setControlPlane(url: string | null): void;
  /** From now on no provider's webhook gets through. */
  loseWebhooks(): void;
  close(): Promise<void>;
}

/** Alerts of one issue come no closer together than this. */
const ALERT_EVERY_MS = 2_000;
const TRAFFIC_PER_SECOND = 14;
/** A shop in its season: many coupons, many of them old ones. */
const SEASON = { browse: 20, search: 15, checkout: 35, orders: 25, stock: 5, unusualShare: 0.4 };
const PUSH_POLL_MS = 250;

/** Windows are short by configuration: the same rules judge, over a production that fails many times a minute. */
export const DEMO_POLICY = {
  repair: {
    ...{ leaseSeconds: 8, claimMinutes: 3, pullRequestPollMinutes: 0.05, totalMinutes: 3, idleMinutes: 1 },
    feedback: { bots: [REVIEW_BOT], settleSeconds: 1, checksMinutes: 0.5 },
  },
  recovery: {
    deploymentPollMinutes: 0.05,
    ingestLagSeconds: 2,
    verdict: { minWatchMinutes: 0.1, longestWatchHours: 0.5 },
  },
  review: { settleSeconds: 1, noChecksSeconds: 3, checksMinutes: 1 },
  storm: { causeGraceSeconds: 15 },
  jobs: { retryScale: 0.02, leaseSeconds: 6 },
  performance: { windowHours: 0.25 },
};

function readIdentity(dir: string): Identity {
  const file = join(dir, "identity.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Identity;
  const secret = () => randomBytes(24).toString("hex");
  const identity: Identity = {
    webhookSecret: secret(),
    sentryClientSecret: secret(),
    sentryToken: secret(),
    glitchtipToken: secret(),
    glitchtipWebhookToken: secret(),
    vercelToken: secret(),
    vercelWebhookSecret: secret(),
    runnerToken: secret(),
    adminToken: secret(),
    cronSecret: secret(),
    encryptionKey: secret(),
  };
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, JSON.stringify(identity), { mode: 0o600 });
  return identity;
}

/** Starts GitHub, Sentry, Vercel, the shop and its customers. Resolves when production serves the healthy shop. */
export async function startWorld(options: {
  dir: string;
  log: Log;
  hasTraffic?: boolean;
  alertEveryMs?: number;
  /** The error tracker that the shop reports to. */
  tracker?: "sentry" | "glitchtip";
  /** Whether the shop reports how long its requests take, too. */
  hasTracing?: boolean;
}): Promise<World> {
  const { dir, log } = options;
  const identity = readIdentity(dir);
  const github = await startDemoGitHub({
    dir: join(dir, "github"),
    app: { id: APP_ID, slug: "patchpilot-demo", webhookSecret: identity.webhookSecret, webhookUrl: null },
    log,
  });
  await github.createRepository({ owner: OWNER, name: NAME });
  github.addUser({ login: MAINTAINER, permission: "admin" });
  await github.seed(REPOSITORY, readShopFiles(), "feat: the shop");
  const sentry = await startDemoSentry({
    dir: join(dir, "sentry"),
    org: ORG,
    project: PROJECT,
    orgAuthToken: identity.sentryToken,
    clientSecret: identity.sentryClientSecret,
    webhookUrl: null,
    alertRule: { name: "Errors in production", everyMs: options.alertEveryMs ?? ALERT_EVERY_MS },
    log,
  });
  const glitchtip = options.tracker === "glitchtip" ? await startGlitchtip(dir, identity, log) : null;
  const vercel = await startDemoVercel({
    dir: join(dir, "vercel"),
    token: identity.vercelToken,
    teamId: "team_pine",
    projectId: "prj_shop",
    projectName: NAME,
    webhookSecret: identity.vercelWebhookSecret,
    webhookUrl: null,
    repository: { owner: OWNER, name: NAME, cloneUrl: `${github.url}/${REPOSITORY}.git`, defaultBranch: "main" },
    productionPort: 0,
    healthPath: "/healthz",
    env: (deployment) =>
      shopEnvironment({
        dsn: (glitchtip ?? sentry).dsn,
        release: deployment.sha,
        ...(options.hasTracing && { tracesSampleRate: 1 }),
      }),
    log,
  });
  const pushes = followPushes(
    github,
    vercel,
    glitchtip === null ? (commits) => tellRelease(sentry, identity, commits) : null,
  );
  await pushes.now();
  await vercel.idle();
  const rate = options.hasTraffic === false ? null : TRAFFIC_PER_SECOND;
  const traffic = startTraffic({
    url: vercel.productionUrl,
    requestsPerSecond: rate ?? 0.001,
    mix: SEASON,
    seed: 7,
    log,
  });
  return {
    dir,
    github,
    sentry,
    glitchtip,
    vercel,
    traffic,
    identity,
    environment: (publicUrl) => environmentOf({ github, sentry, glitchtip, vercel, identity, publicUrl }),
    async breakShop(mistake) {
      const sha = await pushMistake(github, mistake);
      await pushes.now();
      return sha;
    },
    setControlPlane(url) {
      sentry.setWebhookUrl(url && `${url}/api/webhooks/sentry`);
      glitchtip?.setWebhookUrl(url && `${url}/api/webhooks/glitchtip/${identity.glitchtipWebhookToken}`);
      github.setWebhookUrl(url && `${url}/api/webhooks/github`);
      vercel.setWebhookUrl(url && `${url}/api/webhooks/vercel`);
    },
    loseWebhooks() {
      for (const provider of [sentry, glitchtip, github, vercel]) provider?.dropWebhooks(true);
    },
    async close() {
      pushes.stop();
      await traffic.stop();
      await vercel.close();
      await sentry.close();
      await glitchtip?.close();
      await github.close();
    },
  };
}

function startGlitchtip(dir: string, identity: Identity, log: Log): Promise<DemoGlitchtip> {
  return startDemoGlitchtip({
    dir: join(dir, "glitchtip"),
    org: ORG,
    project: PROJECT,
    authToken: identity.glitchtipToken,
    webhookUrl: null,
    alert: { quantity: 1, timespanMinutes: 1, everyMs: ALERT_EVERY_MS },
    dialect: "newer",
    log,
  });
}

type Commit = Awaited<ReturnType<DemoGitHub["commits"]>>[number];

/** Vercel's Git integration: every new head of the default branch is deployed to production, and its release made known. */
function followPushes(github: DemoGitHub, vercel: DemoVercel, tell: ((commits: Commit[]) => Promise<void>) | null) {
  let isLooking: Promise<void> | null = null;
  let told: string | null = null;
  const look = async () => {
    const commits = await github.commits();
    const [head] = commits;
    if (!head) return;
    if (head.sha !== told) {
      const before = commits.findIndex((commit) => commit.sha === told);
      await tell?.(before < 0 ? [head] : commits.slice(0, before));
      told = head.sha;
    }
    vercel.onPush({
      sha: head.sha,
      ref: "refs/heads/main",
      message: head.message,
      authorLogin: head.author.name,
      verified: true,
    });
  };
  const now = async () => {
    await isLooking;
    isLooking = look().finally(() => {
      isLooking = null;
    });
    await isLooking;
  };
  const timer = setInterval(() => {
    if (isLooking === null) now().catch(() => {});
  }, PUSH_POLL_MS);
  return { now, stop: () => clearInterval(timer) };
}

/** What a build tells Sentry with `sentry-cli releases set-commits`: the release is the newest of these commits. */
async function tellRelease(sentry: DemoSentry, identity: Identity, commits: Commit[]): Promise<void> {
  const release = {
    version: commits[0]?.sha,
    projects: [PROJECT],
    commits: commits.map(({ sha, message, author }) => ({
      id: sha,
      message,
      author_name: author.name,
      author_email: author.email,
      repository: REPOSITORY,
      timestamp: author.date,
    })),
  };
  const answer = await fetch(`${sentry.url}/api/0/organizations/${ORG}/releases/`, {
    method: "POST",
    headers: { authorization: `Bearer ${identity.sentryToken}`, "content-type": "application/json" },
    body: JSON.stringify(release),
  });
  if (!answer.ok) throw new Error(`Sentry took no release: ${answer.status} ${await answer.text()}`);
}

async function pushMistake(github: DemoGitHub, { author, change }: Mistake): Promise<string> {
  github.addUser({ login: author.login, permission: "write" });
  const files = await readHead(github);
  const changed = applyEdits(change.edits, (path) => files[path] ?? null);
  return github.person(author.login).push(changed, change.message);
}

/** The shop's files at the head of the default branch, by the API that any person has. */
async function readHead(github: DemoGitHub): Promise<Record<string, string>> {
  const { token } = github.person(MAINTAINER);
  const files: Record<string, string> = {};
  for (const path of Object.keys(readShopFiles())) {
    const answer = await fetch(`${github.url}/repos/${REPOSITORY}/contents/${path}`, {
      headers: { authorization: `token ${token}`, accept: "application/vnd.github.raw+json" },
    });
    if (answer.ok) files[path] = await answer.text();
  }
  return files;
}

function environmentOf(input: {
  github: DemoGitHub;
  sentry: DemoSentry;
  glitchtip: DemoGlitchtip | null;
  vercel: DemoVercel;
  identity: Identity;
  publicUrl: string;
}): Record<string, string> {
  const { github, sentry, glitchtip, vercel, identity } = input;
  return {
    PUBLIC_URL: input.publicUrl,
    CRON_SECRET: identity.cronSecret,
    ADMIN_TOKEN: identity.adminToken,
    RUNNER_TOKEN: identity.runnerToken,
    ENCRYPTION_KEY: identity.encryptionKey,
    ...(glitchtip === null ? sentrySettings(sentry, identity) : glitchtipSettings(glitchtip, identity)),
    GITHUB_API_URL: github.url,
    GITHUB_APP_ID: String(APP_ID),
    GITHUB_APP_PRIVATE_KEY: github.privateKeyPem,
    GITHUB_WEBHOOK_SECRET: identity.webhookSecret,
    GITHUB_REPOSITORY: REPOSITORY,
    VERCEL_API_URL: vercel.url,
    VERCEL_TOKEN: identity.vercelToken,
    VERCEL_TEAM_ID: "team_pine",
    VERCEL_PROJECT_ID: "prj_shop",
    VERCEL_WEBHOOK_SECRET: identity.vercelWebhookSecret,
    TARGET_URL: vercel.productionUrl,
    TARGET_HEALTH_PATH: "/healthz",
    WORKER_PROFILE: "custom",
    STAGE: "repair",
    DRY_RUN: "false",
    POLICY: JSON.stringify(DEMO_POLICY),
  };
}

function sentrySettings(sentry: DemoSentry, identity: Identity): Record<string, string> {
  return {
    SENTRY_URL: sentry.url,
    SENTRY_AUTH_TOKEN: identity.sentryToken,
    SENTRY_ORG: ORG,
    SENTRY_PROJECT: PROJECT,
    SENTRY_CLIENT_SECRET: identity.sentryClientSecret,
  };
}

function glitchtipSettings(glitchtip: DemoGlitchtip, identity: Identity): Record<string, string> {
  return {
    GLITCHTIP_URL: glitchtip.url,
    GLITCHTIP_AUTH_TOKEN: identity.glitchtipToken,
    GLITCHTIP_PROJECT: PROJECT,
    GLITCHTIP_WEBHOOK_TOKEN: identity.glitchtipWebhookToken,
  };
}

export { getBug };
