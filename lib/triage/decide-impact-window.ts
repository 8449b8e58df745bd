import type { ImpactSettings, ImpactWindow, Span } from "./impact-model.ts";

export interface ImpactWindowFacts {
  now: string;
  /** When its source saw the error first. */
  firstSeenAt: string;
  /** When its first alert came. */
  openedAt: string;
  /** The first event of this occurrence, where the incident had recovered before. */
  reopenedAt: string | null;
}

export type ImpactWindowDecision =
  | { type: "measure"; window: ImpactWindow }
  | { type: "too_young"; measurableAt: string };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** What is taken as the trouble's age where an alert tells of an error that its source has known for long. */
const OLD_ERROR_MS = HOUR_MS;

const wholeMinute = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS;
const span = (fromMs: number, toMs: number): Span => ({
  from: new Date(fromMs).toISOString(),
  to: new Date(toMs).toISOString(),
});

/** Since when production suffers. An old error that alerts now began to matter shortly before its alert. */
function beganMs(facts: ImpactWindowFacts, windowMs: number): number {
  if (facts.reopenedAt !== null) return Date.parse(facts.reopenedAt);
  const firstMs = Date.parse(facts.firstSeenAt);
  const openedMs = Date.parse(facts.openedAt);
  return firstMs >= openedMs - windowMs ? firstMs : openedMs - OLD_ERROR_MS;
}

/**
 * Which hours are compared: from the incident's beginning until now, at most `windowHours`, with the same hours of the
 * last weeks that ended before it began. A week is 168 hours: across a change of the clocks it is the hour beside.
 */
export function decideImpactWindow(facts: ImpactWindowFacts, settings: ImpactSettings): ImpactWindowDecision {
  const windowMs = settings.windowHours * HOUR_MS;
  const lagMs = settings.ingestLagSeconds * 1_000;
  const began = wholeMinute(beganMs(facts, windowMs));
  const to = wholeMinute(Date.parse(facts.now) - lagMs);
  const leastMs = settings.minWindowMinutes * MINUTE_MS;
  if (to - began < leastMs) {
    const measurableMs = began + Math.ceil(leastMs / MINUTE_MS) * MINUTE_MS + lagMs;
    return { type: "too_young", measurableAt: new Date(measurableMs).toISOString() };
  }
  const from = Math.max(began, to - wholeMinute(windowMs));
  const skipped = Math.ceil((to - began) / WEEK_MS);
  const weeks = Array.from({ length: settings.weeks }, (_, index) => {
    const shift = (skipped + index) * WEEK_MS;
    return span(from - shift, to - shift);
  });
  return { type: "measure", window: { now: span(from, to), weeks } };
}
