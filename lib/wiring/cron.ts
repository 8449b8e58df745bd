import { schedules } from "../../cron/index.ts";
import type { Schedule, ScheduleOutside } from "../../cron/schedule.ts";
import type { Config } from "../config/read-config.ts";
import { createCronApp } from "../http/cron-app.ts";
import { wakeStalled } from "../incidents/index.ts";
import { forgetOldLessons } from "../investigate/index.ts";
import { enqueueUnlessWaiting } from "../jobs/outbox.ts";
import type { Broker } from "../jobs/ports.ts";
import { publishDueJobs } from "../jobs/publish-due-jobs.ts";
import { countReports } from "../reconcile/index.ts";
import type { Context } from "../runtime/context.ts";
import { getConfig } from "./configuration.ts";
import { type Door, lazyDoor } from "./lazy-door.ts";
import { openFunctionContext } from "./machine.ts";
import { DEFAULT_PROJECT_ID } from "./project.ts";
import { openQStash } from "./qstash.ts";

export interface ScheduleRun extends Pick<Schedule, "name" | "schedule"> {
  run(): Promise<Record<string, unknown>>;
}

/** Every schedule with what it does here. Without a broker the process works its own outbox off: nothing is published. */
export function createScheduleRuns(config: Config, ctx: Context, broker: Broker | null): ScheduleRun[] {
  const outside: ScheduleOutside = {
    publishDueJobs: async () =>
      broker ? { ...(await publishDueJobs(ctx, broker)) } : { published: 0, broker: "this process" },
    wakeStalled: async () => ({ ...(await wakeStalled(ctx, { projectId: DEFAULT_PROJECT_ID })) }),
    async syncSources() {
      const { syncOnce } = await import("./reconcile.ts");
      return countReports(await syncOnce(config, ctx, { apply: true }));
    },
    async findSlow() {
      if (config.sentry.api === null) return { look: "off: Sentry's API is not configured" };
      if (!config.policy.performance.isWatched) return { look: "off: policy.performance.isWatched" };
      const payload = { projectId: DEFAULT_PROJECT_ID };
      const isQueued = await enqueueUnlessWaiting(ctx.db.db, ctx, "performance.find-slow", payload);
      return { look: isQueued ? "queued" : "waits already" };
    },
    async findWork() {
      const { backlog, scan } = config.policy;
      if (config.github === null) return { look: "off: GitHub is not configured" };
      const payload = { projectId: DEFAULT_PROJECT_ID };
      const ask = async (name: "backlog.keep-backlog" | "backlog.scan-repository") =>
        (await enqueueUnlessWaiting(ctx.db.db, ctx, name, payload)) ? "queued" : "waits already";
      return {
        backlog: backlog.isOn ? await ask("backlog.keep-backlog") : "off: policy.backlog.isOn",
        scan: scan.isOn ? await ask("backlog.scan-repository") : "off: policy.scan.isOn",
      };
    },
    async sweepPulls() {
      const { sweepOnce } = await import("./review.ts");
      return sweepOnce(config, ctx);
    },
    forgetLessons: () => forgetOldLessons(ctx, { projectId: DEFAULT_PROJECT_ID, policy: config.policy.memory }),
  };
  return schedules.map(({ name, schedule, run }) => ({ name, schedule, run: () => run(outside) }));
}

/** The schedules' door. */
export function createCronDoor(config: Config, ctx: Context, broker: Broker | null): Door {
  const runs = createScheduleRuns(config, ctx, broker);
  return createCronApp({
    ...ctx,
    cronSecret: config.cronSecret,
    schedules: Object.fromEntries(runs.map(({ name, run }) => [name, run])),
  });
}

export default lazyDoor(async () => {
  const config = getConfig();
  return createCronDoor(config, await openFunctionContext(config), openQStash(config)?.broker ?? null);
});
