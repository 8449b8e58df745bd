/** When a failed call may be tried again: never, whenever the caller's own schedule says, or not before a provider's stated delay. */
export type Retry = "never" | "later" | { afterMs: number };

/**
 * A failure whose cause is known. `code` is stable and lower_snake_case, `retry` is stated where the error is born,
 * and `context` holds ids and status codes for the log, never secrets or payloads.
 */
export class AppError extends Error {
  readonly code: string;
  readonly retry: Retry;
  readonly context: Record<string, unknown>;

  constructor(
    code: string,
    message: string,
    options: { retry: Retry; context?: Record<string, unknown>; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.retry = options.retry;
    this.context = options.context ?? {};
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
