import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import type { Database, Executor } from "./database.ts";
import { MIGRATIONS_FOLDER } from "./migrations.ts";
import * as schema from "./schema/index.ts";

/** Any Postgres by its connection URL. */
export function openPg(url: string, maxConnections = 10): Database {
  const pool = new pg.Pool({ connectionString: url, max: maxConnections, connectionTimeoutMillis: 10_000 });
  // An idle client that loses its server must not end the process; the next query gets a new client or a real error.
  pool.on("error", () => {});
  const db = drizzle({ client: pool, schema });
  return {
    kind: "pg",
    db: db as unknown as Executor,
    query: async (text, params) => (await pool.query(text, [...params])).rows,
    transaction: (work) => db.transaction((tx) => work(tx as unknown as Executor)),
    migrate: () => migrate(db, { migrationsFolder: MIGRATIONS_FOLDER }),
    close: () => pool.end(),
  };
}
