import type { Truth } from "./case-model.ts";
import type { CaseResult, Observed, Quality, Score } from "./model.ts";

/** A diagnosis against the truth. Only what is asserted counts: an honest "not known" is no right cause, and no wrong one. */
export function decideQuality(
  truth: Truth | null,
  { report, suspects }: Pick<Observed, "report" | "suspects">,
): Quality {
  if (truth === null) return { rootCause: null, hit1: null, hit3: null, tests: null };
  const has = (sources: readonly string[], said: string) => sources.filter((one) => new RegExp(one, "i").test(said));
  const said = report?.rootCause ?? "";
  const { cause } = truth;
  const isRight = cause !== null && has(cause, said).length === cause.length && has(truth.not, said).length === 0;
  return {
    rootCause: cause === null ? null : isRight,
    hit1: suspects[0] === truth.file,
    hit3: suspects.slice(0, 3).includes(truth.file),
    tests: cause === null ? null : (report?.testCases ?? 0) > 0,
  };
}

function mean(values: readonly (number | null)[]): number | null {
  const told = values.filter((value) => value !== null);
  return told.length === 0 ? null : told.reduce((sum, value) => sum + value, 0) / told.length;
}

const toNumber = (value: boolean | null): number | null => (value === null ? null : Number(value));

/** What all cases of one run came to. */
export function scoreOf(results: readonly CaseResult[]): Score {
  const sum = (read: (result: CaseResult) => number) => results.reduce((total, one) => total + read(one), 0);
  const of = (read: (quality: Quality) => boolean | null) =>
    mean(results.map(({ quality }) => toNumber(read(quality))));
  const rootCause = of((quality) => quality.rootCause);
  const hit1 = of((quality) => quality.hit1);
  const hit3 = of((quality) => quality.hit3);
  const tests = of((quality) => quality.tests);
  return {
    cases: results.length,
    passed: results.filter(({ failures }) => failures.length === 0).length,
    rootCause,
    hit1,
    hit3,
    tests,
    quality: mean([rootCause, hit1, hit3, tests]),
    steps: sum(({ observed }) => observed.inquiry?.steps ?? 0),
    tokens: sum(({ observed }) => observed.inquiry?.tokens ?? 0),
    costUsd: sum(({ observed }) => observed.inquiry?.costUsd ?? 0),
    refusedCalls: sum(({ observed }) => observed.refusedCalls),
    latencyMs: sum(({ observed }) => observed.latencyMs),
  };
}
