import type { Issue, Release } from "./model.ts";
import type { SentryPlace } from "./place.ts";
import { renderReleaseSummary } from "./render-release.ts";

export function isoMicros(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** An issue as the plain group serializer writes it: webhooks and lists build on this. */
export function renderGroup(issue: Issue, place: SentryPlace): Record<string, unknown> {
  const event = issue.latest;
  return {
    id: issue.id,
    shareId: null,
    shortId: issue.shortId,
    title: event.title,
    culprit: event.culprit,
    permalink: place.issuePage(issue.id),
    logger: event.logger || null,
    level: issue.level,
    status: issue.status,
    statusDetails: issue.statusDetails,
    substatus: issue.substatus,
    isPublic: false,
    platform: event.platform,
    project: { id: place.projectId, name: place.project, slug: place.project, platform: "node" },
    type: event.type,
    metadata: event.metadata,
    numComments: 0,
    assignedTo: null,
    isBookmarked: false,
    isSubscribed: false,
    subscriptionDetails: null,
    hasSeen: false,
    annotations: [],
    issueType: "error",
    issueCategory: "error",
    priority: issue.isUnhandled || issue.level === "fatal" ? "high" : "medium",
    priorityLockedAt: null,
    seerFixabilityScore: null,
    seerAutofixLastTriggered: null,
    seerExplorerAutofixLastTriggered: null,
    isUnhandled: issue.isUnhandled,
    count: String(issue.count),
    userCount: issue.userKeys.size,
    firstSeen: isoMicros(issue.firstSeenMs),
    lastSeen: isoMicros(issue.lastSeenMs),
  };
}

/** `GET /issues/{id}/`: the group with activity, releases, tags and hourly and daily counts. */
export function renderIssueDetails(
  issue: Issue,
  place: SentryPlace,
  releases: Map<string, Release>,
  nowMs: number,
): Record<string, unknown> {
  const summary = (version: string | null) => {
    const release = version === null ? undefined : releases.get(version);
    return release ? renderReleaseSummary(release) : null;
  };
  return {
    ...renderGroup(issue, place),
    activity: issue.activity.map((one) => ({
      id: one.id,
      user: null,
      type: one.type,
      data: one.data,
      dateCreated: isoMicros(one.atMs),
    })),
    openPeriods: [],
    seenBy: [],
    participants: [],
    pluginActions: [],
    pluginIssues: [],
    pluginContexts: [],
    userReportCount: 0,
    firstRelease: summary(issue.firstRelease),
    lastRelease: summary(issue.lastRelease),
    tags: renderTagTotals(issue),
    stats: { "24h": countsByHour(issue, nowMs), "30d": countsByDay(issue, nowMs) },
  };
}

/** One row of `GET /organizations/{org}/issues/`. */
export function renderIssueRow(issue: Issue, place: SentryPlace, nowMs: number): Record<string, unknown> {
  const group = renderGroup(issue, place);
  return {
    ...group,
    filtered: null,
    inbox: null,
    owners: null,
    stats: { "24h": countsByHour(issue, nowMs) },
    lifetime: {
      count: group.count,
      userCount: group.userCount,
      firstSeen: group.firstSeen,
      lastSeen: group.lastSeen,
      stats: null,
    },
    integrationIssues: [],
    sentryAppIssues: [],
    sessionCount: null,
    latestEventHasAttachments: false,
    matchingEventId: null,
    matchingEventEnvironment: null,
    derivedData: null,
  };
}

/** `[[hour start in seconds, events], …]` of the last 24 hours, the current hour last. */
export function countsByHour(issue: Issue, nowMs: number): [number, number][] {
  return countsBy(issue, nowMs, 3600, 24);
}

function countsByDay(issue: Issue, nowMs: number): [number, number][] {
  return countsBy(issue, nowMs, 86_400, 30);
}

function countsBy(issue: Issue, nowMs: number, seconds: number, buckets: number): [number, number][] {
  const last = Math.floor(nowMs / 1000 / seconds);
  const counts = Array.from({ length: buckets + 1 }, (_, index): [number, number] => [
    (last - buckets + index) * seconds,
    0,
  ]);
  for (const event of issue.events) {
    const slot = counts[Math.floor(event.timestampMs / 1000 / seconds) - last + buckets];
    if (slot) slot[1] += 1;
  }
  return counts;
}

function renderTagTotals(issue: Issue): Record<string, unknown>[] {
  const totals = new Map<string, number>();
  for (const event of issue.events) for (const [key] of event.tags) totals.set(key, (totals.get(key) ?? 0) + 1);
  return [...totals].map(([key, totalValues]) => ({
    key,
    name: key.charAt(0).toUpperCase() + key.slice(1),
    totalValues,
  }));
}
