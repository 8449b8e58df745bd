import { type Clump, decideClumps, lnExplained, meanDispersion, type Series } from "./decide-clumps.ts";
import { combineHypotheses, type TimedHypothesis } from "./decide-evidence.ts";
import type { RecoveryFacts } from "./model.ts";
import type { Belief, Exposure } from "./read-exposure.ts";
import { SHORT_HOURS, TWO_DAYS } from "./rhythm-model.ts";
import { lnSum } from "./statistics.ts";

/** One way to see the counts: how clumped they are if use goes as one of these beliefs has it. */
export interface View {
  clumps: Clump[];
  beliefs: Belief[];
  lnWeight: number;
}

interface Caution {
  /** What is believed of clumps before anything is counted. */
  prior: number;
  /** Before silence proves anything: a rhythm is doubted as long as it may be clumps. */
  isCautious: boolean;
}

/**
 * Use that goes up and down over the day looks like clumps to who knows of no day. So the counts before, and those since once there are some to see clumps in,
 * are seen both ways, and each view is weighed by how well it explains them.
 */
export function decideViews(facts: RecoveryFacts, { hourly, beliefs }: Exposure, caution: Caution): View[] {
  const [flat, ...rhythms] = beliefs;
  if (flat === undefined) return [];
  const plain = { clumps: decideClumps(seriesOf(facts, hourly, flat), caution.prior), beliefs: [flat], lnWeight: 0 };
  const best = likeliest(rhythms);
  if (best === null) return [plain];
  const series = seriesOf(facts, hourly, best);
  const clumps = decideClumps(series, caution.prior);
  const dispersion = meanDispersion(clumps);
  const lnPrior = lnSum(rhythms.map((one) => one.lnPrior + (lnFitOf(one) - lnFitOf(best)) / dispersion)) - flat.lnPrior;
  const { blocks, prior } = comparisonAfter(hourly?.length ?? 0, caution);
  const lnGains = blocks.map(
    (block) => lnExplained(series, prior, block) - lnExplained(seriesOf(facts, hourly, flat), prior, block),
  );
  const byDay = { clumps, beliefs: rhythms, lnWeight: lnPrior + Math.min(...lnGains) };
  const norm = lnSum([plain.lnWeight, byDay.lnWeight]);
  return [plain, byDay].map((view) => ({ ...view, lnWeight: view.lnWeight - norm }));
}

/** How much clumps are believed of counts that are not even and come from one day. */
const DAY_CLUMPS_PRIOR = 0.25;

/**
 * How the views are compared: over which hours taken together, and how much clumps are believed. After a short time a rhythm makes more cautious, and single
 * hours may show it. A day of a rhythm looks like a few long clumps, and these like a day: before silence proves anything by a rhythm it has to explain the
 * counts better however one looks at them, and than clumps that are as likely.
 */
function comparisonAfter(hours: number, { prior, isCautious }: Caution): { blocks: number[]; prior: number } {
  if (hours < SHORT_HOURS) return { blocks: [1], prior };
  if (hours >= TWO_DAYS) return { blocks: [4], prior };
  return { blocks: [1, 2, 4], prior: isCautious ? DAY_CLUMPS_PRIOR : prior };
}

const lnFitOf = ({ lnFit, lnFitSince }: Belief) => lnFit + lnFitSince;

function likeliest(beliefs: readonly Belief[]): Belief | null {
  const lnWeight = (one: Belief) => one.lnPrior + lnFitOf(one);
  return beliefs.reduce<Belief | null>(
    (most, one) => (most === null || lnWeight(one) > lnWeight(most) ? one : most),
    null,
  );
}

function seriesOf({ since }: RecoveryFacts, hourly: number[] | null, belief: Belief): Series {
  return [
    ...(hourly !== null && belief.perHourBefore ? [{ counts: hourly, exposure: belief.perHourBefore }] : []),
    ...(since.events >= 2 && since.hourly !== null && belief.perHourSince
      ? [{ counts: since.hourly, exposure: belief.perHourSince }]
      : []),
  ];
}

/** How clumped events are, in all views together. */
export function clumpsIn(views: readonly View[]): Clump[] {
  const lnWeights = new Map<number, number[]>();
  for (const view of views) {
    for (const { dispersion, lnWeight } of view.clumps)
      lnWeights.set(dispersion, [...(lnWeights.get(dispersion) ?? []), view.lnWeight + lnWeight]);
  }
  return [...lnWeights].map(([dispersion, terms]) => ({ dispersion, lnWeight: lnSum(terms) }));
}

/** Every dispersion with every belief, in all views. */
export function hypothesesIn(views: readonly View[]): TimedHypothesis[] {
  return views.flatMap(({ clumps, beliefs, lnWeight }) => combineHypotheses(clumps, beliefs, lnWeight));
}
