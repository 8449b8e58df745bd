import type { ReadDelivery, Source } from "./model.ts";
import { refusedField } from "./read-fields.ts";
import { type HeaderReader, type HeaderSource, headerReader } from "./read-headers.ts";
import { readSentry } from "./read-sentry.ts";
import { isLegacyPluginBody } from "./read-sentry-alert.ts";
import { type AddressToken, type RawBody, verifyDelivery } from "./verify-signature.ts";

/** Vercel's limit for a request body (6 MiB of Lambda's base64), kept on every host. */
export const MAX_BODY_BYTES = 4.5 * 1024 * 1024;

export interface DeliveryInput {
  source: Source;
  headers: HeaderSource;
  body: string | RawBody;
  /** What the sender signs with (or, Telegram's, sends along); null or empty refuses what needs one. */
  secret: string | null;
  /** For the sources that cannot sign: GlitchTip and Sentry's legacy plugin. */
  token?: AddressToken;
  /** null only where no time is known (`explain`). */
  now: Date | null;
}

/** A delivery as answered: 202 when it is stored, the fault's status when it is not. */
export type AnsweredDelivery =
  | (Extract<ReadDelivery, { outcome: "accepted" }> & { status: 202 })
  | (Extract<ReadDelivery, { outcome: "ignored" }> & { status: 202 })
  | (Extract<ReadDelivery, { outcome: "rejected" }> & { deliveryKey: null; signal: null });

type Reader = (headers: HeaderReader, body: unknown, now: Date | null) => ReadDelivery;

/** Sentry gives a cold start one second, and so its reader alone is loaded with the door; the others by their first delivery. */
const READERS: Record<Source, () => Reader | Promise<Reader>> = {
  sentry: () => readSentry,
  glitchtip: async () => (await import("./read-glitchtip.ts")).readGlitchtip,
  vercel: async () => (await import("./read-vercel.ts")).readVercel,
  github: async () => (await import("./read-github.ts")).readGithub,
  telegram: async () => (await import("./read-telegram.ts")).readTelegram,
  slack: async () => (await import("./read-slack.ts")).readSlack,
};

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Who sends forms beside JSON: GitHub where the webhook is so configured, Slack for everything but events. */
const SENDS_FORMS: readonly Source[] = ["github", "slack"];

/**
 * Verifies, parses once and reads one delivery. Statuses: 413 over `MAX_BODY_BYTES`, 401 not vouched for, 415 neither
 * JSON nor the sender's form, 400 not the sender's shape (the reason names the field), 202 accepted or ignored.
 * Never throws on what a sender can send.
 */
export async function readDelivery(input: DeliveryInput): Promise<AnsweredDelivery> {
  const { source, secret, token, now } = input;
  const body = typeof input.body === "string" ? new TextEncoder().encode(input.body) : input.body;
  if (body.byteLength > MAX_BODY_BYTES) return rejected(413, `the body has ${body.byteLength} bytes, over 4.5 MB`);
  const headers = headerReader(input.headers);
  const facts = { source, headers, body, secret, now };
  const verified = await verifyDelivery(token === undefined ? facts : { ...facts, token });
  if (!verified.ok) return rejected(401, verified.reason);
  const parsed = parseBody(source, headers, body);
  if ("outcome" in parsed) return answer(parsed);
  if (source === "sentry" && verified.by === "token" && !isLegacyPluginBody(parsed.json)) {
    return rejected(401, "Sentry-Hook-Signature is missing: a token vouches only for the legacy plugin's deliveries");
  }
  const read = await READERS[source]();
  return answer(read(headers, parsed.json, now));
}

function answer(read: ReadDelivery): AnsweredDelivery {
  return read.outcome === "rejected" ? rejected(read.status, read.reason) : { ...read, status: 202 };
}

function rejected(status: 400 | 401 | 413 | 415, reason: string): AnsweredDelivery {
  return { outcome: "rejected", status, reason, deliveryKey: null, signal: null };
}

function parseBody(source: Source, headers: HeaderReader, body: RawBody): { json: unknown } | ReadDelivery {
  const format = formatOf(source, headers);
  if (format === null) {
    const expected = SENDS_FORMS.includes(source)
      ? "application/json or application/x-www-form-urlencoded"
      : "application/json";
    return { outcome: "rejected", status: 415, reason: `Content-Type: expected ${expected}` };
  }
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    return refusedField("body", "expected UTF-8");
  }
  if (format === "json" || (format === "unstated" && !looksLikeForm(source, text))) return parseJson(text, "body");
  const form = new URLSearchParams(text);
  const payload = form.get("payload");
  if (payload !== null) return parseJson(payload, "payload");
  return source === "github" ? refusedField("payload", "expected this form field") : { json: Object.fromEntries(form) };
}

const JSON_TYPE = "application/json";

/** A missing Content-Type is forgiven (the bytes are the sender's, that is proven); a wrong one is not. */
function formatOf(source: Source, headers: HeaderReader): "json" | "form" | "unstated" | null {
  const header = headers.get("content-type") ?? "";
  if (header === JSON_TYPE) return "json";
  const [type = "", ...parameters] = header
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  if (parameters.some((one) => one.startsWith("charset=") && !/^charset="?utf-?8"?$/.test(one))) return null;
  if (type === "") return "unstated";
  if (/^application\/(?:[a-z0-9.-]+\+)?json$/.test(type)) return "json";
  return SENDS_FORMS.includes(source) && type === "application/x-www-form-urlencoded" ? "form" : null;
}

function looksLikeForm(source: Source, text: string): boolean {
  return SENDS_FORMS.includes(source) && /^[a-z_]{1,40}=/.test(text);
}

function parseJson(text: string, field: string): { json: unknown } | ReadDelivery {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return refusedField(field, "expected JSON");
  }
}
