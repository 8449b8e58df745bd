import { noteIssue, updateIssue } from "../alerts/index.ts";
import type { Config } from "../config/read-config.ts";
import { noteSourceStatus } from "../incidents/index.ts";
import { investigateIncident, writeLesson } from "../investigate/index.ts";
import { DONE, type JobHandlers, type JobOutcome } from "../jobs/model.ts";
import {
  assessRegression,
  noteDeployment,
  type RecoveryOutside,
  resolveSource,
  verifyRecovery,
} from "../recovery/index.ts";
import {
  checkRun,
  dispatchRun,
  followPullRequest,
  notePullRequest,
  obeyComment,
  publishPatch,
  startRepair,
} from "../repair/index.ts";
import { assessIncident } from "../triage/index.ts";
import { type Providers, recoverySettings, repairSettings } from "./providers.ts";

/** Which verb does which job. What needs a provider that is not configured ends at once, saying so. */
export function createJobHandlers(config: Config, providers: Providers): JobHandlers {
  const { github, sentry, outbound } = providers;
  const { stage } = config;
  const environment = config.sentry.environment;
  const settings = repairSettings(config);
  const recovery: Omit<RecoveryOutside, "commits"> = {
    deployments: providers.deployments,
    errors: sentry?.errorHistory ?? null,
    health: providers.health,
    settings: recoverySettings(config),
  };
  const withoutGitHub: JobOutcome = { type: "dead", reason: "GitHub is not configured" };
  return {
    "triage.assess-incident": (ctx, input) =>
      assessIncident(ctx, { errors: sentry?.errorSource ?? null, settings: { stage, environment } }, input),
    "investigate.investigate-incident": (ctx, input) =>
      investigateIncident(
        ctx,
        { errors: sentry?.errorSource ?? null, repository: github?.repositoryReader ?? null, settings: { stage } },
        input,
      ),
    "investigate.write-lesson": writeLesson,
    "repair.start-repair": async (ctx, input) =>
      github ? startRepair(ctx, { codeHost: github.codeHost, outbound, settings }, input) : withoutGitHub,
    "repair.dispatch-run": async (ctx, input) =>
      github ? dispatchRun(ctx, { codeHost: github.codeHost, outbound }, input) : withoutGitHub,
    "repair.check-run": (ctx, input) => checkRun(ctx, { settings }, input),
    "repair.publish-patch": async (ctx, input) =>
      github ? publishPatch(ctx, { codeHost: github.codeHost, outbound, settings }, input) : withoutGitHub,
    "repair.follow-pull-request": async (ctx, input) =>
      github ? followPullRequest(ctx, { codeHost: github.codeHost, settings }, input) : withoutGitHub,
    "repair.note-pull-request": async (ctx, input) =>
      github ? notePullRequest(ctx, { codeHost: github.codeHost, settings }, input) : withoutGitHub,
    "repair.obey-comment": async (ctx, input) =>
      github ? obeyComment(ctx, { codeHost: github.codeHost }, input) : withoutGitHub,
    "recovery.note-deployment": noteDeployment,
    "recovery.verify-recovery": async (ctx, input) =>
      github ? verifyRecovery(ctx, { ...recovery, commits: github.commitGraph }, input) : withoutGitHub,
    "recovery.assess-regression": (ctx, input) =>
      assessRegression(ctx, { commits: github?.commitGraph ?? null, errors: sentry?.errorHistory ?? null }, input),
    "recovery.resolve-source": async (ctx, input) =>
      sentry ? resolveSource(ctx, { errors: sentry.errorHistory, outbound }, input) : DONE,
    "incidents.note-source-status": noteSourceStatus,
    // Without a code host there is no issue to keep: the dashboard shows the incident all the same.
    "alerts.update-issue": async (ctx, input) =>
      github ? updateIssue(ctx, { issues: github.incidentIssues, outbound, publicUrl: config.publicUrl }, input) : DONE,
    "alerts.note-issue": noteIssue,
  };
}
