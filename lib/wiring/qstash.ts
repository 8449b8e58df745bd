import { createQStash, type QStash } from "../adapters/qstash/index.ts";
import type { Config } from "../config/read-config.ts";

/** QStash from settings, or null where it is not configured. */
export function openQStash(config: Config): QStash | null {
  const { qstash, publicUrl } = config;
  return qstash && publicUrl ? createQStash({ ...qstash, publicUrl }) : null;
}
