import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The folder of the healthy shop, as it is first committed. */
export const SHOP_TEMPLATE = join(here, "template");

/** The file name of every file of the healthy shop with its content, for a first commit. */
export function readShopFiles(): Record<string, string> {
  const entries = readdirSync(SHOP_TEMPLATE, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files
      .map((file): [string, string] => [relative(SHOP_TEMPLATE, file), readFileSync(file, "utf8")])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The environment with which a deployment of the shop reports its errors to `dsn` as `release`. */
export function shopEnvironment(options: {
  dsn: string;
  release: string;
  environment?: string;
  sessionFlushMs?: number;
  /** Share of requests whose duration is reported; none where it is not said. */
  tracesSampleRate?: number;
}): Record<string, string> {
  return {
    RELEASE: options.release,
    SENTRY_DSN: options.dsn,
    SENTRY_RELEASE: options.release,
    SENTRY_ENVIRONMENT: options.environment ?? "production",
    SENTRY_SESSION_FLUSH_MS: String(options.sessionFlushMs ?? 2000),
    ...(options.tracesSampleRate !== undefined && { SENTRY_TRACES_SAMPLE_RATE: String(options.tracesSampleRate) }),
    NODE_OPTIONS: `--import ${pathToFileURL(join(here, "instrument.mjs")).href}`,
  };
}
