import type { AnomalySignal } from "./model.ts";
import { type Fields, fieldsOf, httpUrlOf, idOf, isoOf, lastOf, textOf, timeOf } from "./read-fields.ts";

/** `alerts.triggered` is what an alert rule sends, the two others are the event's present and former name. */
const TYPES = ["observability.error-anomaly", "observability.anomaly-error", "alerts.triggered"];
const MAX_ALERTS = 5;

/** Whether an event of Vercel's tells of failing requests: usage anomalies are about money. */
export function isAnomaly(type: string, payload: Fields | null): boolean {
  if (!TYPES.includes(type)) return false;
  return lastOf(payload?.alerts, MAX_ALERTS).every((one) => !isUsage(one)) && !isUsage(payload);
}

function isUsage(value: unknown): boolean {
  const fields = fieldsOf(value);
  return [fields?.type, fields?.alertType].some((one) => typeof one === "string" && one.includes("usage"));
}

/**
 * Vercel's word that production fails more often than usual: five minutes' error rate, four standard deviations over a
 * day's average (vercel.com/docs/alerts). Vercel publishes no sample of the payload; the names read here are those of
 * vercel.com/docs/webhooks/webhooks-api as third parties typed it (`projectId, startedAt, links.observability,
 * alerts[]{title, count, average, zscore, route, statusGroup}`), and each may be missing. It names no environment: the
 * anomaly is taken for production's, which has the traffic. Nothing tells that an anomaly ended.
 */
export function readAnomaly(payload: Fields, createdAt: unknown): AnomalySignal {
  const listed = lastOf(payload.alerts, MAX_ALERTS).map(fieldsOf);
  const alerts = [...listed, fieldsOf(payload.alert)].filter((one) => one !== null);
  const startedAt = timeOf(alerts[0]?.startedAt) ?? isoOf(alerts[0]?.startedAt) ?? isoOf(payload.startedAt);
  const title = textOf(alerts[0]?.title, 200) ?? textOf(payload.title, 200);
  return {
    kind: "anomaly",
    sourceProject: idOf(payload.projectId) ?? idOf(fieldsOf(payload.project)?.id),
    title: title ?? "more failing requests than usual",
    details: alerts.map(detailOf).filter((one) => one !== ""),
    url: httpUrlOf(fieldsOf(payload.links)?.observability),
    occurredAt: startedAt ?? timeOf(payload.startedAt) ?? isoOf(createdAt),
  };
}

const FIGURE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

function detailOf(alert: Fields): string {
  const figure = (value: unknown, words: (text: string) => string) =>
    typeof value === "number" && Number.isFinite(value) ? words(FIGURE.format(value)) : null;
  const parts = [
    textOf(alert.title, 200),
    textOf(alert.route, 200),
    textOf(alert.statusGroup, 20),
    figure(alert.count, (text) => `${text} counted`),
    figure(alert.average, (text) => `usually ${text}`),
    figure(alert.zscore, (text) => `${text} standard deviations above`),
    textOf(alert.errorCode, 100),
    textOf(alert.cause, 200),
  ];
  return parts.filter((part) => part !== null).join(", ");
}
