import type { Config } from "../config/read-config.ts";
import { ensureProject } from "../control/index.ts";
import { openDatabase } from "../db/open-database.ts";
import type { AdminOutside } from "../http/admin-outside.ts";
import { createHealthApp } from "../http/health-app.ts";
import { startLocalDriver } from "../jobs/run-due-jobs.ts";
import type { Context } from "../runtime/context.ts";
import type { Logger } from "../runtime/logger.ts";
import { createAdminDoor } from "./admin.ts";
import { createCronDoor, createScheduleRuns } from "./cron.ts";
import { createJobHandlers } from "./job-handlers.ts";
import { createJobsDoor } from "./jobs.ts";
import type { Door } from "./lazy-door.ts";
import { startLocalSchedules } from "./local-schedules.ts";
import { createContext, localRunner } from "./machine.ts";
import { createModel } from "./model.ts";
import { DEFAULT_PROJECT_SLUG } from "./project.ts";
import { createProviders } from "./providers.ts";
import { openQStash } from "./qstash.ts";
import { createRunnerDoor } from "./runner.ts";
import { createWebhooksDoor } from "./webhooks.ts";

export interface LocalPatchpilot extends Door {
  ctx: Context;
  stop(): Promise<void>;
}

/** How often the in-process driver looks without being woken, in ms. */
const POLL_MS = 1_000;
const CONCURRENCY = 4;

/**
 * The whole control plane in one process: the same doors as on Vercel, over any database, with the in-process driver
 * where there is no QStash. The schema is brought up to date first.
 */
export async function startLocal(
  config: Config,
  options: { dataFolder: string; log: Logger; demo: AdminOutside["demo"]; auth: AdminOutside["auth"] },
): Promise<LocalPatchpilot> {
  const db = await openDatabase(config.databaseUrl, options.dataFolder);
  await db.migrate();
  const ctx = createContext(db, options.log);
  await ensureProject(ctx, { slug: DEFAULT_PROJECT_SLUG, name: config.github?.repository ?? DEFAULT_PROJECT_SLUG });
  const qstash = openQStash(config);
  const handlers = createJobHandlers(config, createProviders(config, ctx), createModel(config));
  const driver =
    qstash === null
      ? startLocalDriver(localRunner(ctx, handlers, config.policy.jobs), { concurrency: CONCURRENCY, pollMs: POLL_MS })
      : null;
  const schedules = qstash === null ? keepSchedules(config, ctx, () => driver?.wake()) : null;
  const route = routes(config, ctx, options, { qstash, wake: () => driver?.wake() });
  return {
    ctx,
    async fetch(request) {
      const response = await route(request);
      // Stored work is picked up at once here; on Vercel it waits for the sweeper.
      if (request.method !== "GET") driver?.wake();
      return response;
    },
    async stop() {
      await schedules?.stop();
      await driver?.stop();
      await db.close();
    },
  };
}

/** Without QStash nobody calls the schedules' door: this process keeps them itself. */
function keepSchedules(config: Config, ctx: Context, onRan: () => void) {
  const { everySeconds } = config.policy.reconcile;
  const kept = createScheduleRuns(config, ctx, null).map((one) => ({
    ...one,
    everySeconds: one.name === "sync-sources" ? everySeconds : null,
  }));
  return startLocalSchedules(ctx, kept, onRan);
}

function routes(
  config: Config,
  ctx: Context,
  options: { demo: AdminOutside["demo"]; auth: AdminOutside["auth"] },
  jobs: { qstash: ReturnType<typeof openQStash>; wake(): void },
): (request: Request) => Response | Promise<Response> {
  const webhooks = createWebhooksDoor(config, ctx.db.query, ctx.log);
  const runner = createRunnerDoor(config, ctx, async () => jobs.wake());
  const cron = createCronDoor(config, ctx, jobs.qstash?.broker ?? null);
  const admin = createAdminDoor(config, ctx, options);
  const doors: [RegExp, Door][] = [
    [/^\/api\/webhooks\//, webhooks],
    [/^\/api\/runner\/|^\/runner\.mjs$/, runner],
    [/^\/api\/cron\//, cron],
    [/^\/api\/health$/, createHealthApp({ ctx })],
    ...(jobs.qstash ? [[/^\/api\/jobs\//, createJobsDoor(config, ctx, jobs.qstash)] satisfies [RegExp, Door]] : []),
  ];
  return (request) => {
    const { pathname } = new URL(request.url);
    const door = doors.find(([pattern]) => pattern.test(pathname))?.[1] ?? admin;
    return door.fetch(request);
  };
}
