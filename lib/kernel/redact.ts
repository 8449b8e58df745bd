import { findKeyedSecrets, findNamedHex, keyStrength, kindOf } from "./redact-keys.ts";
import { findAddresses, findEmails, findPersonalNumbers, findUrlCredentials } from "./redact-personal.ts";
import { findPatternedSecrets, findPrivateKeys, findTokens, type Span } from "./redact-tokens.ts";

/** How often each kind of secret or personal datum was taken out; sorted by kind. */
export type Found = { kind: string; count: number };

/** What a nesting deeper than any real payload is replaced with. */
const MAX_DEPTH = 100;

/** Kinds that give way when they overlap with a secret: the secret's own bounds are surer than a guess at a name. */
const YIELDING = new Set(["email", "ip_address", "phone", "credit_card", "iban", "ssn"]);

function collect(text: string): Span[] {
  const lower = text.toLowerCase();
  // Lower-casing moves positions for a few letters outside ASCII (such as U+0130): then key words keep their own case.
  const keys = lower.length === text.length ? lower : text;
  const spans = [
    ...findPrivateKeys(text),
    ...findTokens(text),
    ...findPatternedSecrets(text, keys),
    ...findKeyedSecrets(text, keys),
    ...findNamedHex(text),
  ];
  if (text.includes("://")) spans.push(...findUrlCredentials(text));
  if (text.includes("@")) spans.push(...findEmails(text));
  spans.push(...findAddresses(text), ...findPersonalNumbers(text, keys));
  return spans;
}

/** Joins overlapping spans. The first finder that saw a part names the whole: finders go from exact to general. */
function merge(spans: readonly Span[]): Span[] {
  const ranked = spans.map((span, rank) => ({ ...span, rank })).sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: (Span & { rank: number })[] = [];
  for (const span of ranked) {
    const last = merged.at(-1);
    if (!last || span.start >= last.end) {
      merged.push({ ...span });
    } else if (YIELDING.has(last.kind) && !YIELDING.has(span.kind)) {
      merged[merged.length - 1] = { ...span };
    } else if (!YIELDING.has(span.kind)) {
      if (span.rank < last.rank) Object.assign(last, { kind: span.kind, rank: span.rank });
      last.end = Math.max(last.end, span.end);
    }
  }
  return merged;
}

function tally(kinds: readonly string[]): Found[] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

function redactInto(text: string, kinds: string[]): string {
  if (text.length < 6) return text;
  const spans = merge(collect(text));
  if (spans.length === 0) return text;
  let out = "";
  let done = 0;
  for (const span of spans) {
    out += `${text.slice(done, span.start)}[redacted:${span.kind}]`;
    done = span.end;
    kinds.push(span.kind);
  }
  return out + text.slice(done);
}

/**
 * Takes secrets and personal data out of a text: provider tokens, private keys, credentials in headers, URLs, key-value
 * pairs and JSON, e-mail and public IP addresses, card numbers, IBANs, US social security and telephone numbers. Each
 * becomes `[redacted:kind]`. Takes time in proportion to the text, whatever it holds; doing it twice changes nothing.
 */
export function redact(text: string): { text: string; found: Found[] } {
  const kinds: string[] = [];
  const clean = redactInto(text, kinds);
  return { text: clean, found: tally(kinds) };
}

function redactLeaves(value: unknown, kind: string, kinds: string[], depth: number): unknown {
  if (depth > MAX_DEPTH) return "[redacted:too_deep]";
  if (typeof value === "string" || typeof value === "number") {
    if (String(value).length < 3 || String(value).startsWith("[redacted:")) return value;
    kinds.push(kind);
    return `[redacted:${kind}]`;
  }
  if (Array.isArray(value)) return value.map((one) => redactLeaves(one, kind, kinds, depth + 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, redactLeaves(one, kind, kinds, depth + 1)]),
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function redactMember(key: string, value: unknown, kinds: string[], depth: number): unknown {
  const strength = keyStrength(key);
  // A small number under a name such as `token` is a figure.
  if (strength === null || (strength === "token" && typeof value === "number")) return walk(value, kinds, depth);
  return redactLeaves(value, kindOf(key, strength), kinds, depth);
}

function walk(value: unknown, kinds: string[], depth: number): unknown {
  if (depth > MAX_DEPTH) return "[redacted:too_deep]";
  if (typeof value === "string") return redactInto(value, kinds);
  if (Array.isArray(value)) {
    const [name, one] = value;
    // Sentry writes headers, cookies and tags as lists of [name, value].
    if (value.length === 2 && typeof name === "string" && typeof one === "string")
      return [redactInto(name, kinds), redactMember(name, one, kinds, depth + 1)];
    return value.map((item) => walk(item, kinds, depth + 1));
  }
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [redactInto(key, kinds), redactMember(key, one, kinds, depth + 1)]),
  );
}

/**
 * `redact` for JSON: every string is redacted, and the value of every key that is named like a secret, whole. The input
 * is not changed; what is neither string, number, array nor plain object is kept as it is.
 */
export function redactDeep(value: unknown): unknown {
  return walk(value, [], 0);
}
