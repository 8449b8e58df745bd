import { APICallError } from "ai";
import { AppError } from "../../kernel/errors.ts";
import { errorForFailure, errorForShape, errorForStatus } from "../http-errors.ts";

/** Both vendors send milliseconds in a header of their own where seconds are too coarse. */
function headerOf(headers: Record<string, string>): (name: string) => string | null {
  return (name) => {
    const ms = headers["retry-after-ms"];
    if (name === "retry-after" && ms !== undefined && /^\d+$/.test(ms)) return String(Math.ceil(Number(ms) / 1_000));
    return headers[name] ?? null;
  };
}

function findAppError(thrown: unknown): AppError | null {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if (error instanceof AppError) return error;
  }
  return null;
}

/** The AppError for whatever the SDK throws. Its own errors carry the whole request, so none of them is kept as a cause. */
export function toAppError(provider: string, thrown: unknown): AppError {
  const own = findAppError(thrown);
  if (own !== null) return own;
  const site = { provider, method: "POST", path: APICallError.isInstance(thrown) ? new URL(thrown.url).pathname : "/" };
  const { statusCode: status, responseHeaders } = APICallError.isInstance(thrown)
    ? thrown
    : { statusCode: undefined, responseHeaders: undefined };
  if (status !== undefined && status >= 400) {
    return errorForStatus({ ...site, status, header: headerOf(responseHeaders ?? {}) });
  }
  const isNetwork = thrown instanceof Error && /^(?:TimeoutError|AbortError|TypeError)$/.test(thrown.name);
  if (status === undefined && isNetwork) return errorForFailure(site, new Error(thrown.name));
  return errorForShape(site, [thrown instanceof Error ? thrown.name : "unknown"]);
}
