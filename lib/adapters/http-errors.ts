import type { Clock } from "../kernel/clock.ts";
import { AppError, type Retry } from "../kernel/errors.ts";

/** One call as far as an error may tell of it: no query (it can hold tokens), no body. */
export interface CallSite {
  provider: string;
  method: string;
  path: string;
}

export interface FailedAnswer extends CallSite {
  status: number;
  header(name: string): string | null;
  /** The answer says by other means than its status and headers that a rate limit was hit. */
  isLimit?: boolean;
  /** Only for providers that send no Date header. */
  clock?: Clock | undefined;
  /** More for the log, such as a provider's own error codes. */
  detail?: Record<string, unknown> | undefined;
}

const LONGEST_WAIT_MS = 86_400_000;
const DEFAULT_LIMIT_WAIT_MS = 60_000;

function positiveNumber(text: string | null): number | null {
  if (text === null || !/^\d+(?:\.\d+)?$/.test(text.trim())) return null;
  return Number(text);
}

const clamp = (waitMs: number): number => Math.min(LONGEST_WAIT_MS, Math.max(1_000, Math.ceil(waitMs)));

/** The provider's own time: its Date header, so that a wrong clock on our side does not shorten a wait. */
function answeredAt(answer: FailedAnswer): number | null {
  const date = Date.parse(answer.header("date") ?? "");
  if (Number.isFinite(date)) return date;
  return answer.clock?.now().getTime() ?? null;
}

function untilMs(answer: FailedAnswer, epochMs: number): number | null {
  const now = answeredAt(answer);
  return now === null ? null : clamp(epochMs - now);
}

/**
 * How long the provider asks us to wait, in ms, or null when it does not say: `Retry-After` in seconds or as a date,
 * then the reset (epoch seconds) of GitHub, Vercel and Sentry where nothing remains.
 */
function readWaitMs(answer: FailedAnswer): number | null {
  const after = answer.header("retry-after");
  const seconds = positiveNumber(after);
  if (seconds !== null) return clamp(seconds * 1_000);
  const date = Date.parse(after ?? "");
  if (Number.isFinite(date)) return untilMs(answer, date);
  for (const prefix of ["x-ratelimit", "x-sentry-rate-limit"]) {
    const reset = positiveNumber(answer.header(`${prefix}-reset`));
    if (reset !== null && answer.header(`${prefix}-remaining`) === "0") return untilMs(answer, reset * 1_000);
  }
  return null;
}

const BY_STATUS: Record<number, { code: string; retry: Retry }> = {
  401: { code: "provider_unauthorized", retry: "never" },
  403: { code: "provider_forbidden", retry: "never" },
  404: { code: "provider_not_found", retry: "never" },
  408: { code: "provider_timeout", retry: "later" },
  409: { code: "provider_conflict", retry: "later" },
  410: { code: "provider_not_found", retry: "never" },
  422: { code: "provider_unprocessable", retry: "never" },
};

function codeAndRetry(answer: FailedAnswer): { code: string; retry: Retry } {
  const waitMs = readWaitMs(answer);
  const isLimit = answer.isLimit === true || answer.status === 429 || (answer.status === 403 && waitMs !== null);
  if (isLimit) return { code: "provider_rate_limited", retry: { afterMs: waitMs ?? DEFAULT_LIMIT_WAIT_MS } };
  if (answer.status >= 500) {
    return { code: "provider_unavailable", retry: waitMs === null ? "later" : { afterMs: waitMs } };
  }
  if (answer.status < 400) return { code: "provider_redirected", retry: "never" };
  return BY_STATUS[answer.status] ?? { code: "provider_rejected", retry: "never" };
}

/** The AppError for an answer that is not a success. 403 counts as a limit only where the answer says when it ends. */
export function errorForStatus(answer: FailedAnswer): AppError {
  const { code, retry } = codeAndRetry(answer);
  const { provider, method, path, status } = answer;
  return new AppError(code, `${provider} answered ${status} to ${method} ${path}`, {
    retry,
    context: { provider, method, path, status, ...answer.detail },
  });
}

/** The AppError for a call that got no answer: a timeout, a refused or broken connection. The write may have happened. */
export function errorForFailure(site: CallSite, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { provider, method, path } = site;
  const isTimeout = thrown instanceof Error && (thrown.name === "TimeoutError" || thrown.name === "AbortError");
  const [code, text] = isTimeout
    ? ["provider_timeout", "did not answer in time"]
    : ["provider_unreachable", "could not be reached"];
  return new AppError(code, `${provider} ${text}: ${method} ${path}`, {
    retry: "later",
    context: { provider, method, path },
    cause: thrown,
  });
}

/** The AppError for a success whose body is not what the provider documents. `fields`: where it differs, no values. */
export function errorForShape(site: CallSite, fields: readonly string[]): AppError {
  const { provider, method, path } = site;
  return new AppError("provider_bad_answer", `${provider} answered ${method} ${path} in another shape`, {
    retry: "later",
    context: { provider, method, path, fields: fields.slice(0, 10) },
  });
}
