import type { ExceptionValue, Frame, StoredEvent } from "./model.ts";
import type { SentryPlace } from "./place.ts";
import { isoMicros } from "./render-issue.ts";

/** An event in the Web API's words: `entries`, camelCase frames, tags as objects. */
export function renderApiEvent(
  event: StoredEvent,
  place: SentryPlace,
  around: { previous: string | null; next: string | null; release: unknown },
): Record<string, unknown> {
  return {
    ...renderSimpleEvent(event, place),
    size: event.sizeBytes,
    entries: entries(event),
    dist: event.dist,
    user: event.user ? apiUser(event.user) : null,
    contexts: event.contexts,
    sdk: event.sdk ? { name: event.sdk.name ?? null, version: event.sdk.version ?? null } : null,
    context: event.extra,
    packages: event.modules,
    metadata: event.metadata,
    dateReceived: isoMicros(event.receivedMs),
    errors: [],
    occurrence: null,
    _meta: {
      entries: {},
      message: null,
      user: null,
      contexts: null,
      sdk: null,
      context: null,
      packages: null,
      tags: {},
    },
    fingerprints: [event.hash],
    groupingConfig: { enhancements: "", id: "newstyle:2023-01-11" },
    release: around.release,
    userReport: null,
    sdkUpdates: [],
    resolvedWith: [],
    nextEventID: around.next,
    previousEventID: around.previous,
  };
}

function apiUser(user: Record<string, unknown>): Record<string, unknown> {
  const known = { id: null, email: null, username: null, ip_address: null, name: null };
  const isKnown = (key: string) => key in known || key === "geo";
  const all = Object.entries(user);
  return {
    ...known,
    ...Object.fromEntries(all.filter(([key]) => isKnown(key))),
    data: Object.fromEntries(all.filter(([key]) => !isKnown(key))),
  };
}

/** A row of `…/events/` without `full`. */
export function renderSimpleEvent(event: StoredEvent, place: SentryPlace): Record<string, unknown> {
  return {
    id: event.id,
    groupID: event.issueId,
    eventID: event.id,
    projectID: place.projectId,
    message: event.message,
    title: event.title,
    location: event.location,
    culprit: event.culprit,
    user: event.user,
    tags: event.tags.map(([key, value]) => ({ key, value })),
    platform: event.platform,
    type: event.type,
    "event.type": event.type,
    dateCreated: isoMicros(event.timestampMs),
    crashFile: null,
    metadata: event.metadata,
  };
}

function entries(event: StoredEvent): unknown[] {
  const list: unknown[] = [];
  if (event.exceptions.length > 0) {
    const hasSystemFrames = event.exceptions.some(hasSystem);
    list.push({
      type: "exception",
      data: { values: event.exceptions.map(apiException), hasSystemFrames, excOmitted: null },
    });
  }
  if (event.message) list.push({ type: "message", data: { formatted: event.message, message: null, params: null } });
  if (event.breadcrumbs.length > 0)
    list.push({ type: "breadcrumbs", data: { values: event.breadcrumbs.map(apiBreadcrumb) } });
  if (event.request) list.push({ type: "request", data: { apiTarget: null, ...apiRequest(event.request) } });
  return list;
}

function hasSystem(exception: ExceptionValue): boolean {
  return (exception.frames ?? []).some((frame) => !frame.inApp);
}

function apiException(exception: ExceptionValue): Record<string, unknown> {
  const stacktrace = exception.frames
    ? {
        frames: exception.frames.map(apiFrame),
        framesOmitted: null,
        registers: null,
        hasSystemFrames: hasSystem(exception),
      }
    : null;
  return {
    type: exception.type,
    value: exception.value,
    mechanism: exception.mechanism,
    threadId: null,
    module: exception.module,
    stacktrace,
    rawStacktrace: null,
  };
}

function apiFrame(frame: Frame): Record<string, unknown> {
  return {
    filename: frame.filename,
    absPath: frame.absPath,
    module: frame.module,
    package: null,
    platform: null,
    instructionAddr: null,
    symbolAddr: null,
    function: frame.function,
    rawFunction: null,
    symbol: null,
    context: numberedContext(frame),
    lineNo: frame.lineNo,
    colNo: frame.colNo,
    inApp: frame.inApp,
    trust: null,
    errors: null,
    lock: null,
    sourceLink: null,
    vars: frame.vars,
  };
}

/** `[[line number, text], …]` around the frame's line, as the issue page shows it. */
export function numberedContext(frame: Frame): [number, string][] {
  if (frame.contextLine === null || frame.lineNo === null) return [];
  const before = frame.preContext ?? [];
  const first = frame.lineNo - before.length;
  return [...before, frame.contextLine, ...(frame.postContext ?? [])].map((text, index) => [first + index, text]);
}

function apiBreadcrumb(crumb: Record<string, unknown>): Record<string, unknown> {
  const at = typeof crumb.timestamp === "number" ? isoMicros(crumb.timestamp * 1000) : (crumb.timestamp ?? null);
  return {
    timestamp: at,
    type: crumb.type ?? "default",
    category: crumb.category ?? null,
    level: crumb.level ?? "info",
    message: crumb.message ?? null,
    data: crumb.data ?? null,
  };
}

function apiRequest(request: Record<string, unknown>): Record<string, unknown> {
  return {
    method: request.method ?? null,
    url: request.url ?? null,
    query: queryPairs(request.query_string),
    fragment: null,
    data: request.data ?? null,
    headers: headerPairs(request.headers),
    cookies: headerPairs(request.cookies),
    env: request.env ?? null,
    inferredContentType: null,
  };
}

/** Headers as Sentry lists them: `[["Content-Type", "…"], …]`, sorted. */
export function headerPairs(headers: unknown): [string, string][] {
  if (typeof headers !== "object" || headers === null) return [];
  const title = (name: string) =>
    name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [title(name), String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

export function queryPairs(query: unknown): [string, string][] {
  return typeof query === "string" ? [...new URLSearchParams(query)] : [];
}
