import { createHash } from "node:crypto";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { AppError, messageOf } from "../kernel/errors.ts";
import { type Database, type Executor, postgresCode, type RawQuery } from "./database.ts";
import { migrationsFolder } from "./migrations.ts";
import * as schema from "./schema/index.ts";

const CONNECT_TIMEOUT_MS = 10_000;
/** For single plain statements: a database that is silent for so long is as good as away. */
const QUERY_TIMEOUT_MS = 10_000;

/** pg takes a statement's own timeout; its types know only the one for a whole client. */
type TimedQuery = pg.QueryConfig & { query_timeout: number };

/** Any Postgres by its connection URL. `query` fails with AppError `database_unavailable` when the server did not answer. */
export function openPg(url: string, maxConnections = 10, { queryTimeoutMs = QUERY_TIMEOUT_MS } = {}): Database {
  const pool = new pg.Pool({ connectionString: url, max: maxConnections, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A client that loses its server between two statements, idle or in a transaction, must not end the process: the next
  // query gets a new client or a real error. The pool listens for its idle clients only.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const db = drizzle({ client: pool, schema });
  return {
    kind: "pg",
    db: db as unknown as Executor,
    query: openQuery(pool, queryTimeoutMs),
    transaction: (work) => db.transaction((tx) => work(tx as unknown as Executor)),
    migrate: () => migrate(db, { migrationsFolder: migrationsFolder() }),
    close: () => pool.end(),
  };
}

/** What a pooler that shares connections between clients, and knows no prepared statements, makes of one. */
const NOT_PREPARED = ["26000", "42P05"];
const MAX_PREPARED = 100;

/**
 * Plain statements, each prepared from its second use on: planning the webhook door's takes a third of what Postgres does
 * for it. Named by its text, so that whoever shares the connection means the same by the name.
 */
function openQuery(pool: pg.Pool, queryTimeoutMs: number): RawQuery {
  const names = new Map<string, string | null>();
  let canPrepare = true;
  const nameOf = (text: string) => {
    const known = names.get(text);
    if (known === undefined && names.size < MAX_PREPARED) names.set(text, null);
    if (known === null) names.set(text, `pp_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`);
    return names.get(text) ?? null;
  };
  const run = async (text: string, params: readonly unknown[], name: string | null) => {
    const statement: TimedQuery = { text, values: [...params], query_timeout: queryTimeoutMs, ...(name && { name }) };
    return (await pool.query(statement)).rows;
  };
  return async (text, params) => {
    try {
      const name = canPrepare ? nameOf(text) : null;
      return await run(text, params, name).catch((error: unknown) => {
        if (name === null || !NOT_PREPARED.includes(postgresCode(error) ?? "")) throw error;
        canPrepare = false;
        return run(text, params, null);
      });
    } catch (cause) {
      // Without an SQLSTATE the server never judged the statement: pg tells of lost connections and timeouts in words only.
      if (postgresCode(cause) !== null) throw cause;
      throw new AppError("database_unavailable", messageOf(cause), { retry: { afterMs: 5_000 }, cause });
    }
  };
}
