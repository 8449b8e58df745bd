import type { Signature } from "./read-signature.ts";

/** A problem that began lately and is worked on, or watched, on its own. */
export interface Candidate {
  id: string;
  number: number;
  signature: Signature;
  firstSeenAt: string;
}

export type Correlation =
  | { type: "alone" }
  /** The new problem is a symptom of an older one. */
  | { type: "joins"; causeId: string; number: number; reason: string }
  /** The new problem is what older ones complain of. */
  | { type: "explains"; members: { id: string; reason: string }[] };

/**
 * Whether problems that begin together are one. Only what is said by their signatures counts, never that titles look
 * alike; and only problems of the same time are candidates, so that nothing melts into an old incident.
 */
export function decideCorrelation(
  own: { id: string; signature: Signature; firstSeenAt: string },
  candidates: readonly Candidate[],
  policy: { togetherMinutes: number },
): Correlation {
  const togetherMs = policy.togetherMinutes * 60_000;
  const isTogether = (other: Candidate) =>
    Math.abs(Date.parse(other.firstSeenAt) - Date.parse(own.firstSeenAt)) <= togetherMs;
  const others = candidates.filter((other) => other.id !== own.id && isTogether(other));
  for (const other of others) {
    const reason = whySymptom(own.signature, other.signature);
    if (reason) return { type: "joins", causeId: other.id, number: other.number, reason };
  }
  const members = others.flatMap((other) => {
    const reason = whyCalls(other.signature, own.signature) ?? whyWaits(other.signature, own.signature);
    return reason ? [{ id: other.id, reason }] : [];
  });
  return members.length > 0 ? { type: "explains", members } : { type: "alone" };
}

/** Why `own` is a symptom of what `other` is, or null. */
function whySymptom(own: Signature, other: Signature): string | null {
  const called = whyCalls(own, other) ?? whyWaits(own, other);
  if (called) return called;
  if (own.slow === undefined && own.dependency !== null && own.dependency === other.dependency)
    return `both fail because ${own.dependency} does not answer`;
  if (own.crashFrame === null || own.crashFrame !== other.crashFrame) return null;
  if (own.errorType !== null && own.errorType === other.errorType) {
    return `the same ${own.errorType} in the same place (${own.crashFrame.replace("#", ", ")})`;
  }
  const isSameRelease = own.release !== null && own.release === other.release;
  const isSameService = own.service !== null && own.service === other.service;
  if (isSameRelease && isSameService)
    return `it crashes in the same place of the same release (${own.crashFrame.replace("#", ", ")})`;
  return null;
}

/** Why `caller` fails only because `callee`'s service does, or null. */
function whyCalls(caller: Signature, callee: Signature): string | null {
  if (caller.dependency === null || callee.service === null || caller.service === callee.service) return null;
  const host = caller.dependency.replace(/:\d+$/, "");
  const isIt = host === callee.service || host.startsWith(`${callee.service}.`);
  return isIt ? `it calls ${callee.service}, which fails` : null;
}

/** Why `waiter` is slow only because of what `callee` is or waits for too, or null. A call is never explained by who makes it. */
function whyWaits(waiter: Signature, callee: Signature): string | null {
  if (waiter.slow === undefined) return null;
  if (callee.slow === undefined) {
    const isSame = waiter.dependency !== null && waiter.dependency === callee.dependency;
    return isSame ? `it waits for ${callee.dependency}, which does not answer` : null;
  }
  if (waiter.slow.isCall && !callee.slow.isCall) return null;
  const { waitsFor } = callee.slow;
  const shared = waiter.slow.waitsFor.find((one) => waitsFor.includes(one));
  return shared === undefined ? null : `both wait for ${shared}, which became slow`;
}
