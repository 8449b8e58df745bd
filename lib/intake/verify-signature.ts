import { nativeCrypto } from "../kernel/native-crypto.ts";
import type { Source } from "./model.ts";
import type { HeaderReader } from "./read-headers.ts";

export type RawBody = Uint8Array<ArrayBuffer>;

/** The token a sender put into the webhook's address, and the one we expect there. */
export interface AddressToken {
  given: string | null;
  expected: string | null;
}

export interface VerifyInput {
  source: Source;
  headers: HeaderReader;
  /** The bytes as received: a re-serialised body fails (formats.md of every provider says "raw"). */
  body: RawBody;
  secret: string | null;
  /** null only where no time is known (`explain`): then the age of a signed timestamp is not checked. */
  now: Date | null;
  token?: AddressToken;
}

/** `by` says what vouched for the delivery; `nothing` is Slack's ssl_check, which comes unsigned and asks for nothing. */
export type Verification = { ok: true; by: "signature" | "token" | "nothing" } | { ok: false; reason: string };

interface HmacScheme {
  header: string;
  hash: "SHA-1" | "SHA-256";
  /** What stands before the hex digits in the header. */
  prefix: string;
  /** Header of a timestamp in seconds that is signed together with the body, as `v0:<timestamp>:<body>`. */
  timestampHeader?: string;
}

const sha256 = (header: string, prefix = ""): HmacScheme => ({ header, hash: "SHA-256", prefix });

/**
 * Every signed source's schemes; the first whose header is present counts.
 * Sentry signs webhooks with Sentry-Hook-Signature, the requests of UI components with sentry-app-signature, and
 * service hooks with X-ServiceHook-Signature.
 */
const HMAC_SCHEMES: Partial<Record<Source, readonly HmacScheme[]>> = {
  sentry: [sha256("Sentry-Hook-Signature"), sha256("Sentry-App-Signature"), sha256("X-ServiceHook-Signature")],
  vercel: [{ header: "X-Vercel-Signature", hash: "SHA-1", prefix: "" }],
  github: [sha256("X-Hub-Signature-256", "sha256=")],
  slack: [{ ...sha256("X-Slack-Signature", "v0="), timestampHeader: "X-Slack-Request-Timestamp" }],
};

const HEX_DIGITS = { "SHA-1": 40, "SHA-256": 64 } as const;
const TELEGRAM_HEADER = "X-Telegram-Bot-Api-Secret-Token";
/** Slack's window; bolt checks only the past, a timestamp from the future is as wrong. */
const MAX_SKEW_SECONDS = 300;
const MAX_CACHED_KEYS = 64;

const encoder = new TextEncoder();
const keys = new Map<string, Promise<CryptoKey>>();

const refused = (reason: string): Verification => ({ ok: false, reason });

/**
 * Whether a delivery comes from its sender, judged over the raw bytes before anything is parsed.
 * Runs on an edge runtime too. Never throws on input; a missing secret refuses.
 */
export async function verifyDelivery(input: VerifyInput): Promise<Verification> {
  const { source, headers } = input;
  if (source === "glitchtip") return verifyToken(input.token);
  if (source === "telegram") return verifyTelegram(input);
  const scheme = HMAC_SCHEMES[source]?.find(({ header }) => headers.get(header.toLowerCase()) !== null);
  if (scheme !== undefined) return verifyHmac(scheme, input);
  if (source === "sentry" && input.token !== undefined && input.token.given !== null) return verifyToken(input.token);
  if (source === "slack" && isSslCheck(input.body)) return { ok: true, by: "nothing" };
  return refused(`${HMAC_SCHEMES[source]?.[0]?.header} is missing`);
}

async function verifyHmac(scheme: HmacScheme, input: VerifyInput): Promise<Verification> {
  const { header, hash, prefix, timestampHeader } = scheme;
  if (input.secret === null || input.secret === "") return refused(`no secret is given for ${input.source}`);
  const signature = signatureBytes(input.headers.get(header.toLowerCase()) ?? "", prefix, HEX_DIGITS[hash]);
  if (signature === null) return refused(`${header} is not ${prefix}<${HEX_DIGITS[hash]} hex digits>`);
  let signed = input.body;
  if (timestampHeader !== undefined) {
    const timestamp = input.headers.get(timestampHeader.toLowerCase()) ?? "";
    const fault = timestampFault(timestamp, input.now);
    if (fault !== null) return refused(`${timestampHeader} ${fault}`);
    signed = joinBytes(encoder.encode(`v0:${timestamp}:`), input.body);
  }
  const valid = await matchesHmac(hash, input.secret, signature, signed);
  return valid ? { ok: true, by: "signature" } : refused(`${header} does not match the body`);
}

