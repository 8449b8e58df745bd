import type { EvalCase } from "../../lib/evals/case-model.ts";
import { fixtureJson, SECRET, signedHeaders } from "../support/sign-delivery.ts";
import type { RecordedError } from "./recorded-errors.ts";

export interface SentDelivery {
  source: "sentry" | "github";
  body: string;
  headers: Record<string, string>;
}

/** A webhook as its provider sends it, signed with the tests' secret. */
export function composeDelivery(
  send: EvalCase["deliveries"][number]["send"],
  facts: { error: RecordedError; release: string | null; issueNumber: number | null; now: Date; body: string | null },
): SentDelivery {
  if (send === "github_issue") return composeGithubIssue(facts);
  const isAlert = send === "alert";
  const body = JSON.stringify(isAlert ? alertBody(facts) : issueBody(facts));
  const headers = {
    "content-type": "application/json",
    "Sentry-Hook-Resource": isAlert ? "event_alert" : "issue",
    "Sentry-Hook-Timestamp": String(Math.floor(facts.now.getTime() / 1_000)),
    ...signedHeaders("sentry", body, SECRET),
  };
  return { source: "sentry", body, headers };
}

type Facts = Parameters<typeof composeDelivery>[1];

function composeGithubIssue({ issueNumber, body: text }: Facts): SentDelivery {
  const issue = { number: issueNumber, state: "open", body: text };
  const sender = { login: "sentry-io[bot]", type: "Bot" };
  const body = JSON.stringify({ action: "opened", repository: { full_name: "acme/shop" }, issue, sender });
  const headers = {
    "content-type": "application/json",
    "X-GitHub-Event": "issues",
    "X-GitHub-Delivery": `00000000-0000-4000-8000-${String(issueNumber).padStart(12, "0")}`,
    ...signedHeaders("github", body, SECRET),
  };
  return { source: "github", body, headers };
}

function framesOf(error: RecordedError) {
  return error.frames.map(({ file, function: name, line, inApp, context }) => ({
    filename: file,
    abs_path: file,
    function: name,
    lineno: line,
    colno: null,
    in_app: inApp,
    context_line: context,
  }));
}

/** `event_alert.triggered` of test/fixtures with this error in its places. */
function alertBody({ error, release, now }: Facts): Record<string, unknown> {
  const mechanism = { type: "generic", handled: error.handled };
  const { type, message: value } = error;
  const stacktrace = error.frames.length > 0 ? { frames: framesOf(error) } : null;
  return fixtureJson(
    "sentry/event_alert.triggered.json",
    ["data.event.event_id", error.issueId.padStart(32, "e")],
    ["data.event.issue_id", error.issueId],
    ["data.event.web_url", `https://errors.example/issues/${error.issueId}/events/1/`],
    ["data.event.title", error.title],
    ["data.event.culprit", null],
    ["data.event.level", error.level],
    ["data.event.environment", error.environment],
    ["data.event.release", release],
    ["data.event.datetime", now.toISOString()],
    ["data.event.timestamp", now.getTime() / 1_000],
    ["data.event.metadata", { type, value }],
    ["data.event.exception", { values: [{ type, value, mechanism, stacktrace }] }],
    ["data.event.request", error.request],
    ["data.event.user", null],
    ["data.event.tags", [...Object.entries(error.tags), ["level", error.level]]],
  );
}

/** `issue.created` of test/fixtures, which carries no event. */
function issueBody({ error, now }: Facts): Record<string, unknown> {
  return fixtureJson(
    "sentry/issue.created.json",
    ["data.issue.id", error.issueId],
    ["data.issue.shortId", `SHOP-${error.issueId}`],
    ["data.issue.title", error.title],
    ["data.issue.culprit", null],
    ["data.issue.level", error.level],
    ["data.issue.metadata", { type: error.type, value: error.message }],
    ["data.issue.count", String(error.events)],
    ["data.issue.userCount", error.users],
    ["data.issue.firstSeen", new Date(now.getTime() - error.firstSeenMinutesAgo * 60_000).toISOString()],
    ["data.issue.lastSeen", now.toISOString()],
    ["data.issue.web_url", `https://errors.example/issues/${error.issueId}/`],
  );
}
