import { neon, Pool } from "@neondatabase/serverless";
import { drizzle as drizzleHttp } from "drizzle-orm/neon-http";
import { drizzle as drizzleSocket } from "drizzle-orm/neon-serverless";
import type { Database, Executor } from "./database.ts";
import { MIGRATIONS_FOLDER } from "./migrations.ts";
import * as schema from "./schema/index.ts";

/** Neon: HTTP for single statements, a small WebSocket pool, opened on first use, for interactive transactions. */
export function openNeon(url: string): Database {
  const http = neon(url);
  const db = drizzleHttp({ client: http, schema }) as unknown as Executor;
  let pool: Pool | null = null;
  const socket = () => {
    if (pool === null) {
      pool = new Pool({ connectionString: url, max: 3 });
      // Neon closes idle sockets; the pool opens a new one for the next transaction.
      pool.on("error", () => {});
    }
    return drizzleSocket({ client: pool, schema });
  };
  return {
    kind: "neon",
    db,
    query: (text, params) => http.query(text, [...params]),
    transaction: (work) => socket().transaction((tx) => work(tx as unknown as Executor)),
    async migrate() {
      const { migrate } = await import("drizzle-orm/neon-serverless/migrator");
      await migrate(socket(), { migrationsFolder: MIGRATIONS_FOLDER });
    },
    async close() {
      await pool?.end();
    },
  };
}
