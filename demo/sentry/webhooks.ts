import { createHmac, randomUUID } from "node:crypto";
import type { Log } from "../kit/serve.ts";
import type { SentryDelivery } from "./model.ts";
import { pythonJson } from "./python-json.ts";

/** `sentry-apps.webhook.timeout.sec`. */
const TIMEOUT_MS = 1000;
const DELIVERIES_KEPT = 500;

const SENTRY_ACTOR = { type: "application", id: "sentry", name: "Sentry" };
const PERSON_ACTOR = { type: "user", id: 1, name: "Dana Demo" };

export interface WebhookSender {
  readonly deliveries: SentryDelivery[];
  send(message: { resource: string; action: string; data: Record<string, unknown>; byPerson?: boolean }): void;
  setUrl(url: string | null): void;
  /** While true every delivery is lost, as in a network failure. */
  drop(isDropping: boolean): void;
  /** Resolves when nothing is on its way. */
  settled(): Promise<void>;
}

/**
 * Sends an internal integration's webhooks: signed over the exact bytes, in order, one attempt of one second each and
 * never again (`ignore_unpublished_app_errors` swallows every failure of an unpublished app).
 */
export function createWebhookSender(options: {
  url: string | null;
  clientSecret: string;
  installationUuid: string;
  log: Log;
}): WebhookSender {
  const deliveries: SentryDelivery[] = [];
  let url = options.url;
  let isDropping = false;
  let queue: Promise<void> = Promise.resolve();
  return {
    deliveries,
    send({ resource, action, data, byPerson }) {
      if (url === null) return;
      const to = url;
      const body = pythonJson({
        action,
        installation: { uuid: options.installationUuid },
        data,
        actor: byPerson ? PERSON_ACTOR : SENTRY_ACTOR,
      });
      const delivery = signedDelivery(resource, action, body, options.clientSecret);
      deliveries.push(delivery);
      if (deliveries.length > DELIVERIES_KEPT) deliveries.shift();
      if (isDropping) delivery.error = "dropped";
      else queue = queue.then(() => attempt(delivery, to, options.log));
    },
    setUrl(next) {
      url = next;
    },
    drop(next) {
      isDropping = next;
    },
    settled: () => queue,
  };
}

async function attempt(delivery: SentryDelivery, url: string, log: Log): Promise<void> {
  const { headers, body, resource, action } = delivery;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    delivery.status = answer.status;
    await answer.body?.cancel();
  } catch (cause) {
    delivery.error = cause instanceof Error && cause.name === "TimeoutError" ? "timeout" : "connection failed";
  }
  log("sentry webhook", { resource, action, status: delivery.status, error: delivery.error });
}

function signedDelivery(resource: string, action: string, body: string, clientSecret: string): SentryDelivery {
  const requestId = randomUUID().replaceAll("-", "");
  const atMs = Date.now();
  return {
    requestId,
    resource,
    action,
    atMs,
    body,
    headers: {
      "content-type": "application/json",
      "request-id": requestId,
      "sentry-hook-resource": resource,
      "sentry-hook-timestamp": String(Math.floor(atMs / 1000)),
      "sentry-hook-signature": createHmac("sha256", clientSecret).update(body).digest("hex"),
    },
    status: null,
    error: null,
  };
}
