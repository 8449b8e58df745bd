import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { git } from "./git.ts";
import { resumeMerges } from "./merges.ts";
import type { AppRecord, Permissions } from "./records.ts";
import { openStore, type Store } from "./store.ts";
import { emit, resumeDeliveries } from "./webhooks.ts";
import { type AppOptions, botLogin, createLocks, ensureAccount, now, type World } from "./world.ts";

/** What the demo's App is installed with; `metadata` always comes along. */
export const DEFAULT_PERMISSIONS: Permissions = {
  metadata: "read",
  contents: "write",
  issues: "write",
  pull_requests: "write",
  checks: "write",
  statuses: "write",
  deployments: "read",
};

/** The first git whose `merge-tree --write-tree` merges without a working tree. */
const MIN_GIT = [2, 38];

async function assertGit(dir: string): Promise<void> {
  const version = await git(dir, ["--version"]);
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version)?.slice(1) ?? []).map(Number);
  if (major < (MIN_GIT[0] ?? 0) || (major === MIN_GIT[0] && minor < (MIN_GIT[1] ?? 0)))
    throw new Error(`the demo GitHub needs git ${MIN_GIT.join(".")} or newer, found ${version.trim()}`);
}

function ensureApp(store: Store, app: AppOptions): AppRecord {
  const existing = store.app.get("app");
  const privateKeyPem =
    app.privateKeyPem ??
    existing?.privateKeyPem ??
    generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    }).privateKey;
  if (existing)
    return existing.privateKeyPem === privateKeyPem ? existing : store.app.put("app", { ...existing, privateKeyPem });
  const record = { privateKeyPem, installationId: store.nextId(), hookId: store.nextId(), botId: 0, createdAt: now() };
  return store.app.put("app", record);
}

/** The world of a folder, as it was left; `baseUrl` is set once the server listens. */
export async function openWorld(
  dir: string,
  app: AppOptions,
  permissions: Permissions,
  log: (line: string) => void,
): Promise<World> {
  await mkdir(dir, { recursive: true });
  await assertGit(dir);
  const store = openStore(dir);
  const appRecord = ensureApp(store, app);
  const world: World = {
    dir,
    store,
    app: { ...app },
    appRecord,
    publicKey: createPublicKey(appRecord.privateKeyPem),
    permissions: { metadata: "read", ...permissions },
    baseUrl: "",
    requests: [],
    isDroppingWebhooks: false,
    inFlight: new Set(),
    closing: new AbortController(),
    log,
    locked: createLocks(),
  };
  const bot = ensureAccount(world, botLogin(world), "Bot", "none");
  if (appRecord.botId !== bot.id) world.appRecord = store.app.put("app", { ...appRecord, botId: bot.id });
  return world;
}

/** What a killed process left half done: merges, and webhooks recorded but not answered. */
export async function resumeWorld(world: World): Promise<void> {
  await resumeMerges(world);
  resumeDeliveries(world);
}

/** GitHub's first webhook, when the App gets its URL. */
export function emitPing(world: World): void {
  const url = world.app.webhookUrl;
  if (url === null) return;
  const { hookId, createdAt } = world.appRecord;
  const hook = {
    type: "App",
    id: hookId,
    name: "web",
    active: true,
    events: ["*"],
    config: { content_type: "json", insecure_ssl: "0", secret: "********", url },
    updated_at: createdAt,
    created_at: createdAt,
    app_id: world.app.id,
    url: `${world.baseUrl}/app/hook/config`,
    ping_url: `${world.baseUrl}/app/hook/pings`,
    deliveries_url: `${world.baseUrl}/app/hook/deliveries`,
  };
  emit(world, {
    event: "ping",
    action: null,
    repo: null,
    sender: botLogin(world),
    payload: { zen: "Keep it logically awesome.", hook_id: hookId, hook },
  });
}
