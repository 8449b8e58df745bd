import type { Variant } from "./decide-ablation.ts";
import type { CaseResult, Score } from "./model.ts";

type Column<T> = [title: string, read: (row: T) => string];

/** Rows under their titles, each column as wide as its longest cell. */
function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const cells = rows.map((row) => columns.map(([, read]) => read(row)));
  const widths = columns.map(([title], at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(columns.map(([title]) => title)), ...cells.map(line)];
}

const usd = (amount: number): string => `$${amount.toFixed(3)}`;
const percent = (share: number | null): string => (share === null ? "-" : `${Math.round(share * 100)} %`);

const CASE_COLUMNS: readonly Column<CaseResult>[] = [
  ["", ({ failures }) => (failures.length === 0 ? "pass" : "FAIL")],
  ["case", ({ name }) => name],
  ["decision", ({ observed }) => `${observed.decision}${observed.priority === null ? "" : ` ${observed.priority}`}`],
  ["tools", ({ observed }) => observed.tools.join(" ") || "-"],
  ["steps", ({ observed }) => String(observed.inquiry?.steps ?? 0)],
  ["latency", ({ observed }) => `${observed.latencyMs} ms`],
  ["tokens", ({ observed }) => String(observed.inquiry?.tokens ?? 0)],
  ["cost", ({ observed }) => (observed.inquiry?.costUsd === null ? "unknown" : usd(observed.inquiry?.costUsd ?? 0))],
  ["what", ({ title }) => title],
];

/** A line a case, why each failed one did, and the totals. */
export function renderEvals(results: readonly CaseResult[], score: Score): string {
  const reasons = results
    .filter(({ failures }) => failures.length > 0)
    .flatMap(({ name, failures }) => ["", `${name} failed:`, ...failures.map((failure) => `  ${failure}`)]);
  return [...table(CASE_COLUMNS, results), ...reasons, "", renderScore(score)].join("\n");
}

function renderScore(score: Score): string {
  const { cases, passed, rootCause, hit1, hit3, tests, steps, tokens, costUsd, latencyMs } = score;
  const quality = `root cause ${percent(rootCause)}, suspect hit@1 ${percent(hit1)}, hit@3 ${percent(hit3)}, test cases ${percent(tests)}`;
  return `${passed} of ${cases} passed; ${quality}; ${steps} steps, ${tokens} tokens, ${usd(costUsd)}, ${(latencyMs / 1_000).toFixed(1)} s`;
}

const VARIANT_COLUMNS: readonly Column<Variant>[] = [
  ["variant", ({ name }) => name],
  ["passed", ({ score }) => `${score.passed} of ${score.cases}`],
  ["quality", ({ score }) => score.quality?.toFixed(2) ?? "-"],
  ["root cause", ({ score }) => percent(score.rootCause)],
  ["hit@1", ({ score }) => percent(score.hit1)],
  ["hit@3", ({ score }) => percent(score.hit3)],
  ["tests", ({ score }) => percent(score.tests)],
  ["refused calls", ({ score }) => String(score.refusedCalls)],
  ["steps", ({ score }) => String(score.steps)],
  ["tokens", ({ score }) => String(score.tokens)],
  ["cost", ({ score }) => usd(score.costUsd)],
  ["lost", ({ lost }) => lost.join(", ") || "-"],
];

/** The run with everything and the runs without each part, and which of them differ. */
export function renderAblation(whole: Score, variants: readonly Variant[]): string {
  const first: Variant = { name: "everything", score: whole, lost: [], misdiagnosed: [], differs: false };
  const differing = variants.filter(({ differs }) => differs).map(({ name }) => name);
  const said = differing.length === 0 ? "no variant differs: the cases cannot tell" : `differ: ${differing.join(", ")}`;
  const same = variants.filter(({ differs }) => !differs).map(({ name }) => name);
  const rest = same.length === 0 ? [] : [`make no difference here: ${same.join(", ")}`];
  return [...table(VARIANT_COLUMNS, [first, ...variants]), "", said, ...rest].join("\n");
}
