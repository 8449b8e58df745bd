import { readEnvironment } from "../config/env.ts";
import { type Config, readConfig } from "../config/read-config.ts";
import { AppError } from "../kernel/errors.ts";

/** The configuration of this process, or one AppError `settings_wrong` that names every fault. */
export function getConfig(env: Readonly<Record<string, string>> = readEnvironment()): Config {
  const read = readConfig(env);
  if (read.ok) return read.config;
  const faults = read.faults.map((fault) => `  - ${fault}`).join("\n");
  throw new AppError(
    "settings_wrong",
    `${read.faults.length} setting${read.faults.length > 1 ? "s are" : " is"} wrong:\n${faults}`,
    {
      retry: "never",
    },
  );
}
