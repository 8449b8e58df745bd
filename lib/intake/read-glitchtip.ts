import * as z from "zod";
import { monitorIssueId } from "../kernel/sources.ts";
import type { AlertSignal, ReadDelivery } from "./model.ts";
import {
  deliveryKeyOf,
  digestOf,
  fieldsOf,
  lastOf,
  optionalText,
  optionalUrl,
  refusedField,
  refusedShape,
  requiredText,
  textOf,
} from "./read-fields.ts";
import type { HeaderReader } from "./read-headers.ts";

const attachmentSchema = z.object({
  title: optionalText(500),
  title_link: z.string(),
  text: optionalText(500),
  fields: z.unknown().optional(),
});
type Attachment = z.infer<typeof attachmentSchema>;

const messageSchema = z.object({
  text: requiredText(200),
  attachments: z.array(attachmentSchema).min(1).max(100),
  sections: z.unknown().optional(),
});

/** GlitchTip's other recipient types, told by a field that only they have. */
const OTHER_RECIPIENTS: readonly (readonly [field: string, name: string])[] = [
  ["embeds", "Discord"],
  ["cardsV2", "Google Chat"],
];

/**
 * A message of GlitchTip's "General (Slack-compatible)" recipient: one to three issues, or a monitor that went down or
 * came back. It has no id, time, level or stack (formats.md 2): the key is made of what stays the same when the same
 * message is sent again. `now` tells two outages of one monitor apart, whose messages are equal; GlitchTip never retries.
 */
export function readGlitchtip(_headers: HeaderReader, body: unknown, now: Date | null = null): ReadDelivery {
  const fields = fieldsOf(body);
  if (fields === null) return refusedField("body", "expected an object");
  const other = OTHER_RECIPIENTS.find(([field]) => field in fields);
  if (other !== undefined) return otherRecipient(other[1], fields[other[0]]);
  const parsed = messageSchema.safeParse(fields);
  if (!parsed.success) return refusedShape(parsed.error);
  const { text, attachments, sections } = parsed.data;
  const first = attachments[0];
  const monitor = first === undefined ? null : /\/uptime-monitors\/(\d{1,30})\/?$/.exec(first.title_link)?.[1];
  if (first !== undefined && typeof monitor === "string") return readUptime(monitor, first, now);
  return readIssues(text, attachments, shortIdsOf(sections));
}

function otherRecipient(name: string, content: unknown): ReadDelivery {
  const links = JSON.stringify(
    lastOf(content, 10)
      .map((one) => [fieldsOf(one)?.title, fieldsOf(one)?.url, fieldsOf(one)?.cardId])
      .map(String),
  );
  return {
    outcome: "ignored",
    reason: `the message is for ${name}: give the alert a recipient of type "General (slack-compatible) Webhook"`,
    deliveryKey: deliveryKeyOf("glitchtip", name, digestOf(links)),
    resource: "other_recipient",
    signal: null,
  };
}

function readIssues(text: string, attachments: Attachment[], shortIds: Map<string, string>): ReadDelivery {
  const alerts = new Map<string, AlertSignal>();
  for (const [at, attachment] of attachments.entries()) {
    const issueId = issueIdIn(attachment.title_link);
    if (issueId === null) return refusedField(`attachments.${at}.title_link`, "expected the address of an issue");
    if (!alerts.has(issueId)) alerts.set(issueId, alertOf(issueId, attachment, shortIds.get(issueId) ?? null));
  }
  const [signal, ...further] = alerts.values();
  if (signal === undefined) return refusedField("attachments", "expected at least one");
  const stable = [...alerts.values()].map(({ url, title, culprit, environment, release }) => [
    url,
    title,
    culprit,
    environment,
    release,
  ]);
  const ids = [...alerts.keys()].slice(0, 3).join(",");
  const deliveryKey = deliveryKeyOf("glitchtip", "issues", ids, digestOf(JSON.stringify([text, stable])));
  const announced = Number(/\((\d{1,6}) issues\)/.exec(text)?.[1] ?? alerts.size);
  const reason =
    announced > alerts.size
      ? `alert for ${announced} issues, ${alerts.size} of them named here`
      : `alert for ${alerts.size} of GlitchTip's issues`;
  const unnamed = announced - alerts.size;
  return {
    outcome: "accepted",
    reason,
    deliveryKey,
    resource: "issue_alert",
    signal,
    ...(further.length > 0 && { further }),
    ...(unnamed > 0 && { unnamed }),
  };
}

function alertOf(issueId: string, attachment: Attachment, shortId: string | null): AlertSignal {
  const named = namedFields(attachment.fields);
  return {
    kind: "alert",
    issueId,
    shortId,
    title: attachment.title ?? `GlitchTip issue ${issueId}`,
    culprit: attachment.text,
    // The message's color does not tell errors from warnings (formats.md 2), so the level is the API's to correct.
    level: "error",
    environment: named.get("Environment") ?? null,
    release: named.get("Release") ?? null,
    url: optionalUrl.parse(attachment.title_link),
    sourceProject: named.get("Project") ?? null,
    events: null,
    users: null,
    firstSeenAt: null,
    lastSeenAt: null,
    rule: null,
    event: null,
  };
}

/** An outage has no issue: its monitor stands in, and it is resolved when the monitor says that the site is back. */
function readUptime(monitor: string, attachment: Attachment, now: Date | null): ReadDelivery {
  const issueId = monitorIssueId(monitor);
  const isUp = attachment.text === "The monitored site is back up.";
  const minute = now?.toISOString().slice(0, 16) ?? null;
  const deliveryKey = deliveryKeyOf(
    "glitchtip",
    issueId,
    isUp ? "up" : "down",
    digestOf(attachment.title_link),
    minute,
  );
  const name = attachment.title ?? issueId;
  if (isUp) {
    const signal = { kind: "issue_status", issueId, status: "resolved", by: null } as const;
    return { outcome: "accepted", reason: `${name} is back up`, deliveryKey, resource: "uptime_alert", signal };
  }
  const said = { title: `${name} is down`, culprit: null, level: "fatal", problem: "uptime" } as const;
  const signal = { ...alertOf(issueId, attachment, null), ...said };
  return { outcome: "accepted", reason: said.title, deliveryKey, resource: "uptime_alert", signal };
}

function issueIdIn(link: string): string | null {
  return /^https?:\/\/[^?#]*\/issues\/(\d{1,30})\/?(?:[?#]|$)/.exec(link)?.[1] ?? null;
}

function namedFields(fields: unknown): Map<string, string> {
  const pairs = lastOf(fields, 50).map((field): [string | null, string | null] => {
    const { title, value } = fieldsOf(field) ?? {};
    return [textOf(title, 100), textOf(value, 250)];
  });
  return new Map(pairs.filter((pair): pair is [string, string] => pair[0] !== null && pair[1] !== null));
}

/** Older versions name the short id in `sections`: `[View Issue WEB-2K](…/issues/4711)`; newer ones name it nowhere. */
function shortIdsOf(sections: unknown): Map<string, string> {
  const found = new Map<string, string>();
  for (const section of lastOf(sections, 50)) {
    const link = textOf(fieldsOf(section)?.activitySubtitle, 1000) ?? "";
    const [, shortId, issueId] = /^\[View Issue ([A-Z0-9_-]{1,80})\]\([^)\s]*\/issues\/(\d{1,30})\)$/i.exec(link) ?? [];
    if (shortId !== undefined && issueId !== undefined) found.set(issueId, shortId);
  }
  return found;
}
