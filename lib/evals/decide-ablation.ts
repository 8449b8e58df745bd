import type { CaseResult, Score } from "./model.ts";

/** One run of the cases with something taken away. */
export interface Variant {
  name: string;
  score: Score;
  /** Names of the cases that pass with everything and fail without it. */
  lost: string[];
  /** Names of the cases whose diagnosis is right with everything and not without it. */
  misdiagnosed: string[];
  differs: boolean;
}

const isRight = ({ quality }: CaseResult): boolean => quality.rootCause === true;

/** What a part is worth: the run without it beside the run with everything. More or fewer tokens alone are no difference. */
export function decideVariant(
  name: string,
  whole: { results: readonly CaseResult[]; score: Score },
  without: { results: readonly CaseResult[]; score: Score },
): Variant {
  const now = new Map(without.results.map((result) => [result.name, result]));
  const lostBy = (was: (result: CaseResult) => boolean) =>
    whole.results.filter((result) => was(result) && !was(now.get(result.name) ?? result)).map((result) => result.name);
  const lost = lostBy(({ failures }) => failures.length === 0);
  const misdiagnosed = lostBy(isRight);
  const { quality, refusedCalls } = without.score;
  const differs =
    lost.length > 0 ||
    misdiagnosed.length > 0 ||
    quality !== whole.score.quality ||
    refusedCalls !== whole.score.refusedCalls;
  return { name, score: without.score, lost, misdiagnosed, differs };
}
