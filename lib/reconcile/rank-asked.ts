/**
 * Which of many to ask for now, when only `limit` can be: another stretch of the list in each step of `stepMs`, so that
 * all have their turn without anything being remembered.
 */
export function rankAsked<T>(all: readonly T[], limit: number, nowMs: number, stepMs: number): T[] {
  if (all.length <= limit) return [...all];
  const start = (Math.floor(nowMs / stepMs) * limit) % all.length;
  return [...all.slice(start), ...all.slice(0, start)].slice(0, limit);
}
