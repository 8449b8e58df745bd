import { openPglite } from "../../lib/db/open-pglite.ts";

let migrated: Promise<Blob> | null = null;

async function dumpMigrated(): Promise<Blob> {
  const database = await openPglite(null);
  try {
    await database.migrate();
    return await database.client.dumpDataDir("none");
  } finally {
    await database.close();
  }
}

/** A PGlite in memory with our schema and nothing in it; the first of a process takes seconds, its copies half of one. */
export async function openTestPglite(): Promise<Awaited<ReturnType<typeof openPglite>>> {
  migrated ??= dumpMigrated();
  return openPglite(null, await migrated);
}
