import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** The settings of an env file; none where there is no such file. The process's own environment goes before them. */
export function loadEnvFile(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  const entries = Object.entries(parseEnv(readFileSync(path, "utf8")));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => Boolean(entry[1]?.trim())));
}
