import { noteIssue, updateIssue } from "../alerts/index.ts";
import type { Config } from "../config/read-config.ts";
import { noteSourceStatus } from "../incidents/index.ts";
import { adoptIssue, listUnnamed } from "../intake/index.ts";
import { investigateIncident, writeLesson } from "../investigate/index.ts";
import { DONE, type JobHandlers, type JobOutcome } from "../jobs/model.ts";
import { findSlow } from "../performance/index.ts";
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
import { intakeFacts, watchedSentry } from "./intake-settings.ts";
import {
  impactSettings,
  listingOf,
  monitorsOf,
  type Providers,
  recoverySettings,
  repairSettings,
  trackerOf,
} from "./providers.ts";

/** Which verb does which job. What needs a provider that is not configured ends at once, saying so. */
export function createJobHandlers(config: Config, providers: Providers): JobHandlers {
  const { github, outbound } = providers;
  const { stage } = config;
  const environment = config.sentry.environment;
  const settings = repairSettings(config);
  const errorSourceOf = (source: string) => trackerOf(providers, source)?.errorSource ?? null;
  const historyOf = (source: string) => trackerOf(providers, source)?.errorHistory ?? null;
  const outages = { monitors: (source: string) => monitorsOf(providers, source), health: providers.health };
  const recovery: Omit<RecoveryOutside, "commits"> = {
    deployments: providers.deployments,
    errors: historyOf,
    health: providers.health,
    settings: recoverySettings(config),
  };
  const impact = { analytics: providers.analytics, settings: impactSettings(config) };
  const withoutGitHub: JobOutcome = { type: "dead", reason: "GitHub is not configured" };
  return {
    "intake.adopt-issue": async (ctx, input) =>
      github
        ? adoptIssue(
            ctx,
            { issues: github.issueReader, sentry: watchedSentry(config), facts: intakeFacts(config) },
            input,
          )
        : withoutGitHub,
    "intake.list-unnamed": (ctx, input) =>
      listUnnamed(ctx, { listing: (source) => listingOf(providers, source), facts: intakeFacts(config) }, input),
    "triage.assess-incident": (ctx, input) =>
      assessIncident(
        ctx,
        {
          errors: errorSourceOf,
          outages,
          impact,
          settings: { stage, environment, suppression: config.policy.triage, storm: config.policy.storm },
        },
        input,
      ),
    "investigate.investigate-incident": (ctx, input) =>
      investigateIncident(
        ctx,
        { errors: errorSourceOf, repository: github?.repositoryReader ?? null, settings: { stage } },
        input,
      ),
    "investigate.write-lesson": writeLesson,
    "repair.start-repair": async (ctx, input) =>
      github ? startRepair(ctx, { codeHost: github.codeHost, outbound, settings }, input) : withoutGitHub,
    "repair.dispatch-run": async (ctx, input) =>
      github ? dispatchRun(ctx, { codeHost: github.codeHost, outbound }, input) : withoutGitHub,
    "repair.check-run": (ctx, input) => checkRun(ctx, { settings, outbound }, input),
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
      assessRegression(ctx, { commits: github?.commitGraph ?? null, errors: historyOf }, input),
    "recovery.resolve-source": (ctx, input) => resolveSource(ctx, { errors: historyOf, outbound }, input),
    "incidents.note-source-status": noteSourceStatus,
    "performance.find-slow": async (ctx, { projectId }) => {
      const { sentry } = providers;
      if (sentry === null) return { type: "dead", reason: "Sentry's API is not configured" };
      const settings = { environment, stage, policy: config.policy.performance };
      await findSlow(ctx, { source: sentry.performanceSource, settings }, { projectId, isApplied: true });
      return DONE;
    },
    // Without a code host there is no issue to keep: the dashboard shows the incident all the same.
    "alerts.update-issue": async (ctx, input) =>
      github
        ? updateIssue(
            ctx,
            { issues: github.incidentIssues, outbound, publicUrl: config.publicUrl, storm: config.policy.storm },
            input,
          )
        : DONE,
    "alerts.note-issue": noteIssue,
  };
}
