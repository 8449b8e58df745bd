import type { Issue, IssueStatus, StoredEvent } from "./model.ts";
import { userKey } from "./normalize-event.ts";

/** Newest events of an issue that keep everything; of older ones stays what counting and searching need. */
const FULL_EVENTS_KEPT = 500;
const EVENTS_KEPT = 50_000;

export interface StatusChange {
  status: IssueStatus;
  substatus: string | null;
  statusDetails: Record<string, unknown>;
  resolution: Issue["resolution"];
  ignoreUntilMs: number | null;
  ignoreCount: number | null;
  activity: string;
}

export interface StatusRequest {
  status: string;
  statusDetails?: Record<string, unknown> | undefined;
  substatus?: string | undefined;
}

/**
 * What `PUT /issues/{id}/` asks for, as the state change that Sentry makes of it; a string says what is wrong.
 * `releases` are oldest first.
 */
export function readStatusChange(
  request: StatusRequest,
  releases: readonly string[],
  nowMs: number,
): StatusChange | string {
  const details = request.statusDetails ?? {};
  const latest = releases.at(-1);
  switch (request.status) {
    case "unresolved":
      return change("unresolved", request.substatus ?? "ongoing", "set_unresolved");
    case "resolvedInNextRelease":
      return resolvedFrom("inNextRelease", latest);
    case "resolved": {
      if (details.inNextRelease === true) return resolvedFrom("inNextRelease", latest);
      if (details.inRelease !== undefined) {
        const version = details.inRelease === "latest" ? latest : details.inRelease;
        if (typeof version !== "string" || !releases.includes(version))
          return "Unable to find a release with the given version.";
        return resolvedFrom("inRelease", version);
      }
      return change(
        "resolved",
        null,
        details.inCommit ? "set_resolved_in_commit" : "set_resolved",
        details.inCommit ? { inCommit: details.inCommit } : {},
      );
    }
    case "ignored":
    case "muted":
      return ignored(details, request.substatus, nowMs);
    default:
      return `"${request.status}" is not a valid choice.`;
  }
}

function change(
  status: IssueStatus,
  substatus: string | null,
  activity: string,
  statusDetails: Record<string, unknown> = {},
): StatusChange {
  return { status, substatus, statusDetails, resolution: null, ignoreUntilMs: null, ignoreCount: null, activity };
}

function resolvedFrom(kind: "inRelease" | "inNextRelease", release: string | undefined): StatusChange | string {
  if (release === undefined) return "No release data present in the system to form a basis for 'Next Release'";
  const details = kind === "inRelease" ? { inRelease: release } : { inNextRelease: true };
  return { ...change("resolved", null, "set_resolved_in_release", details), resolution: { kind, release } };
}

function ignored(details: Record<string, unknown>, substatus: string | undefined, nowMs: number): StatusChange {
  const minutes = typeof details.ignoreDuration === "number" ? details.ignoreDuration : null;
  const count = typeof details.ignoreCount === "number" ? details.ignoreCount : null;
  const conditional = minutes !== null || count !== null;
  const untilMs = minutes === null ? null : nowMs + minutes * 60_000;
  return {
    ...change(
      "ignored",
      substatus ?? (conditional ? "archived_until_condition_met" : "archived_until_escalating"),
      "set_ignored",
      {
        ...(untilMs === null ? {} : { ignoreUntil: new Date(untilMs).toISOString() }),
        ...(count === null ? {} : { ignoreCount: count }),
      },
    ),
    ignoreUntilMs: untilMs,
    ignoreCount: count,
  };
}

/**
 * Whether a resolution still holds for this event. A plain one holds for events from before it. A release-bound one
 * holds for older releases and for events without a release (sentry/models/groupresolution.py `has_resolution`).
 */
export function isCovered(issue: Issue, event: StoredEvent, releases: readonly string[]): boolean {
  if (issue.resolution === null) return event.timestampMs <= (issue.resolvedAtMs ?? 0);
  if (event.release === null) return true;
  const position = releases.indexOf(event.release);
  const bound = releases.indexOf(issue.resolution.release);
  return issue.resolution.kind === "inRelease" ? position < bound : position <= bound;
}

export function isSnoozeOver(issue: Issue, atMs: number): boolean {
  const { untilMs, untilCount } = issue.ignore ?? { untilMs: null, untilCount: null };
  return (untilMs !== null && atMs >= untilMs) || (untilCount !== null && issue.count >= untilCount);
}

export function endResolution(
  issue: Issue,
  substatus: string,
  activity: string,
  atMs: number,
  release: string | null,
): void {
  issue.status = "unresolved";
  issue.substatus = substatus;
  issue.statusDetails = {};
  issue.resolution = null;
  issue.resolvedAtMs = null;
  issue.ignore = null;
  appendActivity(issue, activity, atMs, release === null ? {} : { version: release });
}

export function appendActivity(issue: Issue, type: string, atMs: number, data: Record<string, unknown>): void {
  issue.activity.unshift({ id: String(issue.activity.length), type, atMs, data });
}

/** The issue of a first event, not yet counted. */
export function newIssue(event: StoredEvent, project: string, number: number): Issue {
  return {
    id: event.issueId,
    shortId: `${project.toUpperCase()}-${crockford(number)}`,
    hash: event.hash,
    status: "unresolved",
    substatus: "new",
    statusDetails: {},
    resolvedAtMs: null,
    resolution: null,
    ignore: null,
    firstSeenMs: event.timestampMs,
    lastSeenMs: event.timestampMs,
    count: 0,
    userKeys: new Set(),
    level: event.level,
    firstRelease: event.release,
    lastRelease: event.release,
    isUnhandled: event.isUnhandled,
    latest: event,
    events: [],
    activity: [{ id: "0", type: "first_seen", atMs: event.timestampMs, data: {} }],
  };
}

// Sentry writes short ids in Crockford's base 32: no I, L, O, U.
function crockford(number: number): string {
  const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let text = "";
  for (let rest = number; rest > 0; rest = Math.floor(rest / 32)) text = `${digits[rest % 32]}${text}`;
  return text || "0";
}

/** Counts an event into its issue and keeps it. */
export function countEvent(issue: Issue, event: StoredEvent): void {
  issue.count += 1;
  issue.firstSeenMs = Math.min(issue.firstSeenMs, event.timestampMs);
  issue.lastSeenMs = Math.max(issue.lastSeenMs, event.timestampMs);
  issue.firstRelease ??= event.release;
  issue.lastRelease = event.release ?? issue.lastRelease;
  issue.isUnhandled = event.isUnhandled;
  issue.level = event.level;
  const user = userKey(event.user);
  if (user) issue.userKeys.add(user);
  issue.latest = event;
  issue.events.push(event);
  const aged = issue.events.at(-FULL_EVENTS_KEPT - 1);
  if (aged) dropDetails(aged);
  if (issue.events.length > EVENTS_KEPT) issue.events.shift();
}

function dropDetails(event: StoredEvent): void {
  event.exceptions = event.exceptions.map((exception) => ({ ...exception, frames: null }));
  event.breadcrumbs = [];
  event.contexts = {};
  event.modules = {};
  event.extra = {};
  event.request = null;
}
