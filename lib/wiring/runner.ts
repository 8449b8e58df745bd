import { createGithubOidc } from "../adapters/github-oidc/index.ts";
import type { Config } from "../config/read-config.ts";
import { createRunnerApp, type WorkflowReading } from "../http/runner-app.ts";
import { publishDueJobs } from "../jobs/publish-due-jobs.ts";
import { AppError } from "../kernel/errors.ts";
import { decideWorkflow } from "../repair/decide-workflow.ts";
import { claimRun, heartbeatRun, reportRun } from "../repair/index.ts";
import type { CodeHost } from "../repair/ports.ts";
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
    judgeWorkflow: github && openWorkflowJudge(config, ctx, github.codeHost),
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

/** Lets in the repair workflow of the one repository, as it stands on its default branch. null without a public address. */
function openWorkflowJudge(
  { publicUrl, oidcIssuer, policy }: Config,
  { clock }: Context,
  codeHost: CodeHost,
): ((token: string) => Promise<WorkflowReading>) | null {
  if (publicUrl === null) return null;
  const readToken = createGithubOidc({ issuer: oidcIssuer, audience: publicUrl, clock, timeoutMs: 5_000 });
  return async (token) => {
    try {
      const claims = await readToken(token);
      const [repository, branch] = [codeHost.repository, await codeHost.defaultBranch()];
      const judged = decideWorkflow({ claims, repository, branch, workflow: policy.repair.workflow });
      return judged.ok ? { ok: true, runnerId: `github-actions-${claims.runId}` } : judged;
    } catch (error) {
      if (error instanceof AppError && error.code === "oidc_refused") return { ok: false, reason: error.message };
      throw error;
    }
  };
}

export default lazyDoor(async () => {
  const config = getConfig();
  const ctx = await openFunctionContext(config);
  const broker = openQStash(config)?.broker ?? null;
  return createRunnerDoor(config, ctx, async () => broker && publishDueJobs(ctx, broker));
});
