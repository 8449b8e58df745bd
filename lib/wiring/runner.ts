import type { Config } from "../config/read-config.ts";
import { createRunnerApp } from "../http/runner-app.ts";
import { publishDueJobs } from "../jobs/publish-due-jobs.ts";
import { claimRun, heartbeatRun, reportRun } from "../repair/index.ts";
import type { Context } from "../runtime/context.ts";
import { getConfig } from "./configuration.ts";
import { type Door, lazyDoor } from "./lazy-door.ts";
import { openFunctionContext } from "./machine.ts";
import { createProviders, repairSettings } from "./providers.ts";
import { openQStash } from "./qstash.ts";
import { readRunnerFile } from "./runner-file.ts";

/** The runners' door. `afterReport` hands the follow-up job on, before the runner is answered. */
export function createRunnerDoor(config: Config, ctx: Context, afterReport: () => Promise<unknown>): Door {
  const { github, outbound } = createProviders(config, ctx);
  const settings = repairSettings(config);
  const asRunner = (name: string): Context => ({ ...ctx, actor: { kind: "runner", name } });
  return createRunnerApp({
    ...ctx,
    runnerToken: config.runnerToken,
    claim: async (request) =>
      github ? claimRun(asRunner(request.runnerId), { codeHost: github.codeHost, outbound, settings }, request) : null,
    heartbeat: (input) => heartbeatRun(asRunner(input.runId), { outbound, settings }, input),
    async report(input) {
      const answer = await reportRun(asRunner(input.report.runId), input);
      await afterReport();
      return answer;
    },
    readRunnerFile,
  });
}

export default lazyDoor(async () => {
  const config = getConfig();
  const ctx = await openFunctionContext(config);
  const broker = openQStash(config)?.broker ?? null;
  return createRunnerDoor(config, ctx, async () => broker && publishDueJobs(ctx, broker));
});
