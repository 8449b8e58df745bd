import type { Id, IdPrefix } from "../kernel/ids.ts";
import { systemClock } from "./clock.ts";

export type NewId = <P extends IdPrefix>(prefix: P) => Id<P>;

const ALPHABET = "0123456789abcdefghijklmnopqrstuv";

/** `count` random characters of 5 bits each, from the platform's cryptographic source. */
function randomText(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join("");
}

/** A new id: milliseconds since 1970 in base 32 first, so that ids sort by age, then 70 random bits. */
export const newId: NewId = (prefix) => {
  const time = systemClock.now().getTime().toString(32).padStart(10, "0");
  return `${prefix}_${time}${randomText(14)}`;
};

/** An unguessable secret of 160 bits, for one-time tokens. */
export function newSecret(): string {
  return randomText(32);
}

/**
 * The id that follows from what a thing is: the same parts give the same id in every process, so that two functions
 * which meet the same alert at once agree on its incident without asking anybody. 130 bits of SHA-256.
 */
export async function idFrom<P extends IdPrefix>(prefix: P, parts: readonly string[]): Promise<Id<P>> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${prefix}_${Array.from(digest.subarray(0, 26), (byte) => ALPHABET[byte & 31]).join("")}`;
}
