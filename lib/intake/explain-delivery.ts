import * as z from "zod";
import { type Signal, SOURCES } from "./model.ts";
import { readDelivery } from "./read-delivery.ts";
import type { AddressToken } from "./verify-signature.ts";

const lineSchema = z.object({
  source: z.enum(SOURCES),
  headers: z.record(z.string(), z.unknown()).nullish(),
  body: z.string(),
  secret: z.string().nullish(),
  token: z.string().nullish(),
  now: z.iso.datetime({ offset: true }).nullish(),
});
type Line = z.infer<typeof lineSchema>;

export interface DeliveryExplanation {
  outcome: "accepted" | "ignored" | "rejected";
  status: 202 | 400 | 401 | 413 | 415;
  reason: string;
  deliveryKey: string | null;
  signal: Signal | null;
}

/**
 * What would be answered to a delivery, by the same code as the live door. A line is `{source, headers, body (exact text),
 * secret, token?, now?}`; `{error}` answers a line of another shape.
 *
 * A line has no address, so for what is vouched for by a token in the address (GlitchTip; Sentry's unsigned legacy
 * plugin) the token counts as right, unless the line says which was `token`: then it must equal `secret`. The age of
 * Slack's timestamp is checked only against a stated `now`.
 */
export async function explainDelivery(line: unknown): Promise<DeliveryExplanation | { error: string }> {
  const parsed = lineSchema.safeParse(line);
  if (!parsed.success) return { error: faultOf(parsed.error) };
  const { source, headers, body, secret, now } = parsed.data;
  const { outcome, status, reason, deliveryKey, signal } = await readDelivery({
    source,
    headers: headers ?? {},
    body,
    secret: secret ?? null,
    token: tokenOf(parsed.data),
    now: now === null || now === undefined ? null : new Date(now),
  });
  return { outcome, status, reason, deliveryKey, signal };
}

function tokenOf({ token, secret }: Line): AddressToken {
  return typeof token === "string"
    ? { given: token, expected: secret ?? null }
    : { given: "assumed", expected: "assumed" };
}

function faultOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join(".") || "line"}: ${issue?.message ?? "not a delivery"}`;
}
