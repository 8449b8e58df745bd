import { createHmac, randomUUID } from "node:crypto";
import { nodeId } from "./node-ids.ts";
import type { DeliveryRecord, RepoRecord } from "./records.ts";
import { type Json, serializeAccount, serializeRepository } from "./serialize-repository.ts";
import { getAccount, now, type World } from "./world.ts";

/** GitHub gives a receiver ten seconds and never tries again by itself. */
const TIMEOUT_MS = 10_000;

interface WebhookEvent {
  event: string;
  action: string | null;
  /** null for events that belong to no repository */
  repo: RepoRecord | null;
  sender: string;
  payload: Json;
}

function bodyOf(world: World, input: WebhookEvent): string {
  return JSON.stringify({
    ...(input.action === null ? {} : { action: input.action }),
    ...input.payload,
    ...(input.repo === null ? {} : { repository: serializeRepository(world, input.repo) }),
    sender: serializeAccount(world, getAccount(world, input.sender)),
    ...(input.payload.installation === undefined && input.event !== "ping"
      ? { installation: { id: world.appRecord.installationId, node_id: nodeId("MDI", world.appRecord.installationId) } }
      : {}),
  });
}

function headersOf(world: World, delivery: DeliveryRecord): Record<string, string> {
  const sign = (algorithm: string) =>
    createHmac(algorithm, world.app.webhookSecret).update(delivery.body).digest("hex");
  return {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/044aadd",
    "x-github-delivery": delivery.guid,
    "x-github-event": delivery.event,
    "x-github-hook-id": String(world.appRecord.hookId),
    "x-github-hook-installation-target-id": String(world.app.id),
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature": `sha1=${sign("sha1")}`,
    "x-hub-signature-256": `sha256=${sign("sha256")}`,
  };
}

interface Answer {
  status: string;
  statusCode: number;
  responseHeaders: Record<string, string>;
  responseBody: string | null;
}

async function post(world: World, delivery: DeliveryRecord): Promise<Answer> {
  try {
    const response = await fetch(delivery.url, {
      method: "POST",
      headers: delivery.requestHeaders,
      body: delivery.body,
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), world.closing.signal]),
    });
    return {
      status: response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`,
      statusCode: response.status,
      responseHeaders: Object.fromEntries(response.headers),
      responseBody: await response.text(),
    };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    const status = isTimeout ? "timed out" : "failed to connect to host";
    return { status, statusCode: isTimeout ? 504 : 502, responseHeaders: {}, responseBody: null };
  }
}

/** Sends one delivery and records how it went. Never throws; nobody waits for it. */
async function attempt(world: World, delivery: DeliveryRecord): Promise<void> {
  const started = performance.now();
  const lost: Answer = {
    status: "failed to connect to host",
    statusCode: 502,
    responseHeaders: {},
    responseBody: null,
  };
  const answer = world.isDroppingWebhooks ? lost : await post(world, delivery);
  if (world.closing.signal.aborted && answer.statusCode === lost.statusCode) return;
  const durationSeconds = Math.round(performance.now() - started) / 1000;
  world.store.deliveries.put(delivery.id, { ...delivery, ...answer, durationSeconds });
  world.log(`github: webhook ${delivery.event}.${delivery.action ?? "-"} -> ${answer.status}`);
}

/** Starts the attempt after the current answer is on its way; world.inFlight knows it until it is over. */
function launch(world: World, delivery: DeliveryRecord): void {
  const running = new Promise<void>((resolve) => setImmediate(() => void attempt(world, delivery).finally(resolve)));
  world.inFlight.add(running);
  void running.then(() => world.inFlight.delete(running));
}

function enqueue(world: World, delivery: DeliveryRecord): DeliveryRecord {
  const signed = { ...delivery, requestHeaders: headersOf(world, delivery) };
  world.store.deliveries.put(signed.id, signed);
  launch(world, signed);
  return signed;
}

/** Records and sends a webhook, unless the App has no webhook URL or does not see the repository. */
export function emit(world: World, input: WebhookEvent): void {
  const url = world.app.webhookUrl;
  if (url === null || (input.repo !== null && !input.repo.installed)) return;
  enqueue(world, {
    id: world.store.nextId(),
    guid: randomUUID(),
    event: input.event,
    action: input.action,
    repositoryId: input.repo?.id ?? null,
    deliveredAt: now(),
    redelivery: false,
    status: "pending",
    statusCode: 0,
    durationSeconds: 0,
    url,
    requestHeaders: {},
    body: bodyOf(world, input),
    responseHeaders: {},
    responseBody: null,
  });
}

/** Sends the same bytes under the same GUID again, as a new delivery. */
export function redeliver(world: World, original: DeliveryRecord): DeliveryRecord {
  return enqueue(world, {
    ...original,
    id: world.store.nextId(),
    url: world.app.webhookUrl ?? original.url,
    deliveredAt: now(),
    redelivery: true,
    status: "pending",
    statusCode: 0,
    responseHeaders: {},
    responseBody: null,
  });
}

/** Sends what a killed process had recorded and not yet seen answered. */
export function resumeDeliveries(world: World): void {
  for (const delivery of world.store.deliveries.where((one) => one.status === "pending")) {
    launch(world, { ...delivery, url: world.app.webhookUrl ?? delivery.url });
  }
}
