import * as z from "zod";
import type { ReadDelivery } from "./model.ts";

/** Postgres `integer`: a count or line beyond it would fail to be stored. */
const MAX_INTEGER = 2_147_483_647;

export type Fields = Record<string, unknown>;
export type Rejected = Extract<ReadDelivery, { outcome: "rejected" }>;

/** A plain object, or null for anything else. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** At most `max` entries of a list, counted from its end; an empty list for anything else. */
export function lastOf(value: unknown, max: number): unknown[] {
  return Array.isArray(value) ? value.slice(-max) : [];
}

/**
 * Text of at most `max` characters, null for an empty one and for anything else. NUL and lone surrogates are replaced:
 * JSON may carry them, Postgres refuses both.
 */
export function textOf(value: unknown, max: number): string | null {
  if (typeof value !== "string" || value === "") return null;
  const cut = (value.length > max ? value.slice(0, max) : value).toWellFormed();
  return cut.includes("\0") ? cut.replaceAll("\0", "\uFFFD") : cut;
}

/** A foreign id as text: providers send the same id as a number in one payload and as text in another. */
export function idOf(value: unknown): string | null {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  return textOf(value, 200);
}

/** A count or a line as a whole number from 0 up to Postgres' largest; Sentry sends `count` as text. */
export function countOf(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) return null;
  return Math.min(number, MAX_INTEGER);
}

/** An ISO 8601 time, or seconds since 1970 (Sentry's floats), as ISO text with milliseconds; null outside 1970 to 2199. */
export function timeOf(value: unknown): string | null {
  if (typeof value === "number") return isoOf(value * 1000);
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value)) return null;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  return isoOf(Date.parse(zoned));
}

/** Milliseconds since 1970 as ISO text; null outside 1970 to 2199. */
export function isoOf(epochMs: unknown): string | null {
  if (typeof epochMs !== "number" || !(epochMs >= 0 && epochMs < 7_258_118_400_000)) return null;
  return new Date(epochMs).toISOString();
}

/** An http(s) address that may become a link; null for anything else (`javascript:` and the like). */
export function httpUrlOf(value: unknown): string | null {
  return typeof value === "string" && value.length <= 2000 && /^https?:\/\/[^\s"'<>\\]+$/i.test(value)
    ? textOf(value, 2000)
    : null;
}

const lenient = <T>(read: (value: unknown) => T) => z.unknown().optional().transform(read);

/** zod fields that take any junk and answer null for it, for what is nice to have. */
export const optionalText = (max: number) => lenient((value) => textOf(value, max));
export const optionalId = lenient(idOf);
export const optionalCount = lenient(countOf);
export const optionalTime = lenient(timeOf);
export const optionalUrl = lenient(httpUrlOf);
export const optionalFields = lenient(fieldsOf);

/** zod fields for what a delivery cannot be read without. */
export const requiredText = (max: number) =>
  z
    .string()
    .min(1)
    .transform((value) => textOf(value, max) ?? value);
export const requiredId = z
  .union([z.string().min(1), z.number().int().nonnegative()], { error: "expected an id (text or a whole number)" })
  .transform((value) => idOf(value) ?? String(value));

/** 400 with the first field at fault named by its path; `at` is the path of what was parsed. */
export function refusedShape(error: z.ZodError, at = ""): Rejected {
  const issue = error.issues[0];
  const path = [at, ...(issue?.path ?? [])].filter((part) => part !== "").join(".");
  const message = (issue?.message ?? "not the expected shape").replace(/^Invalid input: /, "");
  return { outcome: "rejected", status: 400, reason: `${path === "" ? "body" : path}: ${message}` };
}

/** 400 for one named field. */
export function refusedField(path: string, expected: string): Rejected {
  return { outcome: "rejected", status: 400, reason: `${path}: ${expected}` };
}

/** A 64-bit, non-cryptographic digest of text in hex: the same on every runtime, without waiting. */
export function digestOf(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  const mixedHigh = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  const mixedLow = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(mixedHigh ^ (mixedHigh >>> 13), 3266489909);
  return [mixedHigh, mixedLow].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

/** A delivery key of parts, bounded: a part over 120 characters is cut and told apart by its digest. Missing parts are `-`. */
export function deliveryKeyOf(...parts: (string | null)[]): string {
  return parts.map(keyPart).join(":");
}

function keyPart(part: string | null): string {
  if (part === null || part === "") return "-";
  return part.length <= 120 ? (textOf(part, 120) ?? "-") : `${textOf(part, 100)}~${digestOf(part)}`;
}
