import type { RecoveryPolicy } from "./model.ts";
import type { Exposure } from "./read-exposure.ts";
import { lnNegativeBinomial, lnPoisson, lnSum } from "./statistics.ts";

/**
 * The sequential test. Events before and since share one unknown rate, scaled by exposure and by a ratio: the repair failed at `ratioToReject`, worked at
 * `ratioToAccept` or at nothing left. Given the events before, the events since follow a negative binomial whatever the rate is (gamma posterior
 * without prior knowledge), so few events before widen the watch by themselves. Errors come in clumps: with a dispersion d, d events count as one. How
 * clumped they are is not fixed but weighed by the hourly counts (`weighClumps`), and the likelihoods are averaged over it. Each verdict
 * needs a likelihood ratio of 1/risk: by Ville's inequality that holds however often one looks.
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
  before: number;
  since: number;
}

export interface Clump {
  dispersion: number;
  lnWeight: number;
}

/** Kept off the risks for what the model leaves out: the clumps' own shape, a rate before that was met at its height. */
const MARGIN = 0.6;

export function decideEvidence(counts: Counts, clumps: readonly Clump[], policy: RecoveryPolicy): Evidence {
  const at = (ratio: number) => lnLikelihood(counts, clumps, ratio);
  const nothing = at(0);
  const accept = at(policy.ratioToAccept);
  const reject = at(policy.ratioToReject);
  const lnClose = lnSum([nothing, accept]) - Math.LN2 - reject;
  const lnRetry = lnSum([reject, at(1)]) - Math.LN2 - accept;
  return {
    canClose: lnClose >= -Math.log(policy.riskFalseClose * MARGIN),
    canRetry: lnRetry >= -Math.log(policy.riskFalseRetry * MARGIN),
    gone: 1 / (1 + Math.exp(-lnClose)),
    failing: 1 / (1 + Math.exp(-lnRetry)),
  };
}

/** The exposure since at which the evidence would be enough to close, were there no further event; Infinity when silence can never be. */
export function exposureToClose(counts: Counts, clumps: readonly Clump[], policy: RecoveryPolicy): number {
  const isEnough = (since: number) => decideEvidence({ ...counts, since }, clumps, policy).canClose;
  let low = counts.since;
  if (isEnough(low)) return low;
  let high = Math.max(low, counts.before / Math.max(1, counts.eventsBefore));
  for (let doubling = 0; !isEnough(high); doubling++) {
    if (doubling > 60) return Number.POSITIVE_INFINITY;
    low = high;
    high *= 2;
  }
  for (let step = 0; step < 40 && high - low > 1e-9 * high; step++) {
    const middle = (low + high) / 2;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Whether the counts speak clearly (20 to 1) for one ratio of the old rate against another. */
export function isLikelier(counts: Counts, clumps: readonly Clump[], ratio: number, than: number): boolean {
  return lnLikelihood(counts, clumps, ratio) - lnLikelihood(counts, clumps, than) >= Math.log(20);
}

/** ln of the likelihood of the events since, given those before, at this ratio of the old rate. */
function lnLikelihood(
  { eventsBefore, eventsSince, before, since }: Counts,
  clumps: readonly Clump[],
  ratio: number,
): number {
  if (ratio === 0 && eventsSince > 0) return Number.NEGATIVE_INFINITY;
  const odds = (ratio * since) / before;
  return lnSum(
    clumps.map(({ dispersion, lnWeight }) => {
      const size = eventsBefore / dispersion;
      const density = eventsSince === 0 ? 0 : Math.log(dispersion);
      return lnWeight + (odds === 0 ? 0 : lnNegativeBinomial(eventsSince / dispersion, size, odds)) - density;
    }),
  );
}

const DISPERSIONS = [1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512];
/** What is believed of clumps before anything is counted; small, as counts that show clumps outweigh it at once. */
const CLUMPS_PRIOR = 0.01;
/** Clumps longer than an hour show only over several. */
const BLOCKS = [1, 3, 8];
const MAX_BUCKETS = 168;

/**
 * How likely each dispersion is, from the hourly counts before against the exposure of each hour. Looked at over blocks of several lengths; the one that
 * shows the most clumping counts. Without counts: no clumps.
 */
export function weighClumps(hourly: number[] | null, exposure: Exposure): Clump[] {
  const parts = exposure.perHourBefore;
  const total = hourly?.reduce((sum, count) => sum + count, 0) ?? 0;
  const none: Clump[] = [{ dispersion: 1, lnWeight: 0 }];
  if (hourly === null || parts === null || total === 0) return none;
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const means = parts.map((part) => (part / whole) * total);
  const base = Math.ceil(hourly.length / MAX_BUCKETS);
  const views = BLOCKS.map((block) => toBuckets(hourly, means, block * base)).filter((buckets) => buckets.length >= 2);
  return views
    .map(weighBuckets)
    .reduce((most, view) => (meanDispersion(view) > meanDispersion(most) ? view : most), none);
}

function weighBuckets(buckets: Bucket[]): Clump[] {
  const plain = buckets.reduce((sum, { count, mean }) => sum + lnPoisson(count, mean), 0);
  const priorSum = DISPERSIONS.reduce((sum, dispersion) => sum + 1 / dispersion, 0);
  const spread = buckets.reduce((sum, { count, mean }) => sum + (count - mean) ** 2 / mean, 0) / (buckets.length - 1);
  const clumps = DISPERSIONS.filter((dispersion) => dispersion <= 2 * spread + 2).map((dispersion) => {
    const lnPrior = Math.log(CLUMPS_PRIOR / dispersion / priorSum);
    return { dispersion, lnWeight: lnPrior + lnClumped(buckets, dispersion) - plain };
  });
  const all = [{ dispersion: 1, lnWeight: Math.log(1 - CLUMPS_PRIOR) }, ...clumps];
  const norm = lnSum(all.map((clump) => clump.lnWeight));
  return all
    .map(({ dispersion, lnWeight }) => ({ dispersion, lnWeight: lnWeight - norm }))
    .filter((clump) => clump.lnWeight > -25);
}

interface Bucket {
  count: number;
  mean: number;
}

function toBuckets(counts: number[], means: number[], block: number): Bucket[] {
  const buckets: Bucket[] = [];
  for (let index = counts.length; index > 0; index -= block) {
    const from = Math.max(0, index - block);
    const sum = (values: number[]) => values.slice(from, index).reduce((total, value) => total + value, 0);
    buckets.push({ count: sum(counts), mean: Math.max(sum(means), 1e-9) });
  }
  return buckets;
}

function lnClumped(buckets: Bucket[], dispersion: number): number {
  return buckets.reduce(
    (sum, { count, mean }) => sum + lnNegativeBinomial(count, mean / (dispersion - 1), dispersion - 1),
    0,
  );
}

/** The average dispersion, for the words. */
export function meanDispersion(clumps: readonly Clump[]): number {
  return clumps.reduce((sum, { dispersion, lnWeight }) => sum + dispersion * Math.exp(lnWeight), 0);
}
