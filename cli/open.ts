import { readEnvironment } from "../lib/config/env.ts";
import type { Config } from "../lib/config/read-config.ts";
import { openDatabase } from "../lib/db/open-database.ts";
import type { Context } from "../lib/runtime/context.ts";
import { getConfig } from "../lib/wiring/configuration.ts";
import { createContext } from "../lib/wiring/machine.ts";
import { loadEnvFile } from "./load-env-file.ts";

/** Where the embedded database lies when DATABASE_URL is not set. */
export const DATA_FOLDER = ".patchpilot/data";

/** The settings of this process, those of `.env` included. */
export function readCliConfig(): Config {
  return getConfig({ ...loadEnvFile(".env"), ...readEnvironment() });
}

/** Opens the configured database for one command, and closes it afterwards. The schema has to be up to date. */
export async function withContext<T>(
  config: Config,
  work: (ctx: Context) => Promise<T>,
  dataFolder = DATA_FOLDER,
): Promise<T> {
  const db = await openDatabase(config.databaseUrl, dataFolder);
  try {
    return await work({ ...createContext(db), actor: { kind: "person", name: "operator" } });
  } finally {
    await db.close();
  }
}
