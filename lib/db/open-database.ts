import { AppError } from "../kernel/errors.ts";
import type { Database } from "./database.ts";

/** Whether this connection URL is Neon's, by its host name. */
export function isNeonUrl(url: string): boolean {
  return URL.canParse(url) && new URL(url).hostname.endsWith(".neon.tech");
}

/**
 * Opens the database that the settings name: Neon by its host name, any other Postgres through `pg`, and PGlite in
 * `localFolder` when no URL is set. Drivers are loaded only when chosen, so that a function carries none that it never uses.
 */
export async function openDatabase(url: string | null, localFolder: string | null): Promise<Database> {
  if (url !== null && isNeonUrl(url)) return (await import("./open-neon.ts")).openNeon(url);
  if (url !== null) return (await import("./open-pg.ts")).openPg(url);
  if (localFolder === null) {
    throw new AppError(
      "database_url_missing",
      "DATABASE_URL is not set, and there is no folder for an embedded database here",
      {
        retry: "never",
      },
    );
  }
  return (await import("./open-pglite.ts")).openPglite(localFolder);
}
