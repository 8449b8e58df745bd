import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type * as schema from "./schema/index.ts";

/** Drizzle over any of our drivers, either the database itself or an open transaction. */
export type Executor = PgDatabase<PgQueryResultHKT, typeof schema>;

/**
 * A Postgres. `db` is for single statements (one round trip each); `transaction` is interactive: on Neon it goes through
 * the WebSocket pool, because its HTTP driver has none. Inside a transaction only `tx` may be used: PGlite has one
 * connection, and asking `db` there waits for itself for ever.
 */
export interface Database {
  readonly kind: "neon" | "pg" | "pglite";
  readonly db: Executor;
  readonly query: RawQuery;
  transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T>;
  /** Brings the schema up to date from `drizzle/`. Safe to run again. */
  migrate(): Promise<void>;
  close(): Promise<void>;
}

/**
 * One plain SQL statement with `$1`-style parameters, without Drizzle. Only the webhook door works this way: its function
 * has to be up in a fraction of Sentry's one second, and Drizzle would be most of what it loads.
 */
export type RawQuery = (text: string, params: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/** The rows of a raw statement, whichever driver ran it. Column types are the driver's: read numbers and times with care. */
export function rowsOf<T>(result: unknown): T[] {
  return (result as { rows: T[] }).rows;
}

/** Postgres' error code (such as 23505, unique violation) anywhere in the chain of causes, or null. */
export function postgresCode(thrown: unknown): string | null {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return null;
}
