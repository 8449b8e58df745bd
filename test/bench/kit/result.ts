import { availableParallelism, loadavg } from "node:os";

/** Two figures from one run, and what they say. `goal` bounds the ratio ours / baseline, or a figure of ours. */
export interface Comparison {
  what: string;
  unit: string;
  ours: number;
  baseline: { name: string; value: number };
  ratio: number;
  goal: { text: string; isMet: boolean } | null;
}

/** For benchmarks that draw by chance: `--seed` draws other incidents, `--times` so many times as many. */
export interface BenchOptions {
  seed: number;
  times: number;
}

export interface BenchResult {
  name: string;
  /** What was compared, how often, on what. */
  method: string;
  comparisons: Comparison[];
  /** Further figures, in words. */
  notes: string[];
}

/** The middle value; of an even number of values the mean of the two in the middle. Throws on none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("median of no values");
  const lower = sorted[middle - 1];
  return sorted.length % 2 === 0 && lower !== undefined ? (lower + upper) / 2 : upper;
}

export function renderBenchResult({ name, method, comparisons, notes }: BenchResult): string {
  const lines = comparisons.map(({ what, unit, ours, baseline, ratio, goal }) => {
    const verdict = goal === null ? "" : `  goal: ${goal.text}: ${goal.isMet ? "met" : "MISSED"}`;
    const figures = `${ours.toFixed(1)} ${unit} beside ${baseline.value.toFixed(1)} ${unit} (${baseline.name})`;
    return `  ${what}: ${figures}, ratio ${ratio.toFixed(2)}${verdict}`;
  });
  return [`${name}: ${method}`, ...lines, ...notes.map((note) => `  ${note}`)].join("\n");
}

/** How busy the machine was: figures of a busy one say little, ratios within a run still do. */
export function describeLoad(): string {
  return `load average ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;
}
