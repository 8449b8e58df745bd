import type { Context as HonoContext } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { postgresCode } from "../db/database.ts";
import { AppError } from "../kernel/errors.ts";

/** What an outsider is told of a failure; everything else stays in the log. */
export interface ErrorAnswer {
  status: ContentfulStatusCode;
  code: string;
  message: string;
  retryAfterSeconds: number | null;
}

/** Codes whose message was written for the caller. Every other AppError is our own trouble and is told generically. */
const CALLER_FAULTS: Readonly<Record<string, ContentfulStatusCode>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  csrf_refused: 403,
  not_found: 404,
  delivery_not_found: 404,
  incident_not_found: 404,
  job_not_found: 404,
  lesson_not_found: 404,
  incident_conflict: 409,
  job_not_dead: 409,
  pause_refused: 409,
  approval_refused: 409,
  retry_refused: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  admin_not_configured: 503,
  demo_busy: 503,
};

const GENERIC: Partial<Record<number, string>> = {
  500: "something went wrong here; it is in the log under this request id",
  503: "not available at the moment; try again",
};

/** Codes for what Hono and its middleware throw with a status of their own. */
const STATUS_CODES: Partial<Record<number, string>> = {
  400: "bad_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  413: "payload_too_large",
  415: "unsupported_media_type",
  429: "rate_limited",
};

/** Postgres is there but cannot serve: connection exceptions, too few resources, shutting down or starting up. */
const AWAY = /^(?:08|53|57P)/;
const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "EHOSTUNREACH",
]);

/** The HTTP status of a failure whose cause is known. What may pass by itself is 503, the rest is ours: 500. */
export function statusOf(error: AppError): ContentfulStatusCode {
  return CALLER_FAULTS[error.code] ?? (error.retry === "never" ? 500 : 503);
}

/**
 * Whether a failure means that the database did not answer. Drizzle wraps what its driver throws together with the
 * statement; when no SQLSTATE is in there, the server never judged the statement.
 */
export function isDatabaseAway(thrown: unknown): boolean {
  const state = postgresCode(thrown);
  if (state !== null && AWAY.test(state)) return true;
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string" && NETWORK_CODES.has(error.code)) return true;
    if (state === null && (error.name === "NeonDbError" || ("query" in error && "params" in error))) return true;
  }
  return false;
}

/** Maps anything thrown to what the outside is told. */
export function errorAnswer(thrown: unknown): ErrorAnswer {
  if (thrown instanceof AppError) {
    const status = statusOf(thrown);
    const isForCaller = Object.hasOwn(CALLER_FAULTS, thrown.code);
    const message = isForCaller ? thrown.message : (GENERIC[status] ?? "the request failed");
    const afterMs = typeof thrown.retry === "object" ? thrown.retry.afterMs : null;
    const retryAfterSeconds =
      (status === 429 || status === 503) && afterMs !== null ? Math.max(1, Math.ceil(afterMs / 1_000)) : null;
    return { status, code: isForCaller || status === 503 ? thrown.code : "internal_error", message, retryAfterSeconds };
  }
  if (thrown instanceof HTTPException) {
    const code = STATUS_CODES[thrown.status];
    if (code)
      return {
        status: thrown.status,
        code,
        message: thrown.message || code.replaceAll("_", " "),
        retryAfterSeconds: null,
      };
  }
  if (isDatabaseAway(thrown)) {
    return { status: 503, code: "database_unavailable", message: GENERIC[503] ?? "", retryAfterSeconds: 5 };
  }
  return { status: 500, code: "internal_error", message: GENERIC[500] ?? "", retryAfterSeconds: null };
}

/** Answers `{error: {code, message, requestId}}` with the status and Retry-After that belong to it. */
export function respondError(c: HonoContext, answer: ErrorAnswer): Response {
  const requestId = String(c.get("requestId") ?? "");
  if (answer.retryAfterSeconds !== null) c.header("Retry-After", String(answer.retryAfterSeconds));
  return c.json({ error: { code: answer.code, message: answer.message, requestId } }, answer.status);
}

/** An AppError for the caller, by its code above. */
export function callerFault(code: keyof typeof CALLER_FAULTS & string, message: string): AppError {
  return new AppError(code, message, { retry: "never" });
}
