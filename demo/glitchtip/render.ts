import type { Issue, StoredEvent } from "../sentry/model.ts";
import type { SentryPlace } from "../sentry/place.ts";
import { renderApiEvent } from "../sentry/render-event.ts";
import { isoMicros } from "../sentry/render-issue.ts";
import type { DemoMonitor } from "./model.ts";

/** An issue as `IssueSchema` writes it (apps/issue_events/schema.py): what it does not implement it says so, or leaves empty. */
export function renderIssue(issue: Issue, place: SentryPlace): Record<string, unknown> {
  const { latest } = issue;
  return {
    title: latest.title,
    metadata: latest.metadata,
    culprit: latest.culprit,
    id: issue.id,
    count: String(issue.count),
    type: latest.type,
    level: issue.level,
    status: issue.status,
    project: { platform: "node", slug: place.project, name: place.project, id: place.projectId },
    shortId: issue.shortId,
    numComments: 0,
    stats: { "24h": [] },
    shareId: null,
    logger: null,
    permalink: "Not implemented",
    statusDetails: {},
    subscriptionDetails: null,
    userCount: 0,
    matchingEventId: null,
    firstSeen: isoMicros(issue.firstSeenMs),
    lastSeen: isoMicros(issue.lastSeenMs),
  };
}

/** One event: `IssueEventDetailSchema`, by alias. */
export function renderEvent(event: StoredEvent, issue: Issue, place: SentryPlace): Record<string, unknown> {
  const at = issue.events.indexOf(event);
  const { entries, tags, message, title, metadata, platform, contexts, user, sdk, context, packages } = renderApiEvent(
    event,
    place,
    { previous: null, next: null, release: null },
  );
  return {
    id: event.id,
    eventID: event.id,
    projectID: Number(place.projectId),
    groupID: issue.id,
    dateCreated: isoMicros(event.timestampMs),
    dateReceived: isoMicros(event.receivedMs),
    dist: event.dist,
    culprit: event.transaction,
    type: event.type,
    ...{ entries, tags, message, title, metadata, platform, contexts, user, sdk, context, packages },
    userReport: null,
    nextEventID: issue.events[at + 1]?.id ?? null,
    previousEventID: issue.events[at - 1]?.id ?? null,
  };
}

/** A row of the list of events: the same fields in snake_case, as that route alone has no `by_alias`. */
export function renderListedEvent(event: StoredEvent, issue: Issue, place: SentryPlace): Record<string, unknown> {
  const { eventID, projectID, groupID, dateCreated, dateReceived, ...rest } = renderEvent(event, issue, place);
  const { userReport: _, nextEventID: __, previousEventID: ___, ...shared } = rest;
  return {
    ...shared,
    event_id: eventID,
    project_id: projectID,
    group_id: groupID,
    date_created: dateCreated,
    date_received: dateReceived,
  };
}

/** A monitor as `MonitorDetailSchema` writes it (apps/uptime/schema.py). */
export function renderMonitor(monitor: DemoMonitor, place: SentryPlace): Record<string, unknown> {
  return {
    id: Number(monitor.id),
    monitorType: "GET",
    endpointID: null,
    name: monitor.name,
    url: place.url,
    expectedStatus: 200,
    expectedBody: "",
    interval: 60,
    timeout: null,
    projectID: Number(place.projectId),
    environmentID: null,
    isUp: monitor.isUp,
    lastChange: monitor.lastChangeMs === null ? null : new Date(monitor.lastChangeMs).toISOString(),
    heartbeatEndpoint: null,
    projectName: place.project,
    envName: null,
    checks: [],
    organizationID: 1,
  };
}
