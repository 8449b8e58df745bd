import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { AppError, messageOf } from "../kernel/errors.ts";
import { type Database, type Executor, postgresCode } from "./database.ts";
import { MIGRATIONS_FOLDER } from "./migrations.ts";
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
    async query(text, params) {
      try {
        const statement: TimedQuery = { text, values: [...params], query_timeout: queryTimeoutMs };
        return (await pool.query(statement)).rows;
      } catch (cause) {
        // Without an SQLSTATE the server never judged the statement: pg tells of lost connections and timeouts in words only.
        if (postgresCode(cause) !== null) throw cause;
        throw new AppError("database_unavailable", messageOf(cause), { retry: { afterMs: 5_000 }, cause });
      }
    },
    transaction: (work) => db.transaction((tx) => work(tx as unknown as Executor)),
    migrate: () => migrate(db, { migrationsFolder: MIGRATIONS_FOLDER }),
    close: () => pool.end(),
  };
}
