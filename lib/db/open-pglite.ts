import { mkdir } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import type { Database, Executor } from "./database.ts";
import { migrationsFolder } from "./migrations.ts";
import * as schema from "./schema/index.ts";

/** Postgres in this process: in `folder`, or in memory when it is null. For one process at a time. */
export async function openPglite(folder: string | null, loadDataDir?: Blob): Promise<Database & { client: PGlite }> {
  if (folder !== null) await mkdir(folder, { recursive: true });
  const client = await PGlite.create({ ...(folder && { dataDir: folder }), ...(loadDataDir && { loadDataDir }) });
  const db = drizzle({ client, schema });
  return {
    kind: "pglite",
    client,
    db: db as unknown as Executor,
    query: async (text, params) => (await client.query<Record<string, unknown>>(text, [...params])).rows,
    transaction: (work) => db.transaction((tx) => work(tx as unknown as Executor)),
    migrate: () => migrate(db, { migrationsFolder: migrationsFolder() }),
    close: () => client.close(),
  };
}
