import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Receipt, ReceiveInput } from "../intake/index.ts";
import type { Source } from "../intake/model.ts";
import { MAX_BODY_BYTES, readDelivery } from "../intake/read-delivery.ts";
import type { ProjectId } from "../kernel/ids.ts";
import { type App, type AppContext, type AppEnv, type AppOptions, createApp, noteFields, respondWhole } from "./app.ts";
import { respondError } from "./respond-error.ts";

/** What vouches for a source's deliveries: the secret that it signs with, or the token in its address. */
export interface SourceSecret {
  secret: string | null;
  addressToken: string | null;
}

export interface WebhooksOutside extends AppOptions {
  receive(input: ReceiveInput): Promise<Receipt>;
  projectId: ProjectId;
  facts: Omit<ReceiveInput["facts"], "source">;
  /** Null where the source is not configured: its deliveries are refused like forged ones. */
  secrets: Record<Source, SourceSecret | null>;
  /** Counts a refused delivery of one client; answers for how many ms it has to stay away, or null. Only the refused are counted. */
  countRefusal(client: string): Promise<number | null>;
}

const CODES = {
  400: "bad_request",
  401: "unauthorized",
  413: "payload_too_large",
  415: "unsupported_media_type",
} as const;

/** The webhook door: raw bytes, signature, shape, one statement, 202. Nothing else happens in the request. */
export function createWebhooksApp(outside: WebhooksOutside): App {
  const app = createApp(outside);
  const tooLarge = limitBody();
  const door = (source: Source) => (c: AppContext) => receiveFrom(outside, source, c);
  for (const source of ["sentry", "vercel", "github", "telegram", "slack"] as const) {
    app.post(`/api/webhooks/${source}`, tooLarge, door(source));
  }
  app.post("/api/webhooks/glitchtip/:token", tooLarge, door("glitchtip"));
  return app;
}

/**
 * 413 over `MAX_BODY_BYTES`. Where the length is stated, that is enough (no more can come), and the body stays the server's
 * own buffer; Hono's middleware would make a stream of it first, at a third of what the whole request costs.
 */
function limitBody(): MiddlewareHandler<AppEnv> {
  const onError = (c: HonoContext) =>
    respondError(c, { status: 413, code: CODES[413], message: "the body is over 4.5 MB", retryAfterSeconds: null });
  const countAsItComes = bodyLimit({ maxSize: MAX_BODY_BYTES, onError });
  return async (c, next) => {
    const length = c.req.header("content-length");
    if (length === undefined || c.req.header("transfer-encoding") !== undefined) return countAsItComes(c, next);
    if (!(Number(length) <= MAX_BODY_BYTES)) return onError(c);
    await next();
  };
}

async function receiveFrom(outside: WebhooksOutside, source: Source, c: AppContext): Promise<Response> {
  const known = outside.secrets[source];
  const given = source === "glitchtip" ? (c.req.param("token") ?? null) : (c.req.query("token") ?? null);
  const delivery = await readDelivery({
    source,
    headers: c.req.raw.headers,
    body: new Uint8Array(await c.req.arrayBuffer()),
    secret: known?.secret ?? null,
    token: { given, expected: known?.addressToken ?? null },
    now: outside.clock.now(),
  });
  noteFields(c, { source, outcome: delivery.outcome, reason: delivery.reason });
  if (delivery.outcome === "rejected") return refuse(outside, c, delivery.status, delivery.reason);
  const facts = { ...outside.facts, source };
  const receipt = await outside.receive({ projectId: outside.projectId, source, delivery, facts });
  noteFields(c, { ...receipt });
  return respondWhole(c, receipt, 202);
}

async function refuse(
  outside: WebhooksOutside,
  c: AppContext,
  status: 400 | 401 | 413 | 415,
  reason: string,
): Promise<Response> {
  const client = c.req.header("x-real-ip") ?? c.req.header("x-forwarded-for")?.split(",")[0]?.trim() ?? "unknown";
  const awayMs = status === 401 ? await outside.countRefusal(client) : null;
  if (awayMs !== null) {
    const retryAfterSeconds = Math.max(1, Math.ceil(awayMs / 1_000));
    return respondError(c, {
      status: 429,
      code: "rate_limited",
      message: "too many refused deliveries",
      retryAfterSeconds,
    });
  }
  return respondError(c, { status, code: CODES[status], message: reason, retryAfterSeconds: null });
}
