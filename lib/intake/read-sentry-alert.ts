import * as z from "zod";
import type { AlertSignal, ReadDelivery } from "./model.ts";
import {
  deliveryKeyOf,
  type Fields,
  fieldsOf,
  optionalFields,
  optionalId,
  optionalText,
  optionalUrl,
  type Rejected,
  refusedField,
  refusedShape,
  requiredId,
  textOf,
} from "./read-fields.ts";
import { readSentryEvent } from "./read-sentry-event.ts";

const eventSchema = z.object({
  event_id: requiredId,
  issue_id: optionalId,
  issue_url: optionalUrl,
  web_url: optionalUrl,
  url: optionalUrl,
  title: optionalText(500),
  culprit: optionalText(500),
  level: optionalText(32),
  environment: optionalText(200),
  release: z.unknown().optional(),
  project: optionalId,
  occurrence: optionalFields,
});

/** What else a delivery knows of the alert, beside the event. */
interface Surroundings {
  issueId?: string | null;
  title?: string | null;
  culprit?: string | null;
  level?: string | null;
  url?: string | null;
  sourceProject?: string | null;
  rule?: string | null;
}

/** `event_alert.triggered`: an alert rule fired. The same event under another rule is another delivery (formats.md 1.4). */
export function readEventAlert(data: Fields): ReadDelivery {
  const rule = textOf(data.triggered_rule, 256);
  const alert = alertOf(data.event, "data.event", { rule });
  if ("outcome" in alert) return alert;
  const reason = rule === null ? "an alert rule fired" : `alert rule "${rule}" fired`;
  return accepted("event_alert", deliveryKeyOf("sentry", "event_alert", eventIdOf(alert), rule), reason, alert);
}

/** `error.created`: every single error event (Business plans and up). */
export function readErrorCreated(data: Fields): ReadDelivery {
  const alert = alertOf(data.error, "data.error", {});
  if ("outcome" in alert) return alert;
  return accepted("error", deliveryKeyOf("sentry", "error", eventIdOf(alert)), "an error event was created", alert);
}

const legacySchema = z.object({
  id: requiredId,
  project: optionalId,
  project_slug: optionalText(200),
  level: optionalText(32),
  culprit: optionalText(500),
  message: optionalText(500),
  url: optionalUrl,
  triggering_rules: z.unknown().optional(),
});

/** Whether a body is the legacy "WebHooks" plugin's, the only one that Sentry sends unsigned. */
export function isLegacyPluginBody(body: unknown): boolean {
  const fields = fieldsOf(body);
  return fields !== null && "event" in fields && ("project_slug" in fields || "triggering_rules" in fields);
}

/** The legacy "WebHooks" plugin's body (getsentry/sentry services/legacy_webhook/service.py). */
export function readLegacyPlugin(body: Fields): ReadDelivery {
  const parsed = legacySchema.safeParse(body);
  if (!parsed.success) return refusedShape(parsed.error);
  const { id, project, project_slug, level, culprit, message, url, triggering_rules } = parsed.data;
  const rule = Array.isArray(triggering_rules) ? textOf(triggering_rules[0], 256) : null;
  const sourceProject = project_slug ?? project;
  const alert = alertOf(withEventId(body.event), "event", {
    issueId: id,
    title: message,
    culprit,
    level,
    url: withoutQuery(url),
    sourceProject,
    rule,
  });
  if ("outcome" in alert) return alert;
  const key = deliveryKeyOf("sentry", "legacy", eventIdOf(alert));
  return accepted("legacy_plugin", key, "the legacy WebHooks plugin reported an error", alert);
}

const serviceHookSchema = z.object({
  project: z.object({ slug: optionalText(200), name: optionalText(200) }),
  group: z.object({ id: requiredId, url: optionalUrl }),
});

