import type { Config } from "../config/read-config.ts";
import type { RawQuery } from "../db/database.ts";
import { isNeonUrl, openDatabase } from "../db/open-database.ts";
import { openNeonHttp } from "../db/open-neon-http.ts";
import { createWebhooksApp } from "../http/webhooks-app.ts";
import { createReceiver } from "../intake/index.ts";
import { systemClock } from "../runtime/clock.ts";
import { newId } from "../runtime/ids.ts";
import { jsonLogger, type Logger } from "../runtime/logger.ts";
import { getConfig } from "./configuration.ts";
import { intakeFacts, secretsOf } from "./intake-settings.ts";
import { type Door, lazyDoor } from "./lazy-door.ts";
import { DEFAULT_PROJECT_ID } from "./project.ts";

/** Refused deliveries of one client before it is told to stay away. */
const REFUSALS = { limit: 60, windowMs: 60_000 };

const lines: string[] = [];

/**
 * A log line straight to standard error: `console` formats each for a debugger too, at as much again as all else that a
 * line costs. Requests that one statement answered end together, and so their lines are one write: before anything else
 * happens, as a function may be frozen once it has answered. An edge runtime has only `console`.
 */
function writeLine(line: string): void {
  if (globalThis.process?.stderr === undefined) console.error(line);
  else if (lines.push(line) === 1) process.nextTick(writeLines);
}

function writeLines(): void {
  process.stderr.write(`${lines.splice(0).join("\n")}\n`);
}

/** The webhook door over any database. It loads neither Drizzle nor any provider's client: Sentry allows it one second. */
export function createWebhooksDoor(config: Config, query: RawQuery, log: Logger = jsonLogger(writeLine)): Door {
  const machine = { clock: systemClock, newId, log };
  const limiter = lazyLimiter(config);
  return createWebhooksApp({
    ...machine,
    receive: createReceiver({ ...machine, query }),
    projectId: DEFAULT_PROJECT_ID,
    facts: intakeFacts(config),
    secrets: secretsOf(config),
    async countRefusal(client) {
      const verdict = await (await limiter()).hit(`webhooks:${client}`, REFUSALS);
      return verdict.isAllowed ? null : verdict.resetAfterMs;
    },
  });
}

/** The limiter is loaded by the first refused delivery: honest senders never need it. */
function lazyLimiter(config: Config) {
  const open = async () => {
    const { createKvCache, createRateLimiter } = await import("../adapters/kv/index.ts");
    return createRateLimiter(createKvCache({ rest: config.kv, clock: systemClock }), systemClock);
  };
  let limiter: ReturnType<typeof open> | null = null;
  return () => {
    limiter ??= open();
    return limiter;
  };
}

async function openQuery(url: string | null): Promise<RawQuery> {
  if (url !== null && isNeonUrl(url)) return openNeonHttp(url);
  return (await openDatabase(url, null)).query;
}

export default lazyDoor(async () => {
  const config = getConfig();
  return createWebhooksDoor(config, await openQuery(config.databaseUrl));
});
