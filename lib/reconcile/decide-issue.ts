import type { AlertSignal, Signal, Source } from "../intake/model.ts";
import type { FindingKind, KnownIncident, PolledIssue } from "./model.ts";

export interface IssueFacts {
  source: Source;
  /** The environment that is watched; a listed issue has events there. */
  environment: string;
  issue: PolledIssue;
  /** Listed for its events; false: asked for by its id, for its status alone. */
  isListed: boolean;
  known: KnownIncident | null;
  /** An incident whose facts are behind by less than this is up to date. */
  graceMs: number;
}

export type IssueDecision =
  | { type: "nothing"; reason: string }
  | { type: "deliver"; kind: FindingKind; summary: string; deliveryKey: string; signal: Signal };

/** Only these are errors to work on; Sentry sends `issue.created` for no others that carry an error. */
const CATEGORIES: readonly (string | null)[] = [null, "error", "outage"];

const isEnd = (status: string | null) => status === "archived" || status === "resolved";

const nothing = (reason: string): IssueDecision => ({ type: "nothing", reason });

/**
 * What the present state of a source's issue asks for, given what is known of it here. The keys of status changes, and
 * of an issue that has one event, are those of Sentry's own webhooks for the same facts (formats.md 1.4), so that
 * whichever comes second is a duplicate.
 */
export function decideIssue(facts: IssueFacts): IssueDecision {
  const { issue, known, isListed } = facts;
  if (!CATEGORIES.includes(issue.category)) return nothing(`category ${issue.category} is no error`);
  if (known !== null) return decideKnown(facts, known);
  if (!isListed) return nothing("not known here");
  if (issue.status !== "unresolved") return nothing(`${issue.status} before it was known here`);
  return deliverAlert(facts, "unknown_issue", unknownKey(facts), "was not known here");
}

function decideKnown(facts: IssueFacts, known: KnownIncident): IssueDecision {
  const { issue, isListed, graceMs } = facts;
  const behindMs = Date.parse(issue.lastSeenAt) - Date.parse(known.lastSeenAt);
  const isBehind = isListed && (behindMs > graceMs || (behindMs > 0 && issue.isRegressed));
  switch (known.state) {
    case "ignored":
      return issue.status === "unresolved" && isEnd(known.sourceStatus)
        ? deliverStatus(facts, `is no longer ${known.sourceStatus}`)
        : nothing("ignored, and nothing changed");
    case "recovered": {
      const isAfterEnd = known.closedAt !== null && issue.lastSeenAt > known.closedAt;
      return issue.status === "unresolved" && isBehind && isAfterEnd
        ? deliverAlert(facts, "came_back", pollKey(facts), "was seen after its incident had recovered")
        : nothing("recovered, and nothing new");
    }
    default:
  }
  if (issue.status !== "unresolved") {
    return issue.status === known.sourceStatus
      ? nothing(`${issue.status}, as was told`)
      : deliverStatus(facts, `was ${issue.status} at its source`);
  }
  // What is under way reads the present by itself; what was judged and left alone would never look again.
  return known.state === "observed" && isBehind
    ? deliverAlert(facts, "more_events", pollKey(facts), "went on")
    : nothing("open and up to date");
}

function nameOf({ shortId, issueId, title }: PolledIssue): string {
  return `${shortId ?? issueId} (${title.slice(0, 80)})`;
}

function deliverStatus({ source, issue }: IssueFacts, what: string): IssueDecision {
  const { issueId, status } = issue;
  return {
    type: "deliver",
    kind: "status",
    summary: `${nameOf(issue)} ${what}`,
    deliveryKey: `${source}:issue:${issueId}:${status}:${issue.raw.lastSeen}`,
    signal: { kind: "issue_status", issueId, status, by: null },
  };
}

function deliverAlert(facts: IssueFacts, kind: FindingKind, deliveryKey: string, what: string): IssueDecision {
  const { issue, environment } = facts;
  const signal: AlertSignal = {
    kind: "alert",
    issueId: issue.issueId,
    shortId: issue.shortId,
    title: issue.title,
    culprit: issue.culprit,
    level: issue.level,
    environment,
    release: null,
    url: issue.url,
    sourceProject: issue.sourceProject,
    events: issue.events,
    users: issue.users,
    firstSeenAt: issue.firstSeenAt,
    lastSeenAt: issue.lastSeenAt,
    rule: null,
    event: null,
    ...(issue.isRegressed && { regression: true }),
  };
  return { type: "deliver", kind, summary: `${nameOf(issue)} ${what}`, deliveryKey, signal };
}

/** One event: the fact is the one that `issue.created` tells. */
function unknownKey(facts: IssueFacts): string {
  const { source, issue } = facts;
  if (issue.raw.firstSeen === issue.raw.lastSeen)
    return `${source}:issue:${issue.issueId}:created:${issue.raw.lastSeen}`;
  // What a rule keeps from becoming an incident is stored again once an hour, and not with every look.
  return `${source}:poll:${issue.issueId}:${issue.lastSeenAt.slice(0, 13)}`;
}

function pollKey({ source, issue }: IssueFacts): string {
  return `${source}:poll:${issue.issueId}:${issue.raw.lastSeen}`;
}
