import type { QStash } from "../adapters/qstash/index.ts";
import type { Config } from "../config/read-config.ts";
import { createJobsApp } from "../http/jobs-app.ts";
import { publishDueJobs } from "../jobs/publish-due-jobs.ts";
import { runJob } from "../jobs/run-job.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { getConfig } from "./configuration.ts";
import { createJobHandlers } from "./job-handlers.ts";
import { type Door, lazyDoor } from "./lazy-door.ts";
import { brokeredRunner, openFunctionContext } from "./machine.ts";
import { createModel } from "./model.ts";
import { createProviders } from "./providers.ts";
import { openQStash } from "./qstash.ts";

/** The broker's door: jobs as QStash delivers them. */
export function createJobsDoor(config: Config, ctx: Context, qstash: QStash): Door {
  const runner = brokeredRunner(ctx, createJobHandlers(config, createProviders(config, ctx), createModel(config)));
  return createJobsApp({
    ...ctx,
    isFromBroker: qstash.isFromBroker,
    runJob: (id) => runJob(runner, id),
    publishDueJobs: () => publishDueJobs(ctx, qstash.broker),
  });
}

export default lazyDoor(async () => {
  const config = getConfig();
  const qstash = openQStash(config);
  if (qstash === null) {
    throw new AppError(
      "settings_wrong",
      "QSTASH_TOKEN and its signing keys are not set: jobs cannot run in functions",
      { retry: "never" },
    );
  }
  return createJobsDoor(config, await openFunctionContext(config), qstash);
});
