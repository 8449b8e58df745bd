import * as z from "zod";
import type { ReadDelivery } from "./model.ts";
import {
  deliveryKeyOf,
  digestOf,
  type Fields,
  fieldsOf,
  idOf,
  optionalFields,
  refusedField,
  refusedShape,
  requiredText,
  textOf,
} from "./read-fields.ts";
import type { HeaderReader } from "./read-headers.ts";
import {
  isLegacyPluginBody,
  readErrorCreated,
  readEventAlert,
  readLegacyPlugin,
  readServiceHook,
} from "./read-sentry-alert.ts";
import { readSourceComment } from "./read-sentry-comment.ts";
import { readSentryIssue } from "./read-sentry-issue.ts";
import { readMetricAlert } from "./read-sentry-metric.ts";
import { isSeerAction, readSeer } from "./read-sentry-seer.ts";

const envelopeSchema = z.object({
  action: requiredText(100),
  data: z.custom<Fields>((value) => fieldsOf(value) !== null, { error: "expected an object" }),
  actor: optionalFields,
});
type Envelope = z.infer<typeof envelopeSchema>;

/** Why resources that are known to us are not acted on. */
const NO_SIGNAL: Record<string, string> = {
  activity_alert: "tells of an issue's history, which the issue's own webhooks tell too",
  preprod_artifact: "carries a build's analysis and no production signal",
};

/** What a body without the Sentry-Hook-Resource header must be, by a field that only this resource has. */
const RESOURCE_BY_FIELD: readonly (readonly [field: string, resource: string])[] = [
  ["event", "event_alert"],
  ["error", "error"],
  ["metric_alert", "metric_alert"],
  ["comment_id", "comment"],
  ["alert", "activity_alert"],
  ["issue", "issue"],
  ["installation", "installation"],
];

/**
 * A delivery of Sentry's: every resource of the integration platform, the legacy plugin and the service hook.
 * Verified bytes only. Shapes and keys: formats.md 1.1 to 1.5; the resource is the header's, which the signature does
 * not cover, so the body must agree with it.
 */
export function readSentry(headers: HeaderReader, body: unknown): ReadDelivery {
  const fields = fieldsOf(body);
  if (fields === null) return refusedField("body", "expected an object");
  if (!("action" in fields)) {
    if (isLegacyPluginBody(fields)) return readLegacyPlugin(fields);
    if ("group" in fields && "event" in fields) return readServiceHook(fields);
  }
  const parsed = envelopeSchema.safeParse(fields);
  if (!parsed.success) return refusedShape(parsed.error);
  const { action, data } = parsed.data;
  const resource = textOf(headers.get("sentry-hook-resource"), 100) ?? resourceIn(action, data);
  const read = readResource(resource, parsed.data, headers);
  const installationId = textOf(fieldsOf(fields.installation)?.uuid, 100);
  const isFromOne = read.outcome === "accepted" && read.signal.kind !== "installation" && installationId !== null;
  return isFromOne ? { ...read, installationId } : read;
}

function readResource(resource: string, envelope: Envelope, headers: HeaderReader): ReadDelivery {
  const { action, data, actor } = envelope;
  if (resource === "event_alert" && action === "triggered") return readEventAlert(data);
  if (resource === "error" && action === "created") return readErrorCreated(data);
  if (resource === "issue") return readSentryIssue(action, data, actor);
  if (resource === "installation") return readInstallation(action, data);
  if (resource === "metric_alert") return readMetricAlert(action, data, headers);
  if (resource === "comment") return readSourceComment(action, data, actor);
  if (resource === "seer") return readSeer(action, data, headers);
  const known = NO_SIGNAL[resource];
  const reason =
    known !== undefined
      ? `resource ${resource} ${known}`
      : resource === "event_alert" || resource === "error"
        ? `action ${action} of resource ${resource} is not one that Patchpilot acts on`
        : `resource ${resource} is not one that Patchpilot knows`;
  const deliveryKey = deliveryKeyOf("sentry", resource, subjectOf(data, headers), action);
  return { outcome: "ignored", reason, deliveryKey, resource, signal: null };
}

/** The id of what an ignored delivery is about; without any, the signature, which is the same for the same body. */
function subjectOf(data: Fields, headers: HeaderReader): string {
  const own = [fieldsOf(data.issue)?.id, fieldsOf(data.event)?.event_id];
  const id = own.map(idOf).find((one) => one !== null);
  return id ?? digestOf(headers.get("sentry-hook-signature") ?? "");
}

function resourceIn(action: string, data: Fields): string {
  if (isSeerAction(action)) return "seer";
  return RESOURCE_BY_FIELD.find(([field]) => field in data)?.[1] ?? "unknown";
}

const installationSchema = z.object({
  uuid: requiredText(100),
  organization: optionalFields,
});

/** The only webhook that says which organization an installation belongs to. */
function readInstallation(action: string, data: Fields): ReadDelivery {
  const parsed = installationSchema.safeParse(data.installation);
  if (!parsed.success) return refusedShape(parsed.error, "data.installation");
  const installationId = parsed.data.uuid;
  const organization = textOf(parsed.data.organization?.slug, 200);
  return {
    outcome: "accepted",
    reason: `installation ${action}`,
    deliveryKey: deliveryKeyOf("sentry", "installation", installationId, action),
    resource: "installation",
    signal: { kind: "installation", action, installationId, organization },
  };
}
