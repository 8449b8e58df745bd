import { AppError } from "../kernel/errors.ts";
import { composeEventsQuery, composePeopleQuery } from "./compose-impact-query.ts";
import { decideImpact } from "./decide-impact.ts";
import { decideImpactWindow, type ImpactWindowFacts } from "./decide-impact-window.ts";
import type { Impact, ImpactReading, ImpactSettings, ImpactWindow } from "./impact-model.ts";
import type { ProductAnalytics } from "./ports.ts";
import { readEventCounts, readPeopleCounts } from "./read-impact-rows.ts";
import { renderImpact } from "./render-impact.ts";

export interface ImpactOutside {
  /** null where no analytics are configured. */
  analytics: ProductAnalytics | null;
  settings: ImpactSettings;
}

/** What was read, and what of it is new: a reading that still holds is answered as it was. */
export interface MeasuredImpact {
  reading: ImpactReading;
  /** The incident is too young to be measured; it can be from then on. */
  measurableAt: Date | null;
}

const later = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

function readingOf(impact: Impact, readAt: string, askAgainAt: string | null): ImpactReading {
  return { impact, summary: renderImpact(impact), readAt, askAgainAt };
}

async function ask(analytics: ProductAnalytics, window: ImpactWindow, events: readonly string[]): Promise<Impact> {
  const [counted, reached] = await Promise.all([
    analytics.ask(composeEventsQuery(window, events)),
    analytics.ask(composePeopleQuery(window, events)),
  ]);
  const counts = readEventCounts(counted);
  const people = readPeopleCounts(reached);
  if (counts === null || people === null) return { status: "unknown", reason: "PostHog answered in another shape" };
  const refreshes = [counted, reached].flatMap((one) => (one.isCached && one.lastRefresh ? [one.lastRefresh] : []));
  const lastRefresh = refreshes.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
  return decideImpact({ window, events, counts, people, isCached: counted.isCached || reached.isCached, lastRefresh });
}

/** Without an answer an earlier measurement stands, with the hours that it is of; without one the impact is unknown. */
function withoutAnswer(error: AppError, kept: ImpactReading | null, now: string, askMs: number): ImpactReading {
  const waitMs = typeof error.retry === "object" ? error.retry.afterMs : 0;
  const askAgainAt = later(now, Math.max(askMs, waitMs));
  if (kept?.impact.status === "measured") return { ...kept, askAgainAt };
  return readingOf({ status: "unknown", reason: error.message }, now, askAgainAt);
}

/**
 * Measures how much the product suffers from an incident, at most once in `askMinutes`: `kept` is what was read before.
 * Never throws for analytics that are away: that is an unknown impact, with the reason.
 */
export async function measureImpact(
  outside: ImpactOutside,
  facts: ImpactWindowFacts,
  kept: ImpactReading | null,
): Promise<MeasuredImpact> {
  const { analytics, settings } = outside;
  const { now } = facts;
  if (analytics === null) {
    const reading = readingOf({ status: "unknown", reason: "PostHog is not configured" }, now, null);
    return { reading, measurableAt: null };
  }
  if (kept?.askAgainAt && Date.parse(kept.askAgainAt) > Date.parse(now)) return { reading: kept, measurableAt: null };
  const decision = decideImpactWindow(facts, settings);
  if (decision.type === "too_young") {
    const { measurableAt } = decision;
    const reason = `too young to be measured before ${measurableAt.slice(0, 16).replace("T", " ")} UTC`;
    const reading = readingOf({ status: "unknown", reason }, now, measurableAt);
    return { reading, measurableAt: new Date(measurableAt) };
  }
  const askMs = settings.askMinutes * 60_000;
  try {
    const impact = await ask(analytics, decision.window, settings.events);
    return { reading: readingOf(impact, now, later(now, askMs)), measurableAt: null };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return { reading: withoutAnswer(thrown, kept, now, askMs), measurableAt: null };
  }
}