/** Compared in constant time, by either of the two. */
async function matchesHmac(
  hash: HmacScheme["hash"],
  secret: string,
  signature: RawBody,
  signed: RawBody,
): Promise<boolean> {
  if (nativeCrypto === null) return crypto.subtle.verify("HMAC", await hmacKey(hash, secret), signature, signed);
  const name = hash === "SHA-1" ? "sha1" : "sha256";
  return nativeCrypto.timingSafeEqual(nativeCrypto.createHmac(name, secret).update(signed).digest(), signature);
}

/** The signature's bytes, or null unless it is exactly the prefix and lower-case hex: one text form, so no second one passes. */
function signatureBytes(value: string, prefix: string, digits: number): RawBody | null {
  if (value.length !== prefix.length + digits || !value.startsWith(prefix)) return null;
  const hex = value.slice(prefix.length);
  if (!/^[0-9a-f]+$/.test(hex)) return null;
  const bytes = new Uint8Array(digits / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = digitAt(hex, at * 2) * 16 + digitAt(hex, at * 2 + 1);
  return bytes;
}

/** The value of a lower-case hex digit. */
function digitAt(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  return code < 58 ? code - 48 : code - 87;
}

function timestampFault(timestamp: string, now: Date | null): string | null {
  if (!/^\d{1,12}$/.test(timestamp)) return "is missing or not a time in seconds";
  if (now === null) return null;
  const skewSeconds = Math.abs(now.getTime() / 1000 - Number(timestamp));
  return skewSeconds > MAX_SKEW_SECONDS ? "is more than five minutes away from now" : null;
}

async function verifyTelegram({ headers, secret }: VerifyInput): Promise<Verification> {
  const given = headers.get(TELEGRAM_HEADER.toLowerCase());
  if (given === null) return refused(`${TELEGRAM_HEADER} is missing`);
  if (secret === null || secret === "") return refused("no secret is given for telegram");
  return (await isSameText(given, secret)) ? { ok: true, by: "token" } : refused(`${TELEGRAM_HEADER} does not match`);
}

async function verifyToken(token: AddressToken | undefined): Promise<Verification> {
  if (token === undefined || token.given === null || token.given === "") return refused("the address carries no token");
  if (token.expected === null || token.expected === "") return refused("no webhook token is configured");
  return (await isSameText(token.given, token.expected))
    ? { ok: true, by: "token" }
    : refused("the token in the address does not match");
}

/** Equality whose duration tells nothing of where two texts differ, nor of their lengths: digests are compared. */
async function isSameText(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([left, right].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))));
  if (a === undefined || b === undefined) return false;
  const bytes = new Uint8Array(b);
  return new Uint8Array(a).reduce((difference, byte, at) => difference | (byte ^ (bytes[at] ?? 0)), 0) === 0;
}

/** Slack probes a new address with a form `ssl_check=1&token=…` and no signature. */
function isSslCheck(body: RawBody): boolean {
  return body.byteLength < 1000 && /^(?:token=[^&]*&)?ssl_check=1(?:&|$)/.test(new TextDecoder().decode(body));
}

function joinBytes(first: RawBody, second: RawBody): RawBody {
  const joined = new Uint8Array(first.byteLength + second.byteLength);
  joined.set(first);
  joined.set(second, first.byteLength);
  return joined;
}

/** The imported key, kept for the next delivery; the oldest goes when there are too many. */
function hmacKey(hash: HmacScheme["hash"], secret: string): Promise<CryptoKey> {
  const name = `${hash}:${secret}`;
  const cached = keys.get(name);
  if (cached !== undefined) return cached;
  const key = crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash }, false, ["verify"]);
  if (keys.size >= MAX_CACHED_KEYS) keys.delete(keys.keys().next().value ?? "");
  keys.set(name, key);
  return key;
}
