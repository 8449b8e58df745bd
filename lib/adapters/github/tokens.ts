import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import { nullWhenMissing } from "../http.ts";
import { createMemoryCache, type TokenCache } from "../kv/cache.ts";
import { type GitHubConfig, splitRepository } from "./config.ts";

/** A call as the App itself (JWT). */
export type AppCall = <T>(route: string, parameters: Record<string, unknown>, schema: z.ZodType<T>) => Promise<T>;

export interface Tokens {
  /** A token of the installation for this repository only. `isFresh`: it was minted by this very call. */
  get(): Promise<{ token: string; isFresh: boolean }>;
  /** Forgets the token, which GitHub no longer takes. */
  drop(): Promise<void>;
  /** A new token that can read this repository's contents and nothing else. Good for an hour, never cached. */
  mintReadOnly(): Promise<string>;
  /** The login under which GitHub shows what the App wrote. */
  botLogin(): Promise<string>;
}

const DAY_MS = 86_400_000;
/** A token that ends sooner is not handed out: a call may take this long. */
const MARGIN_MS = 60_000;

const tokenSchema = z.object({ token: z.string().min(1), expires_at: z.string() });
const heldSchema = z.object({ token: z.string(), endsAtMs: z.number() });
type Held = z.infer<typeof heldSchema>;

/** How long this process believes what it read from the shared cache; tokens say themselves when they end. */
const NEAR_MS = 600_000;

/** Memory first, so that a warm function asks its cache once and not once a call. */
function layered(near: TokenCache, far: TokenCache | undefined): TokenCache {
  return {
    async get(key) {
      const known = await near.get(key);
      if (known !== null) return known;
      const found = (await far?.get(key)) ?? null;
      if (found !== null) await near.set(key, found, NEAR_MS);
      return found;
    },
    async set(key, value, ttlMs) {
      await near.set(key, value, ttlMs);
      await far?.set(key, value, ttlMs);
    },
    async delete(key) {
      await near.delete(key);
      await far?.delete(key);
    },
  };
}

function readHeld(text: string | null): Held | null {
  if (text === null) return null;
  try {
    return heldSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A value that is looked up once a day. */
async function remembered(cache: TokenCache, key: string, look: () => Promise<string>): Promise<string> {
  const known = await cache.get(key);
  if (known !== null) return known;
  const value = await look();
  await cache.set(key, value, DAY_MS);
  return value;
}

/** Has a code of its own: a missing installation must not be taken for the missing thing that was asked for. */
function notInstalled(config: GitHubConfig, cause: AppError): AppError {
  return new AppError("app_not_installed", `the GitHub App is not installed on ${config.repository}`, {
    retry: "never",
    context: { ...cause.context, repository: config.repository },
    cause,
  });
}

type Mint = (permissions: Record<string, string> | null) => Promise<z.infer<typeof tokenSchema>>;

/** Makes tokens of the installation on `config.repository`, which is looked up and remembered unless it is configured. */
function createMint(config: GitHubConfig, callApp: AppCall, cache: TokenCache, key: string): Mint {
  const { owner, repo } = splitRepository(config.repository);
  const lookUp = async () => {
    const installation = z.object({ id: z.number() });
    return String((await callApp("GET /repos/{owner}/{repo}/installation", { owner, repo }, installation)).id);
  };
  return async (permissions) => {
    const attempt = async () => {
      const id = config.installationId ?? (await remembered(cache, key, lookUp));
      const route = "POST /app/installations/{installation_id}/access_tokens";
      const body = { repositories: [repo], ...(permissions ? { permissions } : {}) };
      return callApp(route, { installation_id: Number(id), ...body }, tokenSchema);
    };
    try {
      const isRemembered = config.installationId === null && (await cache.get(key)) !== null;
      if (!isRemembered) return await attempt();
      const token = await nullWhenMissing(attempt());
      if (token) return token;
      // An App that was removed and installed again has another installation id than the one we remember.
      await cache.delete(key);
      return await attempt();
    } catch (thrown) {
      throw thrown instanceof AppError && thrown.code === "provider_not_found" ? notInstalled(config, thrown) : thrown;
    }
  };
}

/** Installation tokens, kept until shortly before they end and shared through `config.cache`. */
export function createTokens(config: GitHubConfig, callApp: AppCall): Tokens {
  const cache = layered(createMemoryCache(config.clock, 100), config.cache);
  const scope = `github:${new URL(config.apiUrl).host}:${config.appId}`;
  const tokenKey = `${scope}:${config.installationId ?? "found"}:${config.repository}:token`;
  const mint = createMint(config, callApp, cache, `${scope}:${config.repository}:installation`);
  let pending: Promise<string> | null = null;

  const lookUpSlug = async () => (await callApp("GET /app", {}, z.object({ slug: z.string() }))).slug;
  const mintAndKeep = async () => {
    const { token, expires_at } = await mint(null);
    const endsAtMs = Date.parse(expires_at) - MARGIN_MS;
    const ttlMs = endsAtMs - config.clock.now().getTime();
    if (ttlMs > 0) await cache.set(tokenKey, JSON.stringify({ token, endsAtMs } satisfies Held), ttlMs);
    return token;
  };
  return {
    async get() {
      const held = readHeld(await cache.get(tokenKey));
      if (held && held.endsAtMs > config.clock.now().getTime()) return { token: held.token, isFresh: false };
      pending ??= mintAndKeep().finally(() => {
        pending = null;
      });
      return { token: await pending, isFresh: true };
    },
    drop: () => cache.delete(tokenKey),
    mintReadOnly: async () => (await mint({ contents: "read" })).token,
    botLogin: async () => `${config.appSlug ?? (await remembered(cache, `${scope}:slug`, lookUpSlug))}[bot]`,
  };
}
