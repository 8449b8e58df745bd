import type { AlertSignal, MetricAlertSignal } from "./model.ts";

/** A metric alert as the alert that opens an incident: no issue, no event, no stack. */
export function composeMetricAlert(signal: MetricAlertSignal): AlertSignal {
  return {
    kind: "alert",
    problem: "metric",
    issueId: signal.issueId,
    shortId: null,
    title: `Metric alert: ${signal.title}`,
    culprit: null,
    level: signal.status === "critical" ? "fatal" : "warning",
    environment: signal.environment,
    release: null,
    url: signal.url,
    sourceProject: null,
    events: null,
    users: null,
    firstSeenAt: signal.occurredAt,
    lastSeenAt: signal.occurredAt,
    rule: signal.title,
    event: null,
  };
}
