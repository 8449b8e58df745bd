import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { SignJWT } from "jose";
import type { TestClock } from "./test-clock.ts";

export interface QStashMessage {
  messageId: string;
  url: string;
  method: string;
  body: string;
  headers: Record<string, string>;
  retries: number;
  dedupeId: string | null;
  dueAtMs: number;
  attempt: number;
}

export interface QStashDelivery {
  messageId: string;
  url: string;
  attempt: number;
  status: number;
  at: Date;
}

export interface LocalQStash {
  url: string;
  token: string;
  keys: { current: string; next: string };
  waiting: QStashMessage[];
  deliveries: QStashDelivery[];
  deadLetters: (QStashMessage & { responseStatus: number })[];
  schedules: Map<string, QStashMessage & { cron: string }>;
  /** Which of the two keys signs; turned by a rotation. */
  signWith(key: "current" | "next"): void;
  /** Delivers what is due by the clock, one after the other. Answers how many deliveries were made. */
  deliverDue(): Promise<number>;
  /** Goes from one due message to the next, turning the clock forward, until none waits (at most `limit` deliveries). */
  deliverAll(limit?: number): Promise<void>;
  stop(): Promise<void>;
}

const ISSUER = "Upstash";
const DEDUPE_WINDOW_MS = 10 * 60_000;
const DAY_SECONDS = 86_400;

/** A signature as QStash makes it: HS256 by the key's UTF-8 bytes, for one address and one body, whose digest is padded. */
export async function signAsQStash(input: {
  key: string;
  url: string;
  body: string;
  issuedAtMs?: number;
  issuer?: string;
}): Promise<string> {
  const digest = createHash("sha256").update(input.body).digest("base64url");
  const issuedAt = Math.floor((input.issuedAtMs ?? Date.now()) / 1_000);
  return new SignJWT({ body: `${digest}=` })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(input.issuer ?? ISSUER)
    .setSubject(input.url)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + 300)
    .setJti(randomUUID())
    .sign(new TextEncoder().encode(input.key));
}

/** QStash's own schedule, which `Retry-After` on the answer overrides, up to a day. */
function retryDelayMs(attempt: number, retryAfter: string | null): number {
  const stated = retryAfter === null ? Number.NaN : Number(retryAfter);
  const seconds = Number.isFinite(stated) ? stated : Math.exp(2.5 * attempt);
  return Math.min(DAY_SECONDS, seconds) * 1_000;
}

