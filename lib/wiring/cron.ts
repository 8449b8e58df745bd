import { schedules } from "../../cron/index.ts";
import type { Config } from "../config/read-config.ts";
import { createCronApp } from "../http/cron-app.ts";
import { wakeStalled } from "../incidents/index.ts";
import type { Broker } from "../jobs/ports.ts";
import { publishDueJobs } from "../jobs/publish-due-jobs.ts";
import type { Context } from "../runtime/context.ts";
import { getConfig } from "./configuration.ts";
import { type Door, lazyDoor } from "./lazy-door.ts";
import { openFunctionContext } from "./machine.ts";
import { DEFAULT_PROJECT_ID } from "./project.ts";
import { openQStash } from "./qstash.ts";

/** The schedules' door. Without a broker the process works its own outbox off, and there is nothing to publish. */
export function createCronDoor(config: Config, ctx: Context, broker: Broker | null): Door {
  const outside = {
    publishDueJobs: async () =>
      broker ? { ...(await publishDueJobs(ctx, broker)) } : { published: 0, broker: "this process" },
    wakeStalled: async () => ({ ...(await wakeStalled(ctx, { projectId: DEFAULT_PROJECT_ID })) }),
  };
  return createCronApp({
    ...ctx,
    cronSecret: config.cronSecret,
    schedules: Object.fromEntries(schedules.map(({ name, run }) => [name, () => run(outside)])),
  });
}

export default lazyDoor(async () => {
  const config = getConfig();
  return createCronDoor(config, await openFunctionContext(config), openQStash(config)?.broker ?? null);
});
