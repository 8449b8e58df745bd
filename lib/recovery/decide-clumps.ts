import { SHORT_HOURS, TWO_DAYS } from "./rhythm-model.ts";
import { lnNegativeBinomial, lnPoisson, lnSum } from "./statistics.ts";

/** A belief of how clumped errors come: with a dispersion d, d events count as one. */
export interface Clump {
  dispersion: number;
  lnWeight: number;
}

const DISPERSIONS = [1.5, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 512];
/** Clumps longer than an hour show only over several. */
const BLOCKS = [1, 2, 4, 8, 24];
const MAX_BUCKETS = 168;

interface Bucket {
  count: number;
  mean: number;
}

/** Hourly counts with the exposure of each hour; several of them have nothing to do with each other. */
export type Series = readonly { counts: readonly number[]; exposure: readonly number[] }[];

/**
 * How likely each dispersion is, from hourly counts (before, and since where there were events) against the exposure of each hour. Looked at over blocks of
 * several lengths; the one that shows the most clumping counts. `prior` is what is believed of clumps before anything is counted.
 */
export function decideClumps(series: Series, prior: number): Clump[] {
  const parts = series.map(({ counts, exposure }) => ({ counts, means: scaleTo(counts, exposure) }));
  const views = BLOCKS.map((block) => {
    const buckets = parts
      .map(({ counts, means }) => toBuckets(counts, means, block * Math.ceil(counts.length / MAX_BUCKETS)))
      .filter((one) => one.length >= 2);
    return { block, clumps: weighBuckets(buckets.flat(), prior) };
  });
  const { block, clumps } = views.reduce((most, view) =>
    meanDispersion(view.clumps) > meanDispersion(most.clumps) ? view : most,
  );
  const hours = Math.max(0, ...series.map(({ counts }) => counts.length));
  return hours < (block > 1 ? TWO_DAYS : SHORT_HOURS) ? clumps.map(widen) : clumps;
}

/** Clumps as long as the blocks lap over their edges, by a third, and few hours have not met the largest. Only long counts show both. */
function widen({ dispersion, lnWeight }: Clump): Clump {
  return { dispersion: 1 + 1.5 * (dispersion - 1), lnWeight };
}

function scaleTo(counts: readonly number[], exposure: readonly number[]): number[] {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const scale = sum(counts) / Math.max(sum(exposure), 1e-9);
  return counts.map((_, index) => (exposure[index] ?? 0) * scale);
}

function weighBuckets(buckets: readonly Bucket[], prior: number): Clump[] {
  const all = weighAll(buckets, prior);
  const norm = lnSum(all.map((clump) => clump.lnWeight));
  return all.map(({ dispersion, lnWeight }) => ({ dispersion, lnWeight: lnWeight - norm }));
}

/** Every dispersion with ln of its prior times its likelihood. */
function weighAll(buckets: readonly Bucket[], prior: number): Clump[] {
  const chi = buckets.reduce((sum, { count, mean }) => sum + (count - mean) ** 2 / mean, 0);
  const most = buckets.length === 0 ? 32 : (2 * chi) / Math.max(1, buckets.length - 1) + 2;
  const priorSum = DISPERSIONS.reduce((sum, dispersion) => sum + dispersion ** -0.5, 0);
  const clumps = DISPERSIONS.filter((dispersion) => dispersion <= most).map((dispersion) => ({
    dispersion,
    lnWeight: Math.log((prior * dispersion ** -0.5) / priorSum) + lnClumped(buckets, dispersion),
  }));
  const plain = buckets.reduce((sum, { count, mean }) => sum + lnPoisson(count, mean), 0);
  return [{ dispersion: 1, lnWeight: Math.log(1 - prior) + plain }, ...clumps];
}

function toBuckets(counts: readonly number[], means: readonly number[], block: number): Bucket[] {
  const buckets: Bucket[] = [];
  for (let end = counts.length; end > 0; end -= block) {
    let count = 0;
    let mean = 0;
    for (let index = Math.max(0, end - block); index < end; index++) {
      count += counts[index] ?? 0;
      mean += means[index] ?? 0;
    }
    buckets.push({ count, mean: Math.max(mean, 1e-9) });
  }
  return buckets;
}

function lnClumped(buckets: readonly Bucket[], dispersion: number): number {
  return buckets.reduce(
    (sum, { count, mean }) => sum + lnNegativeBinomial(count, mean / (dispersion - 1), dispersion - 1),
    0,
  );
}

/** The average dispersion, for the words. */
export function meanDispersion(clumps: readonly Clump[]): number {
  return clumps.reduce((sum, { dispersion, lnWeight }) => sum + dispersion * Math.exp(lnWeight), 0);
}

/** ln of how well an exposure explains the counts, however clumped they may be, looked at over blocks of hours. */
export function lnExplained(series: Series, prior: number, block: number): number {
  const buckets = series.flatMap(({ counts, exposure }) =>
    toBuckets(counts, scaleTo(counts, exposure), block * Math.ceil(counts.length / MAX_BUCKETS)),
  );
  return lnSum(weighAll(buckets, prior).map((clump) => clump.lnWeight));
}
