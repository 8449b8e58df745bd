import type * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { AppError } from "../kernel/errors.ts";
import type { WriteKind, WritePermit } from "../kernel/write.ts";
import { assertPermit } from "../runtime/outbound.ts";
import { type CallSite, errorForFailure, errorForShape, errorForStatus } from "./http-errors.ts";

export type Fetch = typeof globalThis.fetch;

/**
 * What a call is. `read-by-post` marks the few reads that providers take as POST (GraphQL queries, access tokens);
 * everything else that is not GET or HEAD needs a permit.
 */
export type Intent = "read" | "read-by-post" | { permit: WritePermit; kind: WriteKind };

export interface HttpLimits {
  timeoutMs: number;
  maxBytes?: number;
  fetch?: Fetch | undefined;
}

export interface HttpCall extends HttpLimits {
  provider: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  intent: Intent;
  headers?: Record<string, string>;
  json?: unknown;
  clock?: Clock | undefined;
}

export interface HttpAnswer<T> {
  value: T;
  header(name: string): string | null;
}

const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
const BODILESS = new Set([204, 205, 304]);

/** Throws AppError `write_not_permitted` unless this method may be sent with this intent. */
function assertIntent(method: string, intent: Intent): void {
  if (typeof intent === "object") {
    assertPermit(intent.permit, intent.kind);
    return;
  }
  const isReadMethod = method === "GET" || method === "HEAD";
  if (isReadMethod || (intent === "read-by-post" && method === "POST")) return;
  throw new AppError("write_not_permitted", `${method} was tried as a read`, { retry: "never", context: { method } });
}

async function readBounded(response: Response, maxBytes: number, site: CallSite): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new AppError("provider_answer_too_large", `${site.provider} answered more than ${maxBytes} bytes`, {
        retry: "never",
        context: { ...site, maxBytes },
      });
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * A `fetch` for one intent: refuses writes without a permit, ends after `timeoutMs` (body included), reads at most
 * `maxBytes`, and throws AppError for anything but an answer. Redirects are followed for reads only: a moved write would
 * arrive as a GET (fetch standard, "HTTP-redirect fetch").
 */
export function boundFetch(provider: string, intent: Intent, limits: HttpLimits): Fetch {
  const send = limits.fetch ?? globalThis.fetch;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = (init?.method ?? "GET").toUpperCase();
    const site = { provider, method, path: url.pathname };
    assertIntent(method, intent);
    try {
      const signal = AbortSignal.timeout(limits.timeoutMs);
      const redirect = typeof intent === "object" ? "manual" : "follow";
      const response = await send(url.href, { ...init, method, signal, redirect });
      const bytes = await readBounded(response, limits.maxBytes ?? DEFAULT_MAX_BYTES, site);
      const { status, headers } = response;
      return new Response(BODILESS.has(status) ? null : bytes, { status, headers });
    } catch (thrown) {
      throw errorForFailure(site, thrown);
    }
  };
}

/** `value` as `schema` reads it, or AppError `provider_bad_answer` naming the fields. */
export function readShape<T>(site: CallSite, schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw errorForShape(
    site,
    read.error.issues.map((issue) => issue.path.join(".")),
  );
}

async function jsonOf(response: Response, site: CallSite): Promise<unknown> {
  if (BODILESS.has(response.status)) return null;
  try {
    return await response.json();
  } catch {
    throw errorForShape(site, ["(not JSON)"]);
  }
}

/** One JSON call: sends, maps every failure to AppError, and reads only the fields of `schema`. */
export async function requestJson<T>(call: HttpCall, schema: z.ZodType<T>): Promise<HttpAnswer<T>> {
  const { provider, method, intent, clock, timeoutMs, maxBytes, fetch } = call;
  const site = { provider, method, path: new URL(call.url).pathname };
  const send = boundFetch(provider, intent, { timeoutMs, fetch, ...(maxBytes === undefined ? {} : { maxBytes }) });
  const hasBody = call.json !== undefined;
  const response = await send(call.url, {
    method,
    headers: {
      accept: "application/json",
      "user-agent": "patchpilot",
      ...(hasBody ? { "content-type": "application/json" } : {}),
      ...call.headers,
    },
    ...(hasBody ? { body: JSON.stringify(call.json) } : {}),
  });
  const header = (name: string) => response.headers.get(name);
  if (!response.ok) throw errorForStatus({ ...site, status: response.status, header, clock });
  return { value: readShape(site, schema, await jsonOf(response, site)), header };
}

/** null instead of AppError `provider_not_found`. */
export async function nullWhenMissing<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "provider_not_found") return null;
    throw thrown;
  }
}
