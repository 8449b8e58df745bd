import type { SpanKey } from "./model.ts";
import { readSpanName } from "./read-span-name.ts";

/** The same key without what differs from call to call; for people and for the fingerprint. */
export function readSpanKey(key: SpanKey): SpanKey {
  return {
    transaction: readSpanName(key.transaction),
    op: key.op.trim(),
    description: readSpanName(key.description),
  };
}

/**
 * What makes slow spans the same problem: SHA-256, in hex, over the whole of operation, transaction, description and
 * environment, each in its own place, so that neither length nor a separator lets two of them fall together.
 */
export async function composeFingerprint(key: SpanKey, environment: string): Promise<string> {
  const { op, transaction, description } = readSpanKey(key);
  const bytes = new TextEncoder().encode(JSON.stringify([op, transaction, description, environment]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The identity of the incident for this fingerprint. */
export function composeIdentity(fingerprint: string, environment: string): string {
  return `sentry-performance:${fingerprint}:${environment}`;
}
