import { neon } from "@neondatabase/serverless";
import type { RawQuery } from "./database.ts";

/** A database that is silent for so long is as good as away. */
const QUERY_TIMEOUT_MS = 10_000;

/** Neon's HTTP driver alone: one statement, one round trip, nothing else loaded. Runs on the edge too. */
export function openNeonQuery(url: string): RawQuery {
  const http = neon(url);
  return (text, params) =>
    http.query(text, [...params], { fetchOptions: { signal: AbortSignal.timeout(QUERY_TIMEOUT_MS) } });
}
