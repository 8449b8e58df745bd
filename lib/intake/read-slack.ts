import type { ReadDelivery } from "./model.ts";
import { deliveryKeyOf, digestOf, type Fields, fieldsOf, refusedField, textOf } from "./read-fields.ts";
import type { HeaderReader } from "./read-headers.ts";

/**
 * A delivery of Slack's: Events API (JSON), interactivity (form field `payload`), slash command (form fields) or
 * ssl_check; none carries a production signal. Key: `event_id`, else `trigger_id`, else the request's signature, which
 * covers time and body (a closed view has neither id).
 */
export function readSlack(headers: HeaderReader, body: unknown): ReadDelivery {
  const fields = fieldsOf(body);
  if (fields === null) return refusedField("body", "expected an object");
  const resource = resourceOf(fields);
  if (resource === null) return refusedField("type", "expected the kind of payload, or a slash command");
  const reason = {
    ssl_check: "ssl_check: Slack probes the address",
    url_verification: "url_verification: Slack asks for its challenge back",
  }[resource];
  return {
    outcome: "ignored",
    reason: reason ?? `payload ${resource} carries no production signal`,
    deliveryKey: deliveryKeyOf("slack", resource, idOf(resource, fields, headers)),
    resource,
    signal: null,
  };
}

function resourceOf(fields: Fields): string | null {
  if (fields.ssl_check === "1") return "ssl_check";
  if ("command" in fields) return "slash_command";
  const type = textOf(fields.type, 100);
  return type === "event_callback" ? (textOf(fieldsOf(fields.event)?.type, 100) ?? type) : type;
}

function idOf(resource: string, fields: Fields, headers: HeaderReader): string | null {
  if (resource === "ssl_check") return null;
  const signature = headers.get("x-slack-signature");
  return (
    textOf(fields.event_id, 100) ?? textOf(fields.trigger_id, 200) ?? (signature === null ? null : digestOf(signature))
  );
}
