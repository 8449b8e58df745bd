import { createHmac } from "node:crypto";
import { fixtureJson } from "./sign-delivery.ts";

const frame = (index: number) => ({
  abs_path: `/srv/shop/src/features/checkout/steps/step-${index}.js`,
  filename: `/srv/shop/src/features/checkout/steps/step-${index}.js`,
  function: `runStep${index}`,
  module: `features/checkout/steps:step-${index}`,
  lineno: 40 + index,
  colno: 17,
  in_app: index % 3 !== 0,
  context_line: "  const total = items.reduce((sum, item) => sum + item.product.price * item.quantity, 0);",
  pre_context: ["function total(items) {", "  if (items.length === 0) return 0;", "  // the price is in cents"],
  post_context: ["  return applyCoupons(total, coupons);", "}", ""],
  vars: null,
});

const FRAMES = Array.from({ length: 28 }, (_, index) => frame(index));

/** An `event_alert.triggered` body of about 20 KB, as Sentry sends it for one event of one issue. */
export function composeEventAlert({ eventId, issueId }: { eventId: string; issueId: string }): string {
  const address = `https://sentry.io/organizations/acme/issues/${issueId}/events/${eventId}/`;
  return JSON.stringify(
    fixtureJson(
      "sentry/event_alert.triggered.json",
      ["data.event.event_id", eventId],
      ["data.event.issue_id", issueId],
      ["data.event.web_url", address],
      ["data.event.exception.values.1.stacktrace.frames", FRAMES],
    ),
  );
}

/** The headers with which Sentry sends it. */
export function eventAlertHeaders(body: string, secret: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "sentry-hook-resource": "event_alert",
    "sentry-hook-timestamp": "1791234560",
    "sentry-hook-signature": createHmac("sha256", secret).update(body).digest("hex"),
  };
}

/** An id as Sentry gives events: 32 hex digits. */
export function eventIdOf(number: number): string {
  return number.toString(16).padStart(32, "0");
}