function readMessage(url: string, headers: IncomingHttpHeaders, body: string, nowMs: number): QStashMessage {
  const stated = (name: string) => {
    const value = headers[`upstash-${name}`];
    return typeof value === "string" ? value : null;
  };
  const forwarded = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith("upstash-forward-") && typeof value === "string" ? [[name.slice(16), value]] : [],
  );
  const notBefore = stated("not-before");
  return {
    messageId: `msg_${randomUUID()}`,
    url,
    method: stated("method") ?? "POST",
    body,
    headers: { "content-type": String(headers["content-type"] ?? "text/plain"), ...Object.fromEntries(forwarded) },
    retries: Number(stated("retries") ?? 3),
    dedupeId: stated("deduplication-id"),
    dueAtMs: notBefore === null ? nowMs : Math.max(nowMs, Number(notBefore) * 1_000),
    attempt: 0,
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

interface State {
  clock: TestClock;
  key: string;
  waiting: QStashMessage[];
  deliveries: QStashDelivery[];
  deadLetters: (QStashMessage & { responseStatus: number })[];
  schedules: Map<string, QStashMessage & { cron: string }>;
  taken: Map<string, { messageId: string; atMs: number }>;
}

function accept(state: State, message: QStashMessage): { messageId: string; deduplicated?: true } {
  const nowMs = state.clock.now().getTime();
  const earlier = message.dedupeId === null ? undefined : state.taken.get(message.dedupeId);
  if (earlier && nowMs - earlier.atMs < DEDUPE_WINDOW_MS) return { messageId: earlier.messageId, deduplicated: true };
  if (message.dedupeId !== null) state.taken.set(message.dedupeId, { messageId: message.messageId, atMs: nowMs });
  state.waiting.push(message);
  return { messageId: message.messageId };
}

async function deliver(state: State, message: QStashMessage): Promise<void> {
  const { url, method, body, messageId, attempt } = message;
  const at = state.clock.now();
  const sent = method === "GET" ? "" : body;
  const response = await fetch(url, {
    method,
    ...(method !== "GET" && { body }),
    headers: {
      ...message.headers,
      "user-agent": "Upstash-QStash",
      "upstash-message-id": messageId,
      "upstash-retried": String(attempt),
      "upstash-signature": await signAsQStash({ key: state.key, url, body: sent }),
    },
  }).catch(() => null);
  await response?.arrayBuffer();
  const status = response?.status ?? 0;
  state.deliveries.push({ messageId, url, attempt, status, at });
  if (response?.ok) return;
  const isFinal = status === 489 && response?.headers.get("upstash-nonretryable-error") === "true";
  if (isFinal || attempt >= message.retries) {
    state.deadLetters.push({ ...message, responseStatus: status });
    return;
  }
  const waitMs = retryDelayMs(attempt + 1, response?.headers.get("retry-after") ?? null);
  state.waiting.push({ ...message, attempt: attempt + 1, dueAtMs: state.clock.now().getTime() + waitMs });
}

async function answer(state: State, token: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readText(request);
  const send = (status: number, json: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  if (request.headers.authorization !== `Bearer ${token}`) return void send(401, { error: "invalid token" });
  // The destination stands in the path as it is, not encoded.
  const [, route, destination = ""] = /^\/v2\/(publish|schedules)\/(http.+)$/.exec(request.url ?? "") ?? [];
  if (request.method !== "POST" || route === undefined) return void send(404, { error: `not here: ${request.url}` });
  const message = readMessage(destination, request.headers, body, state.clock.now().getTime());
  if (route === "schedules") {
    const scheduleId = String(request.headers["upstash-schedule-id"] ?? `scd_${randomUUID()}`);
    state.schedules.set(scheduleId, { ...message, cron: String(request.headers["upstash-cron"]) });
    return void send(200, { scheduleId });
  }
  const accepted = accept(state, message);
  send(accepted.deduplicated ? 202 : 200, accepted);
}

function takeDue(state: State): QStashMessage[] {
  const nowMs = state.clock.now().getTime();
  const due = state.waiting.filter((message) => message.dueAtMs <= nowMs).sort((a, b) => a.dueAtMs - b.dueAtMs);
  for (const message of due) state.waiting.splice(state.waiting.indexOf(message), 1);
  return due;
}

/**
 * A QStash that the real `Client` publishes to and whose deliveries the real `Receiver` accepts: deduplication for ten
 * minutes, Not-Before, retries with Retry-After, 489 to the dead letters at once. It delivers only when told to, by the
 * test's own clock; signatures carry the true time, because the Receiver checks them by it.
 */
export async function startLocalQStash(clock: TestClock): Promise<LocalQStash> {
  const token = "qstash-token-for-tests";
  const keys = { current: "sig_current_for_tests", next: "sig_next_for_tests" };
  const state: State = {
    clock,
    key: keys.current,
    waiting: [],
    deliveries: [],
    deadLetters: [],
    schedules: new Map(),
    taken: new Map(),
  };
  const server = createServer((request, response) => void answer(state, token, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("qstash-local: no port");
  const deliverDue = async () => {
    const due = takeDue(state);
    for (const message of due) await deliver(state, message);
    return due.length;
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    token,
    keys,
    waiting: state.waiting,
    deliveries: state.deliveries,
    deadLetters: state.deadLetters,
    schedules: state.schedules,
    signWith(key) {
      state.key = keys[key];
    },
    deliverDue,
    async deliverAll(limit = 50) {
      for (let made = await deliverDue(); state.waiting.length > 0 && made < limit; ) {
        const nextMs = Math.min(...state.waiting.map((message) => message.dueAtMs));
        clock.advance(Math.max(0, nextMs - clock.now().getTime()));
        made += await deliverDue();
      }
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
