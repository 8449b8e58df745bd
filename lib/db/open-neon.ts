import { neon, Pool, type PoolClient } from "@neondatabase/serverless";
import { drizzle as drizzleHttp } from "drizzle-orm/neon-http";
import { drizzle as drizzleSocket } from "drizzle-orm/neon-serverless";
import type { Database, Executor, RawQuery } from "./database.ts";
import { migrationsFolder } from "./migrations.ts";
import * as schema from "./schema/index.ts";

/** A database that is silent for so long is as good as away. */
const QUERY_TIMEOUT_MS = 10_000;

/** Neon: HTTP for single statements, a small WebSocket pool, opened on first use, for interactive transactions. */
export function openNeon(url: string): Database {
  const http = neon(url);
  const db = drizzleHttp({ client: http, schema }) as unknown as Executor;
  const query: RawQuery = (text, params) =>
    http.query(text, [...params], { fetchOptions: { signal: AbortSignal.timeout(QUERY_TIMEOUT_MS) } });
  let pool: Pool | null = null;
  const socket = () => {
    if (pool === null) {
      pool = new Pool({ connectionString: url, max: 3 });
      // Neon closes sockets, idle or not; the pool opens a new one, and a transaction that lost its own gets a real error.
      pool.on("error", () => {});
      pool.on("connect", (client: PoolClient) => client.on("error", () => {}));
    }
    return drizzleSocket({ client: pool, schema });
  };
  return {
    kind: "neon",
    db,
    query,
    transaction: (work) => socket().transaction((tx) => work(tx as unknown as Executor)),
    async migrate() {
      const { migrate } = await import("drizzle-orm/neon-serverless/migrator");
      await migrate(socket(), { migrationsFolder: migrationsFolder() });
    },
    async close() {
      await pool?.end();
    },
  };
}
