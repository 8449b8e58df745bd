import type { Actor } from "./context.ts";
import { GitHubError } from "./errors.ts";
import type { World } from "./world.ts";

/** Points an hour for each kind of caller; an installation's is GitHub's smallest. */
const LIMITS: Record<Actor["kind"], number> = { anonymous: 60, app: 5000, installation: 5000, user: 5000 };

const WINDOW_SECONDS = 3600;

interface Window {
  used: number;
  resetSeconds: number;
}

const windowsByWorld = new WeakMap<World, Map<string, Window>>();

function windowOf(world: World, key: string): Window {
  const windows = windowsByWorld.get(world) ?? new Map<string, Window>();
  windowsByWorld.set(world, windows);
  const seconds = Math.floor(Date.now() / 1000);
  const current = windows.get(key);
  if (current && current.resetSeconds > seconds) return current;
  const fresh = { used: 0, resetSeconds: seconds + WINDOW_SECONDS };
  windows.set(key, fresh);
  return fresh;
}

export interface RateLimit {
  limit: number;
  used: number;
  remaining: number;
  reset: number;
}

const keyOf = (actor: Actor): string => (actor.kind === "user" ? `user:${actor.login}` : actor.kind);

const resourceOf = (path: string): string =>
  path === "/graphql" ? "graphql" : path.startsWith("/search/") ? "search" : "core";

/** The state of one resource for a caller, without using any of it. */
export function readRateLimit(world: World, actor: Actor, resource: string): RateLimit {
  const window = windowOf(world, `${keyOf(actor)} ${resource}`);
  const limit = LIMITS[actor.kind];
  return { limit, used: window.used, remaining: Math.max(limit - window.used, 0), reset: window.resetSeconds };
}

/** Uses one request of the caller's hour. Throws 403 when the hour's share is spent. */
export function takeRateLimit(
  world: World,
  actor: Actor,
  path: string,
): { giveBack(): void; headers(): Record<string, string> } {
  const resource = resourceOf(path);
  const window = windowOf(world, `${keyOf(actor)} ${resource}`);
  const headers = () => {
    const state = readRateLimit(world, actor, resource);
    return {
      "x-ratelimit-limit": String(state.limit),
      "x-ratelimit-remaining": String(state.remaining),
      "x-ratelimit-reset": String(state.reset),
      "x-ratelimit-used": String(state.used),
      "x-ratelimit-resource": resource,
    };
  };
  if (path === "/rate_limit") return { giveBack: () => {}, headers };
  if (window.used >= LIMITS[actor.kind]) {
    const message = `API rate limit exceeded for ${keyOf(actor)}.`;
    throw new GitHubError(403, message, {
      headers: headers(),
      docs: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
    });
  }
  window.used += 1;
  return {
    giveBack: () => {
      window.used -= 1;
    },
    headers,
  };
}
