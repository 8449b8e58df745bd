import { createHmac } from "node:crypto";
import { composeEventAlert, eventIdOf } from "../../support/event-alert.ts";
import { SECRET } from "../../support/sign-delivery.ts";

const ID_MARK = "f".repeat(32);
const ISSUE_MARK = "7770777";

/** Requests of 20 KB, signed as Sentry signs; `issueOf` says which issue the n-th event is of, `eventOf` which event it is. */
export function createRequestMaker(
  issueOf: (count: number) => number,
  eventOf: (count: number) => number = (count) => count,
): (count: number) => Buffer[] {
  const template = composeEventAlert({ eventId: ID_MARK, issueId: ISSUE_MARK });
  let event = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      event += 1;
      const issueId = String(1_000_000 + issueOf(event));
      const body = Buffer.from(template.replaceAll(ID_MARK, eventIdOf(eventOf(event))).replaceAll(ISSUE_MARK, issueId));
      const head = [
        "POST /api/webhooks/sentry HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        `Content-Length: ${body.length}`,
        "Request-ID: 0a1b2c3d4e5f40718293a4b5c6d7e8f9",
        "Sentry-Hook-Resource: event_alert",
        "Sentry-Hook-Timestamp: 1791234560",
        `Sentry-Hook-Signature: ${createHmac("sha256", SECRET).update(body).digest("hex")}`,
      ];
      return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
    });
}
