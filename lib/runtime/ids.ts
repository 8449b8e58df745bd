import type { Id, IdPrefix } from "../kernel/ids.ts";
import { nativeCrypto } from "../kernel/native-crypto.ts";
import { systemClock } from "./clock.ts";

export type NewId = <P extends IdPrefix>(prefix: P) => Id<P>;

const ALPHABET = "0123456789abcdefghijklmnopqrstuv";

/** Random bytes are drawn by the pool: asking the platform's source costs far more than the bytes. */
const pool = { bytes: new Uint8Array(4_096), used: 4_096 };

/** `count` random characters of 5 bits each, from the platform's cryptographic source. */
function randomText(count: number): string {
  if (pool.used + count > pool.bytes.length) {
    crypto.getRandomValues(pool.bytes);
    pool.used = 0;
  }
  const text = textOfBytes(pool.bytes, pool.used, pool.used + count);
  pool.bytes.fill(0, pool.used, pool.used + count);
  pool.used += count;
  return text;
}

function textOfBytes(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at += 1) text += ALPHABET[(bytes[at] ?? 0) & 31];
  return text;
}

/** A new id: milliseconds since 1970 in base 32 first, so that ids sort by age, then 70 random bits. */
export const newId: NewId = (prefix) => `${prefix}_${timeText(systemClock.now().getTime())}${randomText(14)}`;

const lastTime = { ms: -1, text: "" };

/** Many ids are made within one millisecond. */
function timeText(ms: number): string {
  if (ms !== lastTime.ms) Object.assign(lastTime, { ms, text: ms.toString(32).padStart(10, "0") });
  return lastTime.text;
}

/** An unguessable secret of 160 bits, for one-time tokens. */
export function newSecret(): string {
  return randomText(32);
}

/**
 * The id that follows from what a thing is: the same parts give the same id in every process, so that two functions
 * which meet the same alert at once agree on its incident without asking anybody. 130 bits of SHA-256.
 */
export async function idFrom<P extends IdPrefix>(prefix: P, parts: readonly string[]): Promise<Id<P>> {
  return `${prefix}_${textOfBytes(await sha256(JSON.stringify(parts)), 0, 26)}`;
}

async function sha256(text: string): Promise<Uint8Array> {
  if (nativeCrypto !== null) return nativeCrypto.hash("sha256", text, "buffer");
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
