export interface LookFacts {
  /** Up to where the source was read before; null at the first look. */
  position: string | null;
  since: string;
  until: string;
  /** All pages were read. */
  isComplete: boolean;
  /** Times of the items that are not settled: not stored, not readable, not over yet. null: time unknown. */
  unsettled: readonly (string | null)[];
}

/**
 * Up to where a source counts as read after a look. Nothing that is not settled is ever passed, and the cursor never
 * goes back: what lies before it within the overlap is read again anyway.
 */
export function decidePosition({ position, since, until, isComplete, unsettled }: LookFacts): string {
  const held = position ?? since;
  if (!isComplete || unsettled.includes(null)) return held;
  const times = unsettled.flatMap((at) => (at === null ? [] : [Date.parse(at)]));
  const reached = Math.min(Date.parse(until), ...times);
  return new Date(Math.max(Date.parse(held), reached)).toISOString();
}
