import { generateKeyPairSync } from "node:crypto";
import { Hono } from "hono";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { createGitHub, type GitHub, type GitHubConfig } from "../../lib/adapters/github/index.ts";

/** The answers that no emulator gives: each test scripts its own on top of a working App and installation. */
export interface ScriptedGitHub {
  app: Hono;
  url: string;
  /** `METHOD /path` of every request, in order. */
  calls: string[];
  bodies: unknown[];
  /** Installation tokens handed out so far; the last one is valid. */
  tokens: string[];
  tokenRequests: unknown[];
  now: { at: Date };
  create(more?: Partial<GitHubConfig>): GitHub;
  close(): Promise<void>;
}

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

export const SHOP = "/repos/acme/shop";

/** Routes below SHOP answer only to the newest token, as after a revocation of the others. */
export async function openScriptedGitHub(): Promise<ScriptedGitHub> {
  const app = new Hono();
  const now = { at: new Date("2026-10-06T12:00:00Z") };
  const calls: string[] = [];
  const bodies: unknown[] = [];
  const tokens: string[] = [];
  const tokenRequests: unknown[] = [];
  app.use(async (c, next) => {
    calls.push(`${c.req.method} ${c.req.path}`);
    const text = c.req.method === "GET" ? "" : await c.req.raw.clone().text();
    if (text !== "") bodies.push(JSON.parse(text));
    await next();
  });
  app.get(`${SHOP}/installation`, (c) => c.json({ id: 100 }));
  app.get("/app", (c) => c.json({ id: 12345, slug: "patchpilot" }));
  app.post("/app/installations/100/access_tokens", async (c) => {
    tokenRequests.push(await c.req.json());
    tokens.push(`ghs_12345_${tokens.length + 1}`);
    const expires_at = new Date(now.at.getTime() + 3_600_000).toISOString();
    return c.json({ token: tokens.at(-1), expires_at }, 201);
  });
  app.use(`${SHOP}/*`, async (c, next) => {
    if (c.req.header("authorization") !== `token ${tokens.at(-1)}`) return c.json({ message: "Bad credentials" }, 401);
    return next();
  });
  const served: Served = await serveApp(app);
  const config: GitHubConfig = {
    apiUrl: `${served.url}/`,
    appId: "12345",
    privateKey,
    installationId: null,
    repository: "acme/shop",
    markerKey: "marker-key",
    clock: { now: () => now.at },
    timeoutMs: 1_000,
  };
  return {
    app,
    url: served.url,
    calls,
    bodies,
    tokens,
    tokenRequests,
    now,
    create: (more) => createGitHub({ ...config, ...more }),
    close: () => served.close(),
  };
}
