import { isCommandText } from "../kernel/read-command-text.ts";
import { readPlainWords } from "../kernel/read-plain-words.ts";
import { isReadBack } from "../kernel/sources.ts";
import { composeMetricAlert } from "./compose-metric-alert.ts";
import { decideReviewStep } from "./decide-review-step.ts";
import type { FirstStep, GithubSignal, IntakeFacts } from "./first-step-model.ts";
import type { AlertSignal, DeploymentSignal, GithubIssueSignal, MetricAlertSignal, Signal, Source } from "./model.ts";

export type { FirstStep, IntakeFacts } from "./first-step-model.ts";

type OpenStep = Extract<FirstStep, { type: "open_incident" }>;

const ignore = (reason: string): FirstStep => ({ type: "ignore", reason });

/** What an accepted signal sets going. Everything else is done by jobs, from what is true when they run. */
export function decideFirstStep(signal: Signal, facts: IntakeFacts): FirstStep {
  switch (signal.kind) {
    case "alert":
      return alertStep(signal, facts);
    case "issue_status":
      return { type: "job", reason: `issue ${signal.status}`, job: "incidents.note-source-status" };
    case "deployment":
      return deploymentStep(signal, facts);
    case "installation":
      if (facts.source !== "sentry") return { type: "store", reason: `installation ${signal.action}` };
      return { type: "job", reason: `installation ${signal.action}`, job: "intake.note-installation" };
    case "seer":
      return { type: "job", reason: `Seer's result: ${signal.action}`, job: "investigate.note-seer" };
    case "source_comment":
      if (isOfOther(signal.sourceProject, facts.sourceProject)) return unwatched(signal.sourceProject);
      return { type: "job", reason: `comment ${signal.action}`, job: "incidents.note-source-comment" };
    case "metric_alert":
      return metricStep(signal, facts);
    case "anomaly":
      if (isOfOther(signal.sourceProject, facts.vercelProjectId)) {
        return ignore(`Vercel project ${signal.sourceProject} is not the target`);
      }
      return { type: "job", reason: "error anomaly", job: "triage.note-anomaly" };
    default:
      return decideReviewStep(signal, facts, githubStep(signal, facts));
  }
}

/** Whether both are named, and differ. */
const isOfOther = (named: string | null, watched: string | null) =>
  named !== null && watched !== null && named !== watched;

const unwatched = (project: string | null) => ignore(`project ${project} is not watched`);

function deploymentStep(signal: DeploymentSignal, facts: IntakeFacts): FirstStep {
  if (isOfOther(signal.sourceProject, facts.vercelProjectId)) {
    return ignore(`Vercel project ${signal.sourceProject} is not the target`);
  }
  // deployment.promoted and deployment.rollback carry no target: both are about production.
  if (signal.target !== "production" && signal.event !== "promoted" && signal.event !== "rollback") {
    return ignore(`a deployment to ${signal.target ?? "preview"} does not reach production`);
  }
  return { type: "job", reason: `deployment ${signal.event}`, job: "recovery.note-deployment" };
}

/** A number over its threshold opens an incident; a number that is well again opens none, and may end one. */
function metricStep(signal: MetricAlertSignal, facts: IntakeFacts): FirstStep {
  const projects = signal.sourceProjects;
  if (facts.sourceProject !== null && projects.length > 0 && !projects.includes(facts.sourceProject)) {
    return unwatched(projects.join(", "));
  }
  const environment = signal.environment ?? facts.environment;
  if (environment !== facts.environment) return unwatchedEnvironment(environment, facts);
  const step = openStep(composeMetricAlert(signal), facts.source, environment);
  const reason = `metric alert ${signal.status}`;
  if (signal.status !== "resolved") return { ...step, reason };
  return { type: "job", reason, job: "triage.note-metric", identity: step.identity };
}

const unwatchedEnvironment = (environment: string, facts: IntakeFacts) =>
  ignore(`environment ${environment} is not watched, ${facts.environment} is`);

function alertStep(signal: AlertSignal, facts: IntakeFacts): FirstStep {
  // An unsigned message says nothing that counts, and GlitchTip names one of an issue's environments, any one, and never
  // sends a second message: which project and environments the issue is of is asked of the API, when it is judged.
  if (isReadBack(facts.source)) return openStep(signal, facts.source, facts.environment);
  if (isOfOther(signal.sourceProject, facts.sourceProject)) return unwatched(signal.sourceProject);
  const environment = signal.environment ?? facts.environment;
  if (environment !== facts.environment) return unwatchedEnvironment(environment, facts);
  return openStep(signal, facts.source, environment);
}

function openStep(signal: AlertSignal, source: Source, environment: string): OpenStep {
  const identity = `${source}:${signal.issueId}:${environment}`;
  return { type: "open_incident", reason: "alert", identity, environment, signal };
}

function githubStep(signal: GithubSignal, facts: IntakeFacts): FirstStep {
  if (signal.repository.toLowerCase() !== facts.repository?.toLowerCase()) {
    return ignore(`repository ${signal.repository} is not the target`);
  }
  switch (signal.kind) {
    case "pull_request":
      if (!signal.headRef.startsWith("patchpilot/")) return ignore("not a pull request of ours");
      return { type: "job", reason: `pull request ${signal.action}`, job: "repair.note-pull-request" };
    case "pull_feedback":
      if (!signal.headRef?.startsWith("patchpilot/")) return ignore("not about a pull request of ours");
      return { type: "job", reason: `${signal.event} ${signal.action}`, job: "repair.note-feedback" };
    case "comment":
      if (signal.authorType === "Bot") return ignore("written by a bot");
      if (isCommandText(signal.text)) return { type: "job", reason: "command", job: "repair.obey-comment" };
      // Our pull requests are opened by our App; which of a bot's are ours is known to the job.
      if (signal.isPullRequest && signal.openedByBot === true)
        return { type: "job", reason: "comment on a pull request", job: "repair.note-feedback" };
      if (!signal.isPullRequest && readPlainWords(signal.text) !== null)
        return { type: "job", reason: "a request in plain words", job: "repair.obey-comment" };
      return ignore("no command in it");
    case "github_issue":
      return issueStep(signal);
    case "push":
      return ignore("a push changes production only when it is deployed");
  }
}

/** A person who puts it on an issue hands that issue over. */
const HANDING_OVER_LABEL = "patchpilot";
const ADOPTING_ACTIONS = ["opened", "edited", "reopened", "labeled"];

function issueStep(signal: GithubIssueSignal): FirstStep {
  const { action, state, sender, senderType, textRefusal } = signal;
  const isBot = senderType === "Bot";
  // Our own label on an issue that is an incident's by now comes back as a webhook.
  const isEcho = isBot && action === "labeled";
  if (textRefusal === null && state === "open" && ADOPTING_ACTIONS.includes(action) && !isEcho) {
    return { type: "job", reason: `issue ${action}: in the form that Sentry writes`, job: "intake.adopt-issue" };
  }
  if (isBot) return ignore(`done by a bot (${sender})`);
  if (action === "closed" || action === "reopened") {
    return { type: "job", reason: `issue ${action}`, job: "alerts.note-issue" };
  }
  if (action === "labeled" && signal.label === HANDING_OVER_LABEL && state === "open") {
    return { type: "job", reason: `issue labeled ${HANDING_OVER_LABEL}`, job: "repair.note-label" };
  }
  return ignore(`an issue ${action} by a person is no evidence of an error${textRefusal ? `: ${textRefusal}` : ""}`);
}
