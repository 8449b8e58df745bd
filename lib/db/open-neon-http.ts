import * as z from "zod";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { RawQuery } from "./database.ts";

/** A database that is silent for so long is as good as away. */
const QUERY_TIMEOUT_MS = 10_000;

const answerSchema = z.object({
  fields: z.array(z.object({ name: z.string() })),
  rows: z.array(z.array(z.string().nullable())),
});
const refusalSchema = z.object({ message: z.string(), code: z.string().regex(/^[0-9A-Z]{5}$/) });

/** A statement that Postgres refused; `code` is its SQLSTATE, see `postgresCode`. */
class StatementError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** Where Neon takes statements over HTTP: the host's first label, an endpoint's id, becomes `api` (its driver's `fetchEndpoint`). */
export function neonHttpAddress(url: string): string {
  return `https://${new URL(url).hostname.replace(/^[^.]+\./, "api.")}/sql`;
}

/**
 * Neon's HTTP interface for one statement: what the webhook door needs of `@neondatabase/serverless`, whose WebSocket client
 * is most of what a cold start would load. Parameters are texts; every value of a row is text, or null. Fails with the
 * SQLSTATE of a refused statement, and with AppError `database_unavailable` when none was judged. Runs on the edge too.
 * Headers and answers are those of that driver, version 1.2.
 */
export function openNeonHttp(url: string, address = neonHttpAddress(url)): RawQuery {
  const headers = { "Neon-Connection-String": url, "Neon-Raw-Text-Output": "true", "Neon-Array-Mode": "true" };
  return async (query, params) => {
    const body = JSON.stringify({ query, params: z.array(z.string().nullable()).parse(params) });
    const { status, text } = await post(address, headers, body);
    if (status === 400) {
      const refusal = readAs(refusalSchema, text);
      if (refusal !== null) throw new StatementError(refusal.message, refusal.code);
    }
    const answer = status === 200 ? readAs(answerSchema, text) : null;
    if (answer === null) throw unavailable(`Neon answered ${status}`, null);
    return answer.rows.map((row) => Object.fromEntries(answer.fields.map(({ name }, at) => [name, row[at]])));
  };
}

async function post(address: string, headers: Record<string, string>, body: string) {
  try {
    const signal = AbortSignal.timeout(QUERY_TIMEOUT_MS);
    const response = await fetch(address, { method: "POST", headers, body, signal });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw unavailable(messageOf(cause), cause);
  }
}

function readAs<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function unavailable(message: string, cause: unknown): AppError {
  return new AppError("database_unavailable", message, { retry: { afterMs: 5_000 }, cause: cause ?? undefined });
}
