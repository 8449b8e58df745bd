import { readCommandWord } from "../kernel/read-command-text.ts";
import type { FirstStep, GithubSignal, IntakeFacts } from "./first-step-model.ts";

/** What of a pull request's life leads to a review, or ends it. */
const PULL_ACTIONS = ["opened", "synchronize", "reopened", "ready_for_review", "closed"];
/** What is said under comments on lines: ours may be among them. */
const THREAD_EVENTS = ["pull_request_review_comment", "pull_request_review_thread"];
const CHECK_EVENTS = ["check_run", "check_suite", "status"];

/** The step that follows from a delivery of GitHub's anyway, with what the reviewer has to hear of it beside or instead. */
export function decideReviewStep(signal: GithubSignal, facts: IntakeFacts, step: FirstStep): FirstStep {
  const isOurs = signal.repository.toLowerCase() === facts.repository?.toLowerCase();
  const reason = isOurs && facts.reviews ? reasonOf(signal, facts.reviews) : null;
  if (reason === null) return step;
  const isCommand = signal.kind === "comment";
  if (step.type === "job" && !isCommand) return { ...step, also: "review.note-event" };
  return { type: "job", reason, job: "review.note-event" };
}

function reasonOf(signal: GithubSignal, on: NonNullable<IntakeFacts["reviews"]>): string | null {
  switch (signal.kind) {
    case "pull_request":
      return on.pulls && PULL_ACTIONS.includes(signal.action) ? `pull request ${signal.action}` : null;
    case "pull_feedback":
      if (!on.pulls) return null;
      return isThread(signal) || CHECK_EVENTS.includes(signal.event) ? `${signal.event} ${signal.action}` : null;
    case "comment":
      if (!on.pulls || !signal.isPullRequest || signal.authorType === "Bot") return null;
      return readCommandWord(signal.text) === "review" ? "command" : null;
    case "github_issue":
      // One in the form that Sentry writes is adopted, and told of on its incident.
      if (!on.issues || signal.action !== "opened" || signal.senderType === "Bot") return null;
      return typeof signal.textRefusal === "string" ? "issue opened" : null;
    case "push":
      return null;
  }
}

type Feedback = Extract<GithubSignal, { kind: "pull_feedback" }>;

function isThread({ event, action }: Feedback): boolean {
  return THREAD_EVENTS.includes(event) && action !== "edited" && action !== "deleted";
}
