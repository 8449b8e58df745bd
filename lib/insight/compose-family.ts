import type { BucketFigures } from "./figures-model.ts";
import type { Family, Labels, Sample } from "./prometheus-model.ts";

/** The name without the prefix; it ends in `_total`. */
export const counter = (name: string, help: string, samples: Sample[]): Family => ({
  name: `patchpilot_${name}`,
  help,
  type: "counter",
  samples,
});
export const gauge = (name: string, help: string, samples: Sample[]): Family => ({
  name: `patchpilot_${name}`,
  help,
  type: "gauge",
  samples,
});
/** The only sample of a family without labels. */
export const one = (value: number): Sample[] => [{ labels: {}, value }];
export const whenKnown = (value: number | null): Sample[] => (value === null ? [] : one(value));

/** One sample for each set of labels; rows of the same set are added up. */
export function sumBy<T>(rows: readonly T[], labelsOf: (row: T) => Labels, amountOf: (row: T) => number): Sample[] {
  const samples = new Map<string, Sample>();
  for (const row of rows) {
    const labels = labelsOf(row);
    const key = JSON.stringify(labels);
    samples.set(key, { labels, value: (samples.get(key)?.value ?? 0) + amountOf(row) });
  }
  return [...samples.values()];
}
export const countBy = <T extends { count: number }>(rows: readonly T[], labelsOf: (row: T) => Labels): Sample[] =>
  sumBy(rows, labelsOf, countOf);

/** `labelsOf` null: there is one, without labels, even before anything was observed. */
export function histogram<T extends BucketFigures>(
  name: string,
  help: string,
  of: { rows: readonly T[]; bounds: readonly number[]; labelsOf: ((row: T) => Labels) | null },
): Family {
  const labelsOf = of.labelsOf ?? (() => ({}));
  const observed = of.rows.filter(({ bucket }) => bucket !== null);
  const sums = sumBy(observed, labelsOf, ({ seconds }) => seconds);
  const samples = (sums.length === 0 && of.labelsOf === null ? one(0) : sums).map(({ labels, value: sum }) => {
    const own = observed.filter((row) => JSON.stringify(labelsOf(row)) === JSON.stringify(labels));
    const counts = Array.from({ length: of.bounds.length + 1 }, (_, at) =>
      totalOf(
        own.filter(({ bucket }) => bucket === at),
        countOf,
      ),
    );
    return { labels, counts, sum };
  });
  return { name: `patchpilot_${name}`, help, type: "histogram", bounds: of.bounds, samples };
}

export const totalOf = <T>(rows: readonly T[], amountOf: (row: T) => number): number =>
  rows.reduce((sum, row) => sum + amountOf(row), 0);
export const countOf = ({ count }: { count: number }): number => count;
