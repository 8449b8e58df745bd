import { isCommandText } from "../kernel/read-command-text.ts";
import { isReadBack } from "../kernel/sources.ts";
import type { AlertSignal, GithubIssueSignal, Signal, Source } from "./model.ts";

/** What the door knows of the project that a delivery is for. */
export interface IntakeFacts {
  source: Source;
  /** The only environment whose alerts open incidents. */
  environment: string;
  /** Slug of the source's project, where the operator named one. */
  sourceProject: string | null;
  /** owner/name of the target repository, or null when GitHub is not configured. */
  repository: string | null;
  vercelProjectId: string | null;
}

/** What has to be stored with an accepted delivery, in the same statement. */
export type FirstStep =
  | { type: "ignore"; reason: string }
  | { type: "store"; reason: string }
  | { type: "open_incident"; reason: string; identity: string; environment: string; signal: AlertSignal }
  | { type: "job"; reason: string; job: DeliveryJob };

/** Jobs that work on one delivery. */
export type DeliveryJob =
  | "incidents.note-source-status"
  | "repair.note-pull-request"
  | "repair.obey-comment"
  | "recovery.note-deployment"
  | "intake.adopt-issue"
  | "alerts.note-issue";

const ignore = (reason: string): FirstStep => ({ type: "ignore", reason });

/** What an accepted signal sets going. Everything else is done by jobs, from what is true when they run. */
export function decideFirstStep(signal: Signal, facts: IntakeFacts): FirstStep {
  switch (signal.kind) {
    case "alert":
      return alertStep(signal, facts);
    case "issue_status":
      return { type: "job", reason: `issue ${signal.status}`, job: "incidents.note-source-status" };
    case "deployment":
      if (
        facts.vercelProjectId !== null &&
        signal.sourceProject !== null &&
        signal.sourceProject !== facts.vercelProjectId
      ) {
        return ignore(`Vercel project ${signal.sourceProject} is not the target`);
      }
      // deployment.promoted and deployment.rollback carry no target: both are about production.
      if (signal.target !== "production" && signal.event !== "promoted" && signal.event !== "rollback") {
        return ignore(`a deployment to ${signal.target ?? "preview"} does not reach production`);
      }
      return { type: "job", reason: `deployment ${signal.event}`, job: "recovery.note-deployment" };
    case "installation":
      return { type: "store", reason: `installation ${signal.action}` };
    default:
      return githubStep(signal, facts);
  }
}

function alertStep(signal: AlertSignal, facts: IntakeFacts): FirstStep {
  // An unsigned message says nothing that counts, and GlitchTip names one of an issue's environments, any one, and never
  // sends a second message: which project and environments the issue is of is asked of the API, when it is judged.
  if (isReadBack(facts.source)) return openStep(signal, facts.source, facts.environment);
  if (facts.sourceProject !== null && signal.sourceProject !== null && signal.sourceProject !== facts.sourceProject) {
    return ignore(`project ${signal.sourceProject} is not watched`);
  }
  const environment = signal.environment ?? facts.environment;
  if (environment !== facts.environment) {
    return ignore(`environment ${environment} is not watched, ${facts.environment} is`);
  }
  return openStep(signal, facts.source, environment);
}

function openStep(signal: AlertSignal, source: Source, environment: string): FirstStep {
  const identity = `${source}:${signal.issueId}:${environment}`;
  return { type: "open_incident", reason: "alert", identity, environment, signal };
}

type GithubSignal = Exclude<Signal, { kind: "alert" | "issue_status" | "deployment" | "installation" }>;

function githubStep(signal: GithubSignal, facts: IntakeFacts): FirstStep {
  if (signal.repository.toLowerCase() !== facts.repository?.toLowerCase()) {
    return ignore(`repository ${signal.repository} is not the target`);
  }
  switch (signal.kind) {
    case "pull_request":
      if (!signal.headRef.startsWith("patchpilot/")) return ignore("not a pull request of ours");
      return { type: "job", reason: `pull request ${signal.action}`, job: "repair.note-pull-request" };
    case "comment":
      if (signal.authorType === "Bot") return ignore("written by a bot");
      if (!isCommandText(signal.text)) return ignore("no command in it");
      return { type: "job", reason: "command", job: "repair.obey-comment" };
    case "github_issue":
      return issueStep(signal);
    case "push":
      return ignore("a push changes production only when it is deployed");
  }
}

const ADOPTING_ACTIONS = ["opened", "edited", "reopened", "labeled"];

function issueStep({ action, state, sender, senderType, textRefusal }: GithubIssueSignal): FirstStep {
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
  return ignore(`an issue ${action} by a person is no evidence of an error${textRefusal ? `: ${textRefusal}` : ""}`);
}
