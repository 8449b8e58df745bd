import { Hono, type Context as HonoContext } from "hono";
import { matchedRoutes } from "hono/route";
import type { Clock } from "../kernel/clock.ts";
import { AppError, messageOf } from "../kernel/errors.ts";
import { monotonicMs } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import type { Logger } from "../runtime/logger.ts";
import { errorAnswer, respondError } from "./respond-error.ts";

export interface AppEnv {
  Variables: {
    requestId: string;
    /** Fields of this request's one log line; see `noteFields`. */
    wideFields: Record<string, unknown>;
    /** Whether the answer was made by `respondWhole`, with its headers. */
    isWhole?: boolean;
  };
}
export type App = Hono<AppEnv>;
export type AppContext = HonoContext<AppEnv>;

export interface AppOptions {
  log: Logger;
  clock: Clock;
  newId: NewId;
}

/** A door that serves data; pages set a policy of their own. */
const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** Adds fields to the one log line of this request. */
export function noteFields(
  c: { get(key: "wideFields"): Record<string, unknown> },
  fields: Record<string, unknown>,
): void {
  Object.assign(c.get("wideFields"), fields);
}

/**
 * The base of every door: a request id (`X-Request-Id`), one wide event a request, security headers, and one mapping from
 * errors to answers. The log names the route's pattern and never the path or the query: both can carry tokens.
 */
export function createApp({ log, clock, newId }: AppOptions): App {
  const app: App = new Hono<AppEnv>();
  app.use("*", async (c, next) => {
    const startedMs = monotonicMs();
    const at = clock.now().toISOString();
    c.set("requestId", newId("req"));
    c.set("wideFields", {});
    await next();
    if (!c.get("isWhole")) addHeaders(c);
    const { status } = c.res;
    log.log(status >= 500 ? "error" : "info", "request", {
      at,
      requestId: c.get("requestId"),
      method: c.req.method,
      route: routeOf(c),
      status,
      durationMs: Math.round((monotonicMs() - startedMs) * 10) / 10,
      ...c.get("wideFields"),
      ...(c.error && errorFields(c.error)),
    });
  });
  app.notFound((c) =>
    respondError(c, { status: 404, code: "not_found", message: "there is nothing here", retryAfterSeconds: null }),
  );
  app.onError((error, c) => respondError(c, errorAnswer(error)));
  return app;
}

function addHeaders(c: AppContext): void {
  for (const [name, value] of Object.entries(DEFAULT_HEADERS))
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  c.res.headers.set("X-Request-Id", c.get("requestId"));
}

/**
 * A JSON answer that has the base's headers from the start. Adding them one by one to an answer costs a tenth of a
 * webhook's whole request, so the door that a storm comes through answers this way.
 */
export function respondWhole(c: AppContext, value: unknown, status: number): Response {
  c.set("isWhole", true);
  const headers = { ...DEFAULT_HEADERS, "Content-Type": "application/json", "X-Request-Id": c.get("requestId") };
  return new Response(JSON.stringify(value), { status, headers });
}

/** The pattern of the route that answered, such as `/incidents/:id`; `unmatched` when none did. */
function routeOf(c: AppContext): string {
  const handlers = matchedRoutes(c).filter((route) => route.method !== "ALL" || route.path !== "/*");
  return handlers.at(-1)?.path ?? "unmatched";
}

function errorFields(error: Error): Record<string, unknown> {
  const known = error instanceof AppError ? { code: error.code, context: error.context } : { stack: error.stack };
  const cause = error.cause === undefined ? {} : { cause: messageOf(error.cause) };
  return { error: error.message, ...known, ...cause };
}
