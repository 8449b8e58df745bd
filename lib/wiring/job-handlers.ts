import { parseYaml } from "../adapters/yaml/index.ts";
import { noteIssue, updateIssue } from "../alerts/index.ts";
import { keepBacklog, scanRepository } from "../backlog/index.ts";
import type { Config } from "../config/read-config.ts";
import { noteSourceComment, noteSourceStatus } from "../incidents/index.ts";
import { composePostmortem } from "../insight/compose-postmortem.ts";
import { createInsight } from "../insight/index.ts";
import { adoptIssue, listUnnamed, noteInstallation } from "../intake/index.ts";
import type { InquiryOutside } from "../investigate/index.ts";
import { continueInquiry, investigateIncident, noteSeer, writeLesson } from "../investigate/index.ts";
import { DONE, type JobHandlers, type JobOutcome } from "../jobs/model.ts";
import type { LanguageModel } from "../llm/ports.ts";
import { findSlow } from "../performance/index.ts";
import {
  assessRegression,
  type MoveOutside,
  moveProduction,
  noteDeployment,
  obeyRollback,
  offerRollback,
  type RecoveryOutside,
  resolveSource,
  verifyRecovery,
} from "../recovery/index.ts";
import type { ProductImpact } from "../recovery/ports.ts";
import {
  answerFeedback,
  checkRun,
  collectFeedback,
  dispatchRun,
  followPullRequest,
  noteFeedback,
  noteLabel,
  notePullRequest,
  obeyComment,
  publishRun,
  startRepair,
  takeRequest,
} from "../repair/index.ts";
import {
  answerIssue,
  answerThreads,
  lookAtPull,
  noteEvent,
  postReview,
  type ReviewOutside,
  writeReview,
} from "../review/index.ts";
import type { Context } from "../runtime/context.ts";
import { assessIncident, type ImpactOutside, measureImpact, noteAnomaly, noteMetric } from "../triage/index.ts";
import { approvalKeyOf } from "./approval-key.ts";
import { backlogOutside, scanOutside } from "./backlog.ts";
import { intakeFacts, watchedSentry } from "./intake-settings.ts";
import { DEFAULT_PROJECT_ID } from "./project.ts";
import {
  impactSettings,
  listingOf,
  monitorsOf,
  type Providers,
  recoverySettings,
  repairSettings,
  slowSettings,
  trackerOf,
} from "./providers.ts";
import { reviewOutside } from "./review.ts";

async function draftPostmortem(config: Config, ctx: Context, incidentId: string): Promise<string | null> {
  const story = await createInsight(ctx.db.db, DEFAULT_PROJECT_ID).findIncidentStory(incidentId);
  return story && composePostmortem(story, { publicUrl: config.publicUrl });
}

/** The impact since a repair, measured as triage measures that of an incident which began then. */
function impactSince(outside: ImpactOutside): ProductImpact {
  return {
    async measureSince({ from, now }) {
      const facts = { now, firstSeenAt: from, openedAt: from, reopenedAt: from };
      const { impact, summary } = (await measureImpact(outside, facts, null)).reading;
      return impact.status === "unknown" ? { type: "unknown", reason: impact.reason } : { type: "measured", summary };
    },
  };
}

