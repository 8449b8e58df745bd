import * as z from "zod";
import type { ReadDelivery } from "./model.ts";
import {
  countOf,
  deliveryKeyOf,
  digestOf,
  type Fields,
  fieldsOf,
  idOf,
  lastOf,
  optionalText,
  optionalUrl,
  refusedField,
  textOf,
  timeOf,
} from "./read-fields.ts";
import type { HeaderReader } from "./read-headers.ts";

const STATUSES = ["open", "warning", "critical", "resolved"] as const;
const MAX_PROJECTS = 50;

const envelopeSchema = z.object({
  description_text: optionalText(1_000),
  description_title: optionalText(300),
  web_url: optionalUrl,
});

/**
 * `metric_alert.*`: a number crossed its rule's threshold, or is well again (getsentry/sentry-docs
 * webhooks/metric-alerts.mdx). The rule of an organisation is the subject; where the payload names no rule, Sentry's own
 * incident is. The body carries no time of the change (`date_closed` is null even in a `resolved`), so it is the header's:
 * internal integrations get one attempt, made at once (formats.md 1.4). One Sentry incident can go up and down, so the key
 * holds what was measured, beside incident and action.
 */
export function readMetricAlert(action: string, data: Fields, headers: HeaderReader): ReadDelivery {
  const alert = fieldsOf(data.metric_alert);
  if (alert === null) return refusedField("data.metric_alert", "expected an object");
  const rule = fieldsOf(alert.alert_rule);
  const [alertId, ruleId] = [idOf(alert.id) ?? idOf(alert.identifier), idOf(rule?.id)];
  if (alertId === null && ruleId === null) return refusedField("data.metric_alert.id", "expected an id");
  const { description_text, description_title, web_url: url } = envelopeSchema.parse(data);
  const resource = "metric_alert";
  const measured = digestOf(JSON.stringify([description_text, alert.date_detected, alert.date_closed]));
  const deliveryKey = deliveryKeyOf("sentry", resource, alertId ?? `rule-${ruleId}`, action, measured);
  const status = STATUSES.find((one) => one === action);
  if (status === undefined) {
    const reason = `action ${action} of resource metric_alert is not one that Patchpilot acts on`;
    return { outcome: "ignored", reason, deliveryKey, resource, signal: null };
  }
  const name = textOf(rule?.name, 200) ?? description_title ?? textOf(alert.title, 200) ?? `alert ${alertId ?? ruleId}`;
  const organizationId = idOf(alert.organization_id) ?? idOf(rule?.organization_id);
  const subject = ruleId ?? `incident-${alertId}`;
  const projects = [...lastOf(alert.projects, MAX_PROJECTS), ...lastOf(rule?.projects, MAX_PROJECTS)];
  return {
    outcome: "accepted",
    reason: `metric alert "${name}" is ${status}`,
    deliveryKey,
    resource,
    signal: {
      kind: "metric_alert",
      status,
      issueId: `metric-alert-${organizationId ?? "unknown"}-${subject}`.slice(0, 200),
      title: name,
      // Sentry's text has its line break as the two characters \ and n.
      description: description_text?.replaceAll("\\n", "; ") ?? null,
      environment: textOf(rule?.environment, 200),
      sourceProjects: [...new Set(projects.flatMap((one) => textOf(one, 200) ?? []))],
      url,
      occurredAt: timeOf(countOf(headers.get("sentry-hook-timestamp"))),
    },
  };
}
