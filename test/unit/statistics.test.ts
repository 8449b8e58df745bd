import { describe, expect, test } from "vitest";
import { lnGamma, lnNegativeBinomial, lnPoisson, lnRising, lnSum } from "../../lib/recovery/statistics.ts";

describe("against known values", () => {
  test.each([
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [1, 0],
    [2, 0],
    [5, Math.log(24)],
    [10.5, Math.log(1133278.38894878)],
    [0.1, 2.252712651734206],
    [171, 706.5730622457874],
    [1e6, 12815504.56914761],
  ])("ln gamma of %d", (x, value) =>
    expect(Math.abs(lnGamma(x) - value)).toBeLessThan(1e-10 * Math.max(1, Math.abs(value))),
  );
  test("the rising factorial is the same by product and by gamma", () => {
    for (const count of [0, 1, 7, 16, 17, 2.5])
      expect(lnRising(3.3, count)).toBeCloseTo(lnGamma(3.3 + count) - lnGamma(3.3), 10);
  });
  test("Poisson: 3 where 2 are expected", () => expect(Math.exp(lnPoisson(3, 2))).toBeCloseTo(0.1804470443, 9));
  test("negative binomial: 4 at size 2.5 and probability 0.3, by its product", () => {
    const exact = ((2.5 * 3.5 * 4.5 * 5.5) / 24) * 0.3 ** 2.5 * 0.7 ** 4;
    expect(Math.exp(lnNegativeBinomial(4, 2.5, 0.7 / 0.3))).toBeCloseTo(exact, 12);
  });
  test("probabilities add up to one", () => {
    const poisson = Array.from({ length: 60 }, (_, count) => lnPoisson(count, 9));
    const negative = Array.from({ length: 3000 }, (_, count) => lnNegativeBinomial(count, 1.7, 19));
    expect(Math.exp(lnSum(poisson))).toBeCloseTo(1, 9);
    expect(Math.exp(lnSum(negative))).toBeCloseTo(1, 9);
    expect(lnSum([])).toBe(Number.NEGATIVE_INFINITY);
    expect(lnSum([-2000, -2000])).toBeCloseTo(-2000 + Math.LN2, 9);
  });
});
