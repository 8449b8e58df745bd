/**
 * Where the generated SQL lies: beside this code, so that commands may be called from anywhere. Migrations are run from a
 * checkout, never from a function; `node:url` is left out because the edge bundle, which never asks, cannot hold it.
 */
export function migrationsFolder(): string {
  return decodeURIComponent(new URL("../../drizzle", import.meta.url).pathname);
}
