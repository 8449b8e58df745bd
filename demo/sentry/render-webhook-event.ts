import type { ExceptionValue, Frame, StoredEvent } from "./model.ts";
import type { SentryPlace } from "./place.ts";
import { PyFloat } from "./python-json.ts";
import { headerPairs, queryPairs } from "./render-event.ts";
import { isoMicros } from "./render-issue.ts";

/** An event in the webhooks' words: snake_case frames, tags and headers as pairs, float times. */
export function renderWebhookEvent(event: StoredEvent, place: SentryPlace): Record<string, unknown> {
  return {
    _ref: Number(place.projectId),
    _ref_version: 2,
    breadcrumbs: { values: event.breadcrumbs },
    contexts: event.contexts,
    culprit: event.culprit,
    datetime: isoMicros(event.timestampMs),
    dist: event.dist,
    environment: event.environment,
    event_id: event.id,
    ...(event.exceptions.length > 0 ? { exception: { values: event.exceptions.map(webhookException) } } : {}),
    extra: event.extra,
    fingerprint: event.fingerprint,
    grouping_config: { enhancements: "", id: "newstyle:2023-01-11" },
    hashes: [event.hash],
    issue_url: place.issueApi(event.issueId),
    issue_id: event.issueId,
    key_id: place.projectId,
    level: event.level,
    location: event.location,
    logger: event.logger,
    message: event.message,
    metadata: event.metadata,
    modules: event.modules,
    platform: event.platform,
    project: Number(place.projectId),
    received: new PyFloat(event.receivedMs / 1000),
    release: event.release,
    request: webhookRequest(event.request ?? {}),
    sdk: event.sdk,
    tags: event.tags,
    time_spent: null,
    timestamp: new PyFloat(event.timestampMs / 1000),
    title: event.title,
    transaction: event.transaction,
    type: event.type,
    url: place.eventApi(event.id),
    user: event.user,
    version: "7",
    web_url: place.eventPage(event.issueId, event.id),
  };
}

function webhookException(exception: ExceptionValue): Record<string, unknown> {
  const nothing = { data: null, description: null, handled: null, help_link: null, meta: null, synthetic: null };
  return {
    mechanism: exception.mechanism ? { ...nothing, ...exception.mechanism } : null,
    module: exception.module,
    stacktrace: exception.frames ? { frames: exception.frames.map(webhookFrame) } : null,
    type: exception.type,
    value: exception.value,
  };
}

function webhookFrame(frame: Frame): Record<string, unknown> {
  return {
    abs_path: frame.absPath,
    colno: frame.colNo,
    context_line: frame.contextLine,
    data: { orig_in_app: frame.origInApp === null ? null : Number(frame.origInApp) },
    errors: null,
    filename: frame.filename,
    function: frame.function,
    image_addr: null,
    in_app: frame.inApp,
    instruction_addr: null,
    lineno: frame.lineNo,
    module: frame.module,
    package: null,
    platform: null,
    post_context: frame.postContext,
    pre_context: frame.preContext,
    raw_function: null,
    symbol: null,
    symbol_addr: null,
    trust: null,
    vars: frame.vars,
  };
}

function webhookRequest(request: Record<string, unknown>): Record<string, unknown> {
  return {
    cookies: null,
    data: request.data ?? null,
    env: null,
    fragment: null,
    headers: headerPairs(request.headers),
    inferred_content_type: null,
    method: request.method ?? null,
    query_string: queryPairs(request.query_string),
    url: request.url ?? null,
  };
}
