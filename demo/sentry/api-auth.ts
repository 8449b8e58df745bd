import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";

const LIMIT_PER_SECOND = 40;
const CONCURRENT_LIMIT = 25;

export type Tokens = ReadonlyMap<string, ReadonlySet<string> | "all">;

/** Bearer authentication with Sentry's words: 401 for nobody, 403 for a token without any of the scopes. */
export function requireScope(tokens: Tokens, ...scopes: string[]): MiddlewareHandler {
  return async (c, next) => {
    const header = c.req.header("authorization");
    if (!header) return c.json({ detail: "Authentication credentials were not provided." }, 401);
    const granted = findToken(tokens, /^Bearer (.+)$/i.exec(header)?.[1] ?? "");
    if (!granted) return c.json({ detail: "Invalid token" }, 401);
    if (granted !== "all" && !scopes.some((scope) => granted.has(scope))) {
      return c.json({ detail: "You do not have permission to perform this action." }, 403);
    }
    return next();
  };
}

function findToken(tokens: Tokens, presented: string): ReadonlySet<string> | "all" | undefined {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const given = digest(presented);
  for (const [token, scopes] of tokens) if (timingSafeEqual(digest(token), given)) return scopes;
  return undefined;
}

/** Counts calls per token and endpoint in windows of a second, says so in `X-Sentry-Rate-Limit-*`, answers 429 beyond. */
export function rateLimit(): MiddlewareHandler {
  const windows = new Map<string, { second: number; used: number }>();
  let concurrent = 0;
  return async (c, next) => {
    const second = Math.floor(Date.now() / 1000);
    const key = `${c.req.header("authorization")} ${c.req.method} ${c.req.path.replaceAll(/\d+/g, "#")}`;
    const window = windows.get(key);
    const used = window?.second === second ? window.used + 1 : 1;
    windows.set(key, { second, used });
    concurrent += 1;
    try {
      if (used > LIMIT_PER_SECOND) c.res = tooMany(c);
      else await next();
    } finally {
      concurrent -= 1;
    }
    c.header("X-Sentry-Rate-Limit-Limit", String(LIMIT_PER_SECOND));
    c.header("X-Sentry-Rate-Limit-Remaining", String(Math.max(0, LIMIT_PER_SECOND - used)));
    c.header("X-Sentry-Rate-Limit-Reset", String(second + 1));
    c.header("X-Sentry-Rate-Limit-ConcurrentLimit", String(CONCURRENT_LIMIT));
    c.header("X-Sentry-Rate-Limit-ConcurrentRemaining", String(Math.max(0, CONCURRENT_LIMIT - concurrent)));
  };
}

function tooMany(c: Context): Response {
  const detail = `You are attempting to use this endpoint too frequently. Limit is ${LIMIT_PER_SECOND} requests in 1 seconds`;
  return c.json({ detail }, 429);
}