/** Which verb does which job. What needs a provider that is not configured ends at once, saying so. */
export function createJobHandlers(config: Config, providers: Providers, model: LanguageModel | null): JobHandlers {
  const { github, outbound } = providers;
  const { stage } = config;
  const environment = config.sentry.environment;
  const settings = repairSettings(config);
  const errorSourceOf = (source: string) => trackerOf(providers, source)?.errorSource ?? null;
  const historyOf = (source: string) => trackerOf(providers, source)?.errorHistory ?? null;
  const outages = { monitors: (source: string) => monitorsOf(providers, source), health: providers.health };
  const impact = { analytics: providers.analytics, settings: impactSettings(config) };
  const sessions = (source: string) => (source === "sentry" ? (providers.sentry?.sessionHistory ?? null) : null);
  const recovery: Omit<RecoveryOutside, "commits"> = {
    deployments: providers.deployments,
    errors: historyOf,
    sessions,
    durations: (source) => (source === "sentry" ? (providers.sentry?.durationHistory ?? null) : null),
    health: providers.health,
    probe: providers.probe,
    impact: impactSince(impact),
    settings: recoverySettings(config),
  };
  const moves: MoveOutside = {
    deployments: providers.deployments,
    traffic: providers.traffic,
    changes: github && {
      listCommitsBetween: (base, head) => github.codeHistory.listCommitsBetween(base, head),
      findPullRequestOf: (sha) => github.codeHistory.findPullRequestOf(sha),
      listRecentCommits: (sha, limit) => github.repositoryReader.listRecentCommits(sha, limit),
    },
    commits: github?.commitGraph ?? null,
    errors: historyOf,
    health: providers.health,
    outbound,
    approvalKey: approvalKeyOf(config),
    settings: recovery.settings,
  };
  const inquiry: InquiryOutside = {
    model,
    repository: github?.repositoryReader ?? null,
    history: github?.codeHistory ?? null,
    view: github?.codeView ?? null,
    settings: { stage, inquiry: config.policy.model },
  };
  const review = github && { codeHost: github.codeHost, reviews: github.pullReviews, outbound, settings, parseYaml };
  const repairs = ({ codeHost, commitGraph, requestedIssues }: NonNullable<typeof github>) => ({
    ...{ codeHost, commits: commitGraph, issues: requestedIssues },
  });
  const withoutGitHub: JobOutcome = { type: "dead", reason: "GitHub is not configured" };
  const reviewer = reviewOutside(config, providers, model);
  /** A verb of the reviewer's, which needs GitHub. */
  const reviews =
    <I>(verb: (ctx: Context, outside: ReviewOutside, input: I) => Promise<JobOutcome>) =>
    async (ctx: Context, input: I) =>
      reviewer ? verb(ctx, reviewer, input) : withoutGitHub;
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
    "intake.note-installation": noteInstallation,
    "triage.note-metric": (ctx, input) => noteMetric(ctx, config.policy.triage, input),
    "triage.note-anomaly": (ctx, input) => noteAnomaly(ctx, { environment }, input),
    "triage.assess-incident": (ctx, input) =>
      assessIncident(
        ctx,
        {
          errors: errorSourceOf,
          outages,
          impact,
          traffic: sessions,
          settings: { stage, environment, suppression: config.policy.triage, storm: config.policy.storm },
        },
        input,
      ),
    "investigate.investigate-incident": (ctx, input) =>
      investigateIncident(
        ctx,
        {
          errors: errorSourceOf,
          context: (source) => (source === "sentry" ? (providers.sentry?.issueContext ?? null) : null),
          repository: github?.repositoryReader ?? null,
          history: github?.codeHistory ?? null,
          deployments: providers.deployments,
          settings: { stage, asksModel: model !== null },
        },
        input,
      ),
    "investigate.ask-model": (ctx, input) => continueInquiry(ctx, inquiry, input),
    "investigate.note-seer": noteSeer,
    "investigate.write-lesson": writeLesson,
    "repair.start-repair": async (ctx, input) =>
      github ? startRepair(ctx, { ...repairs(github), outbound, settings }, input) : withoutGitHub,
    "repair.dispatch-run": async (ctx, input) =>
      github ? dispatchRun(ctx, { codeHost: github.codeHost, outbound, settings }, input) : withoutGitHub,
    "repair.check-run": (ctx, input) => checkRun(ctx, { settings, outbound }, input),
    "repair.publish-patch": async (ctx, input) =>
      github && review ? publishRun(ctx, { ...review, issues: github.requestedIssues }, input) : withoutGitHub,
    "repair.follow-pull-request": async (ctx, input) =>
      github ? followPullRequest(ctx, { codeHost: github.codeHost, settings }, input) : withoutGitHub,
    "repair.note-pull-request": async (ctx, input) =>
      github ? notePullRequest(ctx, { codeHost: github.codeHost, settings }, input) : withoutGitHub,
    "repair.note-feedback": noteFeedback,
    "repair.collect-feedback": async (ctx, input) => (review ? collectFeedback(ctx, review, input) : withoutGitHub),
    "repair.answer-feedback": async (ctx, input) => (review ? answerFeedback(ctx, review, input) : withoutGitHub),
    "repair.obey-comment": async (ctx, input) =>
      github ? obeyComment(ctx, { codeHost: github.codeHost, issues: github.requestedIssues }, input) : withoutGitHub,
    "repair.note-label": async (ctx, input) =>
      github ? noteLabel(ctx, { codeHost: github.codeHost, issues: github.requestedIssues }, input) : withoutGitHub,
    "repair.take-request": async (ctx, input) =>
      github ? takeRequest(ctx, { issues: github.requestedIssues }, input) : withoutGitHub,
    "review.note-event": reviews(noteEvent),
    "review.look-at-pull": reviews(lookAtPull),
    "review.write-review": reviews(writeReview),
    "review.post-review": reviews(postReview),
    "review.answer-threads": reviews(answerThreads),
    "review.answer-issue": reviews(answerIssue),
    "recovery.note-deployment": noteDeployment,
    "recovery.verify-recovery": async (ctx, input) =>
      github ? verifyRecovery(ctx, { ...recovery, commits: github.commitGraph }, input) : withoutGitHub,
    "recovery.assess-regression": (ctx, input) =>
      assessRegression(ctx, { commits: github?.commitGraph ?? null, errors: historyOf }, input),
    "recovery.resolve-source": (ctx, input) => resolveSource(ctx, { errors: historyOf, outbound }, input),
    "recovery.offer-rollback": (ctx, input) => offerRollback(ctx, moves, input),
    "recovery.obey-rollback": (ctx, input) => obeyRollback(ctx, moves, input),
    "recovery.move-production": (ctx, input) => moveProduction(ctx, moves, input),
    "incidents.note-source-status": noteSourceStatus,
    "incidents.note-source-comment": noteSourceComment,
    "performance.find-slow": async (ctx, { projectId }) => {
      const { sentry } = providers;
      if (sentry === null) return { type: "dead", reason: "Sentry's API is not configured" };
      const outside = { source: sentry.performanceSource, settings: slowSettings(config) };
      await findSlow(ctx, outside, { projectId, isApplied: true });
      return DONE;
    },
    "backlog.keep-backlog": async (ctx, { projectId }) => {
      const outside = backlogOutside(config, providers);
      if (outside === null) return withoutGitHub;
      await keepBacklog(ctx, outside, { projectId, isApplied: true });
      return DONE;
    },
    "backlog.scan-repository": async (ctx, { projectId }) => {
      const outside = scanOutside(config, providers);
      if (outside === null) return withoutGitHub;
      await scanRepository(ctx, outside, { projectId, isApplied: true });
      return DONE;
    },
    // Without a code host there is no issue to keep: the dashboard shows the incident all the same.
    "alerts.update-issue": async (ctx, input) =>
      github
        ? updateIssue(
            ctx,
            {
              issues: github.incidentIssues,
              outbound,
              publicUrl: config.publicUrl,
              storm: config.policy.storm,
              postmortem: config.policy.recovery.postmortem === "off" ? null : (id) => draftPostmortem(config, ctx, id),
            },
            input,
          )
        : DONE,
    "alerts.note-issue": noteIssue,
  };
}