/** A project's service hook (getsentry/sentry tasks/servicehooks.py): issue and event by id, mostly no event data. */
export function readServiceHook(body: Fields): ReadDelivery {
  const parsed = serviceHookSchema.safeParse(body);
  if (!parsed.success) return refusedShape(parsed.error);
  const { project, group } = parsed.data;
  const alert = alertOf(withEventId(body.event), "event", {
    issueId: group.id,
    url: group.url,
    sourceProject: project.slug ?? project.name,
  });
  if ("outcome" in alert) return alert;
  const key = deliveryKeyOf("sentry", "service_hook", eventIdOf(alert));
  return accepted("service_hook", key, "a service hook reported an event", alert);
}

/** Older bodies name the event's id only `id`. */
function withEventId(event: unknown): unknown {
  const fields = fieldsOf(event);
  return fields === null || fields.event_id !== undefined ? event : { ...fields, event_id: fields.id };
}

function alertOf(value: unknown, at: string, around: Surroundings): AlertSignal | Rejected {
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) return refusedShape(parsed.error, at);
  const event = parsed.data;
  const issueId = around.issueId ?? event.issue_id ?? issueIdIn(event.issue_url) ?? issueIdIn(event.web_url);
  if (issueId === null) return refusedField(`${at}.issue_id`, "expected an id (text or a whole number)");
  const excerpt = readSentryEvent(value);
  const tags = excerpt?.tags ?? {};
  return {
    kind: "alert",
    issueId,
    shortId: null,
    title: titleOf(event, excerpt) ?? around.title ?? `Sentry issue ${issueId}`,
    culprit: event.culprit ?? around.culprit ?? null,
    level: event.level ?? around.level ?? tags.level ?? "error",
    environment: event.environment ?? tags.environment ?? null,
    release: releaseOf(event.release) ?? tags.release ?? null,
    url: around.url ?? issuePageOf(event.web_url),
    sourceProject: around.sourceProject ?? projectSlugIn(event.url) ?? event.project,
    events: null,
    users: null,
    firstSeenAt: null,
    lastSeenAt: excerpt?.occurredAt ?? null,
    rule: around.rule ?? null,
    event: excerpt === null ? null : { ...excerpt, eventId: event.event_id },
  };
}

type SentryEvent = z.infer<typeof eventSchema>;

function titleOf(event: SentryEvent, excerpt: AlertSignal["event"]): string | null {
  if (event.title !== null) return event.title;
  const occurrence = textOf(event.occurrence?.issueTitle, 500);
  if (occurrence !== null) return occurrence;
  const parts = [excerpt?.errorType ?? null, excerpt?.errorMessage ?? null].filter((part) => part !== null);
  return textOf(parts.join(": "), 500);
}

function releaseOf(value: unknown): string | null {
  return textOf(value, 250) ?? textOf(fieldsOf(value)?.version, 250);
}

/** The issue's id in `/issues/<id>/`: today's and older addresses both have it. */
function issueIdIn(url: string | null): string | null {
  return url === null ? null : (/\/issues\/(\d{1,30})(?:\/|$)/.exec(url)?.[1] ?? null);
}

/** `web_url` is the event's page; the issue's is what stands before `events/`. */
function issuePageOf(webUrl: string | null): string | null {
  return webUrl === null ? null : (/^[^?#]*?\/issues\/\d+\//.exec(webUrl)?.[0] ?? webUrl);
}

/** The project's slug in the event's API address; the body itself has only the number. */
function projectSlugIn(url: string | null): string | null {
  return url === null ? null : (/\/api\/0\/projects\/[^/]+\/([^/]+)\/events\//.exec(url)?.[1] ?? null);
}

function withoutQuery(url: string | null): string | null {
  return url?.split(/[?#]/)[0] ?? null;
}

function eventIdOf(alert: AlertSignal): string | null {
  return alert.event?.eventId ?? null;
}

function accepted(resource: string, deliveryKey: string, reason: string, signal: AlertSignal): ReadDelivery {
  return { outcome: "accepted", reason, deliveryKey, resource, signal };
}
