import { createHmac, randomBytes } from "node:crypto";
import type { Log } from "../kit/serve.ts";
import type { VercelDelivery } from "./model.ts";
import type { VercelState } from "./state.ts";

const TIMEOUT_MS = 30_000;
const LONGEST_DELAY_MS = 60_000;
const DELIVERIES_KEPT = 500;

export interface WebhookSender {
  readonly deliveries: VercelDelivery[];
  send(type: string, payload: Record<string, unknown>, region: string | null): void;
  setUrl(url: string | null): void;
  drop(isDropping: boolean): void;
  /** Sends nothing more; resolves when nothing is on its way. */
  stop(): Promise<void>;
}

/** Sends signed webhooks until a 2xx answers, with doubling delays; what is still open outlives the process. */
export function createWebhookSender(options: {
  state: VercelState;
  url: string | null;
  secret: string;
  retryBaseMs: number;
  log: Log;
}): WebhookSender {
  const { state, secret, retryBaseMs, log } = options;
  const deliveries: VercelDelivery[] = [...state.pendingWebhooks.values()];
  let url = options.url;
  let isDropping = false;
  const tries = createTries(async (delivery) => {
    const outcome = isDropping || url === null ? { status: null, error: "dropped" } : await post(url, delivery);
    delivery.attempts.push({ atMs: Date.now(), ...outcome });
    log("vercel webhook", { type: delivery.type, attempt: delivery.attempts.length, ...outcome });
    delivery.isDelivered = outcome.status !== null && outcome.status >= 200 && outcome.status < 300;
    if (delivery.isDelivered) state.markDelivered(delivery.id);
    else tries.start(delivery, Math.min(LONGEST_DELAY_MS, retryBaseMs * 2 ** (delivery.attempts.length - 1)));
  });
  for (const delivery of deliveries) tries.start(delivery, 0);
  return {
    deliveries,
    send(type, payload, region) {
      if (url === null) return;
      const delivery = newDelivery(type, payload, region, secret);
      state.addWebhook(delivery);
      deliveries.push(delivery);
      if (deliveries.length > DELIVERIES_KEPT) deliveries.shift();
      tries.start(delivery, 0);
    },
    setUrl(next) {
      url = next;
    },
    drop(next) {
      isDropping = next;
    },
    stop: tries.stop,
  };
}

function newDelivery(
  type: string,
  payload: Record<string, unknown>,
  region: string | null,
  secret: string,
): VercelDelivery {
  const id = `uev_${randomBytes(12).toString("hex")}`;
  const createdMs = Date.now();
  const body = JSON.stringify({ id, type, createdAt: createdMs, payload, region });
  const signature = createHmac("sha1", secret).update(body).digest("hex");
  return { id, type, createdMs, body, signature, attempts: [], isDelivered: false };
}

/** Runs attempts after their delays, until stopped. */
function createTries(attempt: (delivery: VercelDelivery) => Promise<void>) {
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let isStopped = false;
  return {
    start(delivery: VercelDelivery, delayMs: number) {
      if (isStopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        const one = attempt(delivery).finally(() => running.delete(one));
        running.add(one);
      }, delayMs);
      timers.add(timer);
    },
    async stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

async function post(
  url: string,
  { body, signature }: VercelDelivery,
): Promise<{ status: number | null; error: string | null }> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", "x-vercel-signature": signature },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "manual",
    });
    await answer.body?.cancel();
    return { status: answer.status, error: null };
  } catch (cause) {
    return {
      status: null,
      error: cause instanceof Error && cause.name === "TimeoutError" ? "timeout" : "connection failed",
    };
  }
}
