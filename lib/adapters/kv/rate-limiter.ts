import type { Clock } from "../../kernel/clock.ts";
import type { WindowCounter } from "./cache.ts";

export interface RateRule {
  limit: number;
  windowMs: number;
}

export interface RateVerdict {
  isAllowed: boolean;
  remaining: number;
  /** Until the window ends; what to say in Retry-After when refused. */
  resetAfterMs: number;
}

export interface RateLimiter {
  /** Counts one request of `key` (a route and a client) against `rule`. */
  hit(key: string, rule: RateRule): Promise<RateVerdict>;
}

/**
 * Fixed windows aligned to the clock. Two full windows can meet at an edge, so a burst of twice the limit is possible:
 * good enough to keep floods out, and one command a request.
 */
export function createRateLimiter(counter: WindowCounter, clock: Clock): RateLimiter {
  return {
    async hit(key, { limit, windowMs }) {
      const now = clock.now().getTime();
      const window = Math.floor(now / windowMs);
      const resetAfterMs = (window + 1) * windowMs - now;
      const count = await counter.increment(`rate:${key}:${window}`, resetAfterMs);
      return { isAllowed: count <= limit, remaining: Math.max(0, limit - count), resetAfterMs };
    },
  };
}
