import { createClient } from "@vercel/kv";
import type { Clock } from "../../kernel/clock.ts";
import { AppError } from "../../kernel/errors.ts";
import { createMemoryCache, type TokenCache, type WindowCounter } from "./cache.ts";

export type { TokenCache, WindowCounter } from "./cache.ts";
export { createRateLimiter } from "./rate-limiter.ts";

export interface KvConfig {
  /** Upstash's REST endpoint (`KV_REST_API_URL`) and its token. null: this process's memory. */
  rest: { url: string; token: string } | null;
  clock: Clock;
  timeoutMs?: number;
  /** Hears of every command that failed; the cache itself answers as if it were empty. */
  onFault?: (fault: AppError) => void;
}

const PREFIX = "patchpilot:";

function createRestCache(rest: { url: string; token: string }, timeoutMs: number): TokenCache & WindowCounter {
  const client = createClient({
    url: rest.url,
    token: rest.token,
    automaticDeserialization: false,
    enableTelemetry: false,
    retry: false,
    signal: () => AbortSignal.timeout(timeoutMs),
  });
  return {
    get: (key) => client.get<string>(PREFIX + key),
    async set(key, value, ttlMs) {
      await client.set(PREFIX + key, value, { px: Math.max(1, Math.floor(ttlMs)) });
    },
    async delete(key) {
      await client.del(PREFIX + key);
    },
    async increment(key, ttlMs) {
      const commands = client
        .multi()
        .incr(PREFIX + key)
        .pexpire(PREFIX + key, Math.max(1, Math.floor(ttlMs)), "NX");
      const [count] = await commands.exec<[number, number]>();
      return count;
    },
  };
}

/**
 * The KV store (Upstash Redis over REST), or memory where none is configured. Never throws: a store that is away makes
 * reads miss, and counters go on in memory, so that an outage of the cache is no outage of ours.
 */
export function createKvCache(config: KvConfig): TokenCache & WindowCounter {
  const memory = createMemoryCache(config.clock);
  if (!config.rest) return memory;
  const remote = createRestCache(config.rest, config.timeoutMs ?? 1_000);
  const guard = async <T>(command: string, run: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (cause) {
      config.onFault?.(
        new AppError("kv_unavailable", `KV did not take ${command}`, { retry: "later", context: { command }, cause }),
      );
      return otherwise();
    }
  };
  return {
    get: (key) =>
      guard(
        "GET",
        () => remote.get(key),
        () => memory.get(key),
      ),
    set: (key, value, ttlMs) =>
      guard(
        "SET",
        () => remote.set(key, value, ttlMs),
        () => memory.set(key, value, ttlMs),
      ),
    async delete(key) {
      await memory.delete(key);
      await guard(
        "DEL",
        () => remote.delete(key),
        async () => {},
      );
    },
    increment: (key, ttlMs) =>
      guard(
        "INCR",
        () => remote.increment(key, ttlMs),
        () => memory.increment(key, ttlMs),
      ),
  };
}
