import { neon } from "@neondatabase/serverless";
import type { RawQuery } from "./database.ts";

/** Neon's HTTP driver alone: one statement, one round trip, nothing else loaded. Runs on the edge too. */
export function openNeonQuery(url: string): RawQuery {
  const http = neon(url);
  return (text, params) => http.query(text, [...params]);
}
