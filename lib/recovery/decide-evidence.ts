import type { Clump } from "./decide-clumps.ts";
import type { RecoveryPolicy } from "./model.ts";
import type { Belief } from "./read-exposure.ts";
import { lnGamma, lnRising, lnSum } from "./statistics.ts";

/**
 * The sequential test. Events before and since share one unknown rate, scaled by exposure and by a ratio: the repair failed at `ratioToReject`, worked at
 * `ratioToAccept` or at nothing left. Given the events before, the events since follow a negative binomial whatever the rate is (gamma posterior
 * without prior knowledge), so few events before widen the watch by themselves. How clumped errors come and which rhythm they have is not fixed but
 * weighed by the hourly counts, and the likelihoods are averaged over it. Each verdict needs a likelihood ratio of 1/risk: by Ville's inequality that holds
 * however often one looks.
 */
export interface Evidence {
  canClose: boolean;
  canRetry: boolean;
  /** The probability that the error is gone, at even odds before. */
  gone: number;
  /** The probability that it still fails, at even odds before. */
  failing: number;
}

export interface Counts {
  eventsBefore: number;
  eventsSince: number;
}

/** One way in which it may be: events clumped like this, and `odds` of the exposure since against that before. */
export interface Hypothesis {
  dispersion: number;
  lnWeight: number;
  odds: number;
  /** The part of a risk that is used where it is so. */
  margin: number;
}

/** A hypothesis whose odds depend on the moment. */
export interface TimedHypothesis {
  dispersion: number;
  lnWeight: number;
  belief: Belief;
  margin: number;
}

/**
 * The part of a risk that is used; the rest is for what the model leaves out: the clumps' own shape, a rate before that was met at its height. More is left
 * where events were seen to come in clumps, most where use goes up and down over the day.
 */
const MARGIN = { single: 0.75, clumped: 0.7, rhythmic: 0.55, retry: 0.6 };
/** A repair may make it worse: that is failing as well, and not a clump. */
const WORSE = 3;
/** Less likely than this, altogether, is left out. */
const LN_NEGLIGIBLE = Math.log(1e-5);

/** Every dispersion with every belief of the rhythm, the latter weighed by the counts as far as their clumps let them tell; `lnTogether` is the weight of all. */
export function combineHypotheses(
  clumps: readonly Clump[],
  beliefs: readonly Belief[],
  lnTogether: number,
): TimedHypothesis[] {
  const all = clumps.flatMap(({ dispersion, lnWeight }) => {
    const weights = beliefs.map((belief) => belief.lnPrior + (belief.lnFit + belief.lnFitSince) / dispersion);
    const norm = lnSum(weights);
    return beliefs.map((belief, index) => ({
      dispersion,
      belief,
      margin: belief.isFlat ? (dispersion === 1 ? MARGIN.single : MARGIN.clumped) : MARGIN.rhythmic,
      lnWeight: lnTogether + lnWeight + (weights[index] ?? 0) - norm,
    }));
  });
  return all.filter(({ lnWeight, belief }) => lnWeight > LN_NEGLIGIBLE && belief.before > 0);
}

/** How it stands `hours` after the deployment. */
export function hypothesesAt(
  hypotheses: readonly TimedHypothesis[],
  hours: number,
  traffic: "since" | "sinceAtOldTraffic" = "since",
): Hypothesis[] {
  return hypotheses.map(({ dispersion, lnWeight, belief, margin }) => ({
    dispersion,
    lnWeight,
    margin,
    odds: belief[traffic](hours) / belief.before,
  }));
}

export function decideEvidence(counts: Counts, hypotheses: readonly Hypothesis[], policy: RecoveryPolicy): Evidence {
  const at = (ratio: number) => lnLikelihood(counts, hypotheses, ratio);
  const nothing = at(0);
  const accept = at(policy.ratioToAccept);
  const reject = at(policy.ratioToReject);
  const asBefore = at(1);
  // Where a rhythm is open, half the old rate may explain what came worse than all of it.
  const lnClose = lnSum([nothing, accept]) - Math.LN2 - Math.max(reject, asBefore);
  const lnRetry = lnSum([reject, asBefore, at(WORSE)]) - Math.log(3) - accept;
  const margin = hypotheses.reduce((sum, one) => sum + one.margin * Math.exp(one.lnWeight), 0);
  return {
    canClose: lnClose >= -Math.log(policy.riskFalseClose * margin),
    canRetry: lnRetry >= -Math.log(policy.riskFalseRetry * MARGIN.retry),
    gone: 1 / (1 + Math.exp(-lnClose)),
    failing: 1 / (1 + Math.exp(-lnRetry)),
  };
}

/**
 * The first value from `from` on at which silence would be enough, where `at` says how it would stand at a value (hours, expected events) that grows with
 * exposure. Infinity when that is beyond `most`.
 */
export function silenceToClose(
  counts: Counts,
  at: (value: number) => Hypothesis[],
  policy: RecoveryPolicy,
  { from, first, most }: { from: number; first: number; most: number },
): number {
  const isEnough = (value: number) => decideEvidence(counts, at(value), policy).canClose;
  if (isEnough(from)) return from;
  let low = from;
  let high = Math.max(from, first);
  while (!isEnough(high)) {
    if (high >= most) return Number.POSITIVE_INFINITY;
    low = high;
    high = Math.min(most, high * 1.5);
  }
  for (let step = 0; step < 40 && high - low > 1e-3 * high; step++) {
    const middle = (low + high) / 2;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The silence, in events expected at the old rate, that would be enough if nothing came from the beginning; Infinity when none is. */
export function expectedToClose(
  eventsBefore: number,
  clumps: readonly Clump[],
  policy: RecoveryPolicy,
  most = 1e9,
): number {
  const at = (expected: number) =>
    clumps.map((clump) => ({ ...clump, odds: expected / eventsBefore, margin: MARGIN.clumped }));
  return silenceToClose({ eventsBefore, eventsSince: 0 }, at, policy, { from: 0, first: 1, most });
}

/** Whether the counts speak clearly (20 to 1) for one ratio of the old rate against another. */
export function isLikelier(counts: Counts, hypotheses: readonly Hypothesis[], ratio: number, than: number): boolean {
  return lnLikelihood(counts, hypotheses, ratio) - lnLikelihood(counts, hypotheses, than) >= Math.log(20);
}

/** ln of the likelihood of the events since, given those before, at this ratio of the old rate. */
function lnLikelihood({ eventsBefore, eventsSince }: Counts, hypotheses: readonly Hypothesis[], ratio: number): number {
  if (ratio === 0 && eventsSince > 0) return Number.NEGATIVE_INFINITY;
  let top = Number.NEGATIVE_INFINITY;
  let last = Number.NaN;
  let constant = 0;
  const terms = hypotheses.map(({ dispersion, lnWeight, odds }) => {
    const size = eventsBefore / dispersion;
    const seen = eventsSince / dispersion;
    if (dispersion !== last) {
      last = dispersion;
      constant = eventsSince === 0 ? 0 : lnRising(size, seen) - lnGamma(seen + 1) - Math.log(dispersion);
    }
    const further = ratio * odds;
    const events = eventsSince === 0 || further === 0 ? 0 : seen * Math.log(further);
    const term = lnWeight + constant + events - (size + seen) * Math.log1p(further);
    if (term > top) top = term;
    return term;
  });
  let sum = 0;
  for (const term of terms) sum += Math.exp(term - top);
  return top + Math.log(sum);
}
