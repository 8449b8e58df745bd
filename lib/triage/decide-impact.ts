import type { Comparison, EventCount, EventImpact, Impact, ImpactWindow, PeopleCount } from "./impact-model.ts";
import type { ImpactLevel } from "./model.ts";

export interface ImpactFacts {
  window: ImpactWindow;
  /** The events that were asked for. */
  events: readonly string[];
  counts: readonly EventCount[];
  /** Over all events together. */
  people: readonly PeopleCount[];
  isCached: boolean;
  /** The older of the two answers; null where that is not known. */
  lastRefresh: string | null;
}

export const IMPACT_RULES = {
  /** How many standard deviations from the usual are beyond chance; several events are looked at, again and again. */
  deviations: 3.5,
  /** Least share of the usual that is missing. */
  levels: { critical: 0.75, high: 0.4, medium: 0.15 },
  /** Less than this part of the weakest week is a drop even where weeks differ much. */
  goneShare: 0.1,
  /** Fewer than this missing are at most medium, whatever their share. */
  fewLost: 10,
  /** Weeks in which it was seen, or that came after one: fewer are no baseline. */
  minWeeks: 2,
};
export type ImpactRules = typeof IMPACT_RULES;

/** The median absolute deviation of normally spread values is this part of their standard deviation. */
const MAD_TO_SIGMA = 1.4826;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  return (lower + upper) / 2;
}

/**
 * Standard deviations between a count and what is usual. Counts of independent things are Poisson, whose square root
 * has the same spread everywhere (Anscombe); `spread` ≥ 1 is how much wider these counts are.
 */
function deviations(now: number, usual: number, spread: number, weeks: number): number {
  const distance = 2 * (Math.sqrt(now + 3 / 8) - Math.sqrt(usual + 3 / 8));
  return distance / Math.sqrt(spread * (1 + 1 / weeks));
}

/**
 * Compares a count with earlier weeks, the latest first. Weeks before it was ever seen do not count. `perPerson` ≥ 1:
 * events of one person come together, which spreads their count by that factor.
 */
function compare(now: number, weeks: readonly number[], perPerson: number, rules: ImpactRules): Comparison {
  const known = weeks.slice(0, weeks.findLastIndex((count) => count > 0) + 1);
  if (known.length < rules.minWeeks) return { verdict: "no_baseline", now, usual: null, change: null };
  const usual = median(known);
  if (usual === 0) return { verdict: "unclear", now, usual, change: null };
  const least = Math.min(...known);
  const sigma = MAD_TO_SIGMA * median(known.map((count) => Math.abs(count - usual)));
  const spread = Math.max(1, perPerson, sigma ** 2 / usual);
  // Weeks that differ much among themselves hide a fall, but not that nearly everything is gone.
  const isGone = (count: number) =>
    count < least * rules.goneShare && deviations(count, least, perPerson, 1) <= -rules.deviations;
  const isDrop = (count: number) =>
    deviations(count, usual, spread, known.length) <= -rules.deviations || isGone(count);
  const compared = { now, usual, change: now / usual - 1 };
  if (deviations(now, usual, spread, known.length) >= rules.deviations) return { verdict: "rise", ...compared };
  if (isDrop(now)) return { verdict: "drop", ...compared };
  return { verdict: isDrop(0) ? "usual" : "unclear", ...compared };
}

function compareEvent(event: string, facts: ImpactFacts, rules: ImpactRules): EventImpact {
  const of = (period: number) => facts.counts.find((one) => one.event === event && one.period === period);
  const weeks = facts.window.weeks.map((_, index) => of(index + 1));
  const counts = weeks.map((week) => week?.occurrences ?? 0);
  const people = weeks.map((week) => week?.people ?? 0);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const perPerson = sum(people) > 0 ? sum(counts) / sum(people) : 1;
  const comparison = compare(of(0)?.occurrences ?? 0, counts, perPerson, rules);
  const usualPeople = compare(of(0)?.people ?? 0, people, 1, rules).usual;
  return { event, ...comparison, people: of(0)?.people ?? 0, usualPeople };
}

const RANK: readonly ImpactLevel[] = ["none", "low", "medium", "high", "critical"];

function levelOf(one: Comparison, rules: ImpactRules): ImpactLevel {
  if (one.verdict !== "drop" || one.usual === null || one.usual === 0) return "none";
  const lost = one.usual - one.now;
  const share = lost / one.usual;
  const { critical, high, medium } = rules.levels;
  if (share < medium) return "low";
  if (share < high || lost < rules.fewLost) return "medium";
  return share < critical ? "high" : "critical";
}

const unknown = (reason: string): Impact => ({ status: "unknown", reason });

/**
 * How much the product suffers: every event, and the unique people over all of them, compared with the median of the
 * same hours of earlier weeks. Only a drop that chance does not explain is harm; the worst one gives the level.
 */
export function decideImpact(facts: ImpactFacts, rules: ImpactRules = IMPACT_RULES): Impact {
  const { window, isCached, lastRefresh } = facts;
  if (isCached && lastRefresh !== null && Date.parse(lastRefresh) < Date.parse(window.now.to)) {
    return unknown("PostHog answered from a cache that is older than the failing time");
  }
  const events = facts.events.map((event) => compareEvent(event, facts, rules));
  const peopleIn = (period: number) => facts.people.find((one) => one.period === period)?.people ?? 0;
  const weeks = window.weeks.map((_, index) => peopleIn(index + 1));
  const people = compare(peopleIn(0), weeks, 1, rules);
  const measures: Comparison[] = [...events, people];
  if (measures.every((one) => one.verdict === "no_baseline")) {
    return unknown("the same hours of earlier weeks have too few events to compare with");
  }
  if (measures.every((one) => one.verdict === "no_baseline" || one.verdict === "unclear")) {
    return unknown("earlier weeks have so few events, or differ so much, that a drop would prove nothing");
  }
  const level = RANK[Math.max(...measures.map((one) => RANK.indexOf(levelOf(one, rules))))] ?? "none";
  const affectedShare = people.verdict === "drop" && people.change !== null ? -people.change : null;
  const { from, to } = window.now;
  const span = { from, to, weeks: window.weeks.length };
  return { status: "measured", level, affectedShare, events, people, window: span, isCached, lastRefresh };
}
