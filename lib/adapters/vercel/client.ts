import type * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { WriteKind, WritePermit } from "../../kernel/write.ts";
import { boundFetch, type Fetch, type HttpAnswer, requestJson } from "../http.ts";
import { errorForStatus } from "../http-errors.ts";

export interface VercelConfig {
  /** `https://api.vercel.com`, or a test world. */
  url: string;
  token: string;
  teamId: string | null;
  projectId: string;
  timeoutMs: number;
  fetch?: Fetch;
}

export type Get = <T>(path: string, query: Record<string, string>, schema: z.ZodType<T>) => Promise<HttpAnswer<T>>;

/** Reads JSON of this team. */
export function createGet(config: VercelConfig): Get {
  const base = config.url.replace(/\/+$/, "");
  const team: Record<string, string> = config.teamId === null ? {} : { teamId: config.teamId };
  return (path, query, schema) =>
    requestJson(
      {
        provider: "vercel",
        method: "GET",
        url: `${base}${path}?${new URLSearchParams({ ...query, ...team })}`,
        intent: "read",
        headers: { authorization: `Bearer ${config.token}` },
        timeoutMs: config.timeoutMs,
        fetch: config.fetch,
      },
      schema,
    );
}

const CANNOT_TELL = new Set(["provider_not_found", "provider_forbidden"]);

/** null where this token may not see it. */
export async function nullWhenHidden<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof AppError && CANNOT_TELL.has(thrown.code)) return null;
    throw thrown;
  }
}

/** Sends one write whose answer has no body that matters: rollback answers 201 and promote 202, both empty. */
export async function post(
  config: VercelConfig,
  permit: WritePermit,
  call: { kind: WriteKind; path: string; query?: Record<string, string> },
): Promise<void> {
  const team: Record<string, string> = config.teamId === null ? {} : { teamId: config.teamId };
  const url = new URL(
    `${config.url.replace(/\/+$/, "")}${call.path}?${new URLSearchParams({ ...call.query, ...team })}`,
  );
  const limits = { timeoutMs: config.timeoutMs, fetch: config.fetch };
  const response = await boundFetch(
    "vercel",
    { permit, kind: call.kind },
    limits,
  )(url, {
    method: "POST",
    headers: { accept: "application/json", "user-agent": "patchpilot", authorization: `Bearer ${config.token}` },
  });
  if (response.ok) return;
  const header = (name: string) => response.headers.get(name);
  throw errorForStatus({ provider: "vercel", method: "POST", path: url.pathname, status: response.status, header });
}
