import type { FailedAttempt } from "./model.ts";

export interface RedeliveryFacts {
  /** The failed attempts of one delivery, newest first; at least one. */
  attempts: readonly [FailedAttempt, ...FailedAttempt[]];
  /** The delivery is stored here: it came in by another attempt, or its answer came too late. */
  isStored: boolean;
  now: string;
}

export type RedeliveryDecision =
  | { type: "stored" }
  | { type: "redeliver"; attemptId: string }
  | { type: "wait"; until: string }
  | { type: "give_up"; reason: string };

const MINUTE_MS = 60_000;
const FIRST_WAIT_MS = 5 * MINUTE_MS;
const LONGEST_WAIT_MS = 60 * MINUTE_MS;
/** Our door refused it as it is: again and again the same would be refused. A few tries cover a secret that was wrong. */
const MOST_REFUSALS = 4;

const isRefusal = (status: number) => status >= 400 && status < 500 && status !== 408 && status !== 429;

/** Whether a delivery that failed is to be sent again now: at once for the first time, then with doubling waits. */
export function decideRedelivery({ attempts, isStored, now }: RedeliveryFacts): RedeliveryDecision {
  if (isStored) return { type: "stored" };
  const [newest] = attempts;
  if (isRefusal(newest.statusCode) && attempts.length >= MOST_REFUSALS) {
    return { type: "give_up", reason: `refused ${attempts.length} times, with ${newest.statusCode}` };
  }
  const waitMs =
    attempts.length === 1 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(10, attempts.length - 2));
  const dueMs = Date.parse(newest.at) + waitMs;
  if (dueMs > Date.parse(now)) return { type: "wait", until: new Date(dueMs).toISOString() };
  return { type: "redeliver", attemptId: newest.attemptId };
}
