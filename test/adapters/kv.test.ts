import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createKvCache, createRateLimiter } from "../../lib/adapters/kv/index.ts";
import type { AppError } from "../../lib/kernel/errors.ts";
import { hasRedis, type KvRest, openKvRest } from "../support/kv-rest.ts";

const now = { at: new Date("2026-10-06T12:00:00Z") };
const clock = { now: () => now.at };
const pass = (ms: number) => {
  now.at = new Date(now.at.getTime() + ms);
};

describe("in memory", () => {
  it("a value is there until its time is over", async () => {
    const cache = createKvCache({ rest: null, clock });
    await cache.set("a", "1", 1_000);
    expect(await cache.get("a")).toBe("1");
    pass(1_000);
    expect(await cache.get("a")).toBeNull();
    await cache.set("a", "2", 1_000);
    await cache.delete("a");
    expect(await cache.get("a")).toBeNull();
  });

  it("a counter ends with its window and not with its last count", async () => {
    const cache = createKvCache({ rest: null, clock });
    expect(await cache.increment("n", 1_000)).toBe(1);
    pass(900);
    expect(await cache.increment("n", 1_000)).toBe(2);
    pass(100);
    expect(await cache.increment("n", 1_000)).toBe(1);
  });
});

describe("the rate limiter", () => {
  it("lets a limit through in each window, and says when the next begins", async () => {
    now.at = new Date("2026-10-06T12:00:10Z");
    const limiter = createRateLimiter(createKvCache({ rest: null, clock }), clock);
    const rule = { limit: 2, windowMs: 60_000 };
    const hit = (key: string) => limiter.hit(key, rule);
    expect(await hit("a")).toEqual({ isAllowed: true, remaining: 1, resetAfterMs: 50_000 });
    expect(await hit("a")).toEqual({ isAllowed: true, remaining: 0, resetAfterMs: 50_000 });
    expect(await hit("a")).toEqual({ isAllowed: false, remaining: 0, resetAfterMs: 50_000 });
    expect(await hit("b")).toMatchObject({ isAllowed: true });
    pass(50_000);
    expect(await hit("a")).toMatchObject({ isAllowed: true, resetAfterMs: 60_000 });
  });
});

if (!hasRedis) console.warn("kv: the tests on a real Redis are skipped, redis-server is not installed");

describe.skipIf(!hasRedis)(
  "on a real Redis over Upstash's protocol (skipped where redis-server is not installed)",
  () => {
    let kv: KvRest;
    const open = () =>
      createKvCache({ rest: { url: kv.url, token: kv.token }, clock, onFault: (fault) => faults.push(fault) });
    const faults: AppError[] = [];

    beforeAll(async () => {
      kv = await openKvRest();
    });
    afterAll(() => kv.close());
    beforeEach(async () => {
      faults.length = 0;
      await kv.redis.flushall();
    });

    it("one process reads what another wrote, as it was written", async () => {
      for (const text of ["plain", '{"token":"ghs_1","endsAtMs":1}', "42", "null", "größe ✓", ""]) {
        await open().set("key", text, 60_000);
        expect(await open().get("key")).toBe(text);
      }
      expect(await kv.redis.keys("*")).toEqual(["patchpilot:key"]);
      expect(faults).toEqual([]);
    });

    it("a value ends by the store's own clock", async () => {
      await open().set("key", "value", 60_000);
      const leftMs = await kv.redis.pttl("patchpilot:key");
      expect(leftMs).toBeGreaterThan(50_000);
      expect(leftMs).toBeLessThanOrEqual(60_000);
      await open().delete("key");
      expect(await open().get("key")).toBeNull();
      await open().set("short", "value", 1);
      await expect.poll(() => open().get("short")).toBeNull();
    });

    it("parallel processes count together, and the first count starts the window", async () => {
      const counts = await Promise.all(Array.from({ length: 20 }, () => open().increment("n", 60_000)));
      expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      await kv.redis.pexpire("patchpilot:n", 5_000);
      await open().increment("n", 60_000);
      expect(await kv.redis.pttl("patchpilot:n")).toBeLessThanOrEqual(5_000);
    });

    it("a wrong token makes every read miss and is told once a command", async () => {
      const cache = createKvCache({
        rest: { url: kv.url, token: "wrong-token" },
        clock,
        onFault: (one) => faults.push(one),
      });
      expect(await cache.get("key")).toBeNull();
      expect(faults).toMatchObject([{ code: "kv_unavailable", retry: "later", context: { command: "GET" } }]);
      expect(JSON.stringify(faults)).not.toContain("wrong-token");
    });

    it("a store that is away costs nothing but its memory", async () => {
      const other = await openKvRest();
      const cache = createKvCache({ rest: { url: other.url, token: other.token }, clock, timeoutMs: 300 });
      await cache.set("key", "value", 60_000);
      await other.closeBridge();
      expect(await cache.get("key")).toBeNull();
      await cache.set("key", "again", 60_000);
      expect(await cache.get("key")).toBe("again");
      expect([await cache.increment("n", 60_000), await cache.increment("n", 60_000)]).toEqual([1, 2]);
      await cache.delete("key");
      expect(await cache.get("key")).toBeNull();
      await other.close();
    });
  },
);
