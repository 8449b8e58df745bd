import type { Log } from "./kit/serve.ts";

/** Relative weights of what customers do. */
export interface TrafficMix {
  browse: number;
  search: number;
  checkout: number;
  orders: number;
  stock: number;
  /**
   * Share of searches, checkouts, order pages and stock feeds with the rarer inputs of real life: a coupon that has
   * expired, an order that has not left, text in Latin-1, a line without a quantity.
   */
  unusualShare: number;
}

export const DEFAULT_MIX: TrafficMix = {
  browse: 40,
  search: 20,
  checkout: 15,
  orders: 20,
  stock: 5,
  unusualShare: 0.3,
};

export interface TrafficOptions {
  url: string;
  /** Customer actions a second; a checkout is one action of three requests. */
  requestsPerSecond: number;
  mix?: Partial<TrafficMix>;
  seed?: number;
  log: Log;
}

export interface TrafficStats {
  actions: number;
  unusual: number;
  /** By answer: 2xx and 3xx, 4xx, 5xx, and no answer at all. */
  ok: number;
  refused: number;
  failed: number;
  unreachable: number;
}

export interface Traffic {
  /** Customers go home, or come back. */
  pause(isPaused: boolean): void;
  /** From now on customers do these things this often. */
  change(mix: Partial<TrafficMix>): void;
  /** Starts nothing more, and resolves when the last answer is in. */
  stop(): Promise<void>;
  stats(): TrafficStats;
}

type Action = "browse" | "search" | "checkout" | "orders" | "stock";
type Send = (method: "GET" | "POST", path: string, body?: unknown) => Promise<Response | null>;

const TIMEOUT_MS = 5000;
const MOST_AT_ONCE = 50;
const SKUS = ["TNT-2", "BAG-0", "STV-1", "MUG-1", "CRE-1", "LMP-1"];
const SLUGS = ["two-person-tent", "gas-stove", "enamel-mug", "head-lamp", "cr%C3%A8me-br%C3%BBl%C3%A9e-kit"];

/** Sends customers to the shop, the same ones for the same seed, until stopped. A shop that is away is only counted. */
export function startTraffic(options: TrafficOptions): Traffic {
  const mix = { ...DEFAULT_MIX, ...options.mix };
  const random = mulberry32(options.seed ?? 1);
  const stats: TrafficStats = { actions: 0, unusual: 0, ok: 0, refused: 0, failed: 0, unreachable: 0 };
  const running = new Set<Promise<void>>();
  let wasReachable = true;
  const note = (isReachable: boolean) => {
    if (isReachable !== wasReachable)
      options.log(isReachable ? "traffic: the shop answers again" : "traffic: the shop does not answer");
    wasReachable = isReachable;
  };
  const act = async () => {
    stats.actions += 1;
    const action = pickAction(mix, random);
    const isUnusual = action !== "browse" && random() < mix.unusualShare;
    if (isUnusual) stats.unusual += 1;
    const send = sender(options.url, `customer-${Math.floor(random() * 40) + 1}`, stats, note);
    await ACTIONS[action](send, random, isUnusual);
  };
  let isPaused = false;
  const timer = setInterval(() => {
    if (isPaused || running.size >= MOST_AT_ONCE) return;
    const one = act().finally(() => running.delete(one));
    running.add(one);
  }, 1000 / options.requestsPerSecond);
  return {
    pause(next) {
      isPaused = next;
    },
    change: (next) => void Object.assign(mix, next),
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
    },
    stats: () => ({ ...stats }),
  };
}

function sender(url: string, customer: string, stats: TrafficStats, note: (isReachable: boolean) => void): Send {
  return async (method, path, body) => {
    try {
      const answer = await fetch(url + path, {
        method,
        headers: { "x-customer-id": customer, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      note(true);
      if (answer.ok || answer.status === 304) stats.ok += 1;
      else if (answer.status < 500) stats.refused += 1;
      else stats.failed += 1;
      return answer;
    } catch {
      note(false);
      stats.unreachable += 1;
      return null;
    }
  };
}

const ACTIONS: Record<Action, (send: Send, random: () => number, isUnusual: boolean) => Promise<void>> = {
  async browse(send, random) {
    await drain(await send("GET", random() < 0.3 ? "/" : `/products/${pick(SLUGS, random)}`));
  },
  async search(send, random, isUnusual) {
    const queries = isUnusual
      ? ["q=cr%E8me", "q=100%+down", "q=br%FBl%E9e"]
      : ["q=tent", "q=gas+stove", "tag=cook", "q=lamp&tag=light"];
    await drain(await send("GET", `/products?${pick(queries, random)}`));
  },
  async checkout(send, random, isUnusual) {
    const cart = await readId(await send("POST", "/carts", {}));
    if (cart === null) return;
    await drain(
      await send("POST", `/carts/${cart}/items`, { sku: pick(SKUS, random), quantity: 1 + Math.floor(random() * 3) }),
    );
    const coupon = isUnusual
      ? pick(["SUMMER24", "FRIENDS", "WELCOME1O"], random)
      : pick(["WELCOME10", "CAMP20", undefined, undefined], random);
    await drain(
      await send("POST", "/checkout", { cartId: cart, email: "customer@example.com", ...(coupon ? { coupon } : {}) }),
    );
  },
  async orders(send, random, isUnusual) {
    await drain(await send("GET", `/orders/${isUnusual ? "1003" : pick(["1001", "1002"], random)}`));
  },
  async stock(send, random, isUnusual) {
    const line = { sku: pick(SKUS, random), quantity: { onHand: Math.floor(random() * 50), reserved: 2 } };
    const gone = { sku: pick(SKUS, random) };
    await drain(await send("POST", "/stock/feed", { lines: isUnusual ? [line, gone] : [line] }));
  },
};

async function drain(answer: Response | null): Promise<void> {
  await answer?.arrayBuffer().catch(() => null);
}

async function readId(answer: Response | null): Promise<string | null> {
  const body: unknown = await answer?.json().catch(() => null);
  return typeof body === "object" && body !== null && "id" in body && typeof body.id === "string" ? body.id : null;
}

function pickAction(mix: TrafficMix, random: () => number): Action {
  const actions: Action[] = ["browse", "search", "checkout", "orders", "stock"];
  let rest = random() * actions.reduce((sum, action) => sum + mix[action], 0);
  for (const action of actions) {
    rest -= mix[action];
    if (rest < 0) return action;
  }
  return "browse";
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined && items.length === 0) throw new Error("nothing to pick from");
  return item as T;
}

// A small seeded generator: the same seed sends the same customers.
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
