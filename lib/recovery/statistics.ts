/** The little mathematics that the verdict needs; natural logarithms throughout. */

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0, to about 1e-13 relative (Lanczos, g = 7, n = 9). */
export function lnGamma(x: number): number {
  if (x > 10) return stirling(x);
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const z = x - 1;
  const t = z + 7.5;
  const series = LANCZOS.reduce((sum, coefficient, index) => sum + coefficient / (z + index + 1), 0.9999999999998099);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}

/** The same for large x, where a few terms of Stirling's series are as exact and faster. */
function stirling(x: number): number {
  const inverse = 1 / x;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/** ln(Γ(x + count) / Γ(x)): a plain product where `count` is a small whole number, which is the usual case and faster. */
export function lnRising(x: number, count: number): number {
  if (!Number.isInteger(count) || count > 16) return lnGamma(x + count) - lnGamma(x);
  let sum = 0;
  for (let step = 0; step < count; step++) sum += Math.log(x + step);
  return sum;
}

/**
 * ln of the negative binomial's probability of `count` with `size` (> 0) and odds of `odds` (≥ 0) for a further one, that is with a mean of size times
 * odds. `count` may be a fraction: then it is the same curve between the whole numbers.
 */
export function lnNegativeBinomial(count: number, size: number, odds: number): number {
  if (count === 0) return -size * Math.log1p(odds);
  return lnRising(size, count) - lnGamma(count + 1) + count * Math.log(odds) - (size + count) * Math.log1p(odds);
}

/** ln of the Poisson probability of `count` at `mean` > 0. */
export function lnPoisson(count: number, mean: number): number {
  return count * Math.log(mean) - mean - lnGamma(count + 1);
}

/** ln of the sum of exponentials, without overflow; -Infinity for none. */
export function lnSum(terms: readonly number[]): number {
  const top = terms.reduce((max, term) => Math.max(max, term), Number.NEGATIVE_INFINITY);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - top), 0));
}
