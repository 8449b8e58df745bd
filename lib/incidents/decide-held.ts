/**
 * Whether the end of the timeline says already that a write is held, in these words: a held write is tried again and
 * again, beside others that are held too, and is news once.
 */
export function isHeldSaid(timeline: readonly { kind: string; summary: string }[], summary: string): boolean {
  const lastDone = timeline.findLastIndex((entry) => entry.kind !== "held");
  return timeline.slice(lastDone + 1).some((entry) => entry.summary === summary);
}
