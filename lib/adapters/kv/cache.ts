import type { Clock } from "../../kernel/clock.ts";

/** Short-lived strings that can be made again: nothing that must not be lost. */
export interface TokenCache {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Counters that end by themselves. */
export interface WindowCounter {
  /** Adds one and answers with the new count; the first one starts the `ttlMs`. */
  increment(key: string, ttlMs: number): Promise<number>;
}

interface Entry {
  value: string;
  endsAtMs: number;
}

/** A cache of this process: the least recently used of `maxEntries` goes first. */
export function createMemoryCache(clock: Clock, maxEntries = 10_000): TokenCache & WindowCounter {
  const entries = new Map<string, Entry>();
  const find = (key: string): Entry | null => {
    const entry = entries.get(key);
    if (!entry) return null;
    entries.delete(key);
    if (entry.endsAtMs <= clock.now().getTime()) return null;
    entries.set(key, entry);
    return entry;
  };
  const put = (key: string, value: string, endsAtMs: number): void => {
    entries.delete(key);
    entries.set(key, { value, endsAtMs });
    const oldest = entries.keys().next();
    if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value);
  };
  return {
    get: async (key) => find(key)?.value ?? null,
    async set(key, value, ttlMs) {
      put(key, value, clock.now().getTime() + ttlMs);
    },
    async delete(key) {
      entries.delete(key);
    },
    async increment(key, ttlMs) {
      const entry = find(key);
      const count = Number(entry?.value ?? 0) + 1;
      put(key, String(count), entry?.endsAtMs ?? clock.now().getTime() + ttlMs);
      return count;
    },
  };
}
