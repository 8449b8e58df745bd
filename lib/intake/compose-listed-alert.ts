import type { SourceIssue } from "../investigate/ports.ts";
import type { AlertSignal } from "./model.ts";

/** An issue that the source's API listed, as an alert. Its event, and so environment and release, are read when it is judged. */
export function composeListedAlert(issue: SourceIssue): AlertSignal {
  return {
    kind: "alert",
    issueId: issue.issueId,
    shortId: issue.shortId,
    title: issue.title,
    culprit: issue.culprit,
    level: issue.level,
    environment: null,
    release: null,
    url: issue.url,
    sourceProject: null,
    events: issue.events,
    users: issue.users,
    firstSeenAt: issue.firstSeenAt,
    lastSeenAt: issue.lastSeenAt,
    rule: null,
    event: null,
  };
}
