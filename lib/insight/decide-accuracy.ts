/** How right triage was, by what people corrected. */
export interface TriageAccuracy {
  judged: number;
  corrected: number;
  /** Share of the judged ones that nobody corrected; null where none was judged. */
  accuracy: number | null;
  /** Corrections to more urgent, to less urgent, and of whether a repair is worth it alone. */
  raised: number;
  lowered: number;
  worthOnly: number;
  /** By the priority that triage had said itself. */
  byPriority: { priority: string; judged: number; corrected: number; accuracy: number }[];
}

export interface JudgementCount {
  priority: string;
  corrected: string | null;
  isWorthCorrected: boolean;
  count: number;
}

/** A word that says what triage had said is no correction. */
export function decideAccuracy(counts: readonly JudgementCount[]): TriageAccuracy {
  const sum = (of: readonly JudgementCount[]) => of.reduce((total, { count }) => total + count, 0);
  const isMoved = ({ corrected, priority }: JudgementCount) => corrected !== null && corrected !== priority;
  const isCorrected = (one: JudgementCount) => isMoved(one) || (one.corrected !== null && one.isWorthCorrected);
  const of = (some: readonly JudgementCount[]) => {
    const judged = sum(some);
    const corrected = sum(some.filter(isCorrected));
    return { judged, corrected, accuracy: judged === 0 ? null : (judged - corrected) / judged };
  };
  const moved = counts.filter(isMoved);
  const priorities = [...new Set(counts.map(({ priority }) => priority))].sort();
  return {
    ...of(counts),
    raised: sum(moved.filter(({ corrected, priority }) => corrected !== null && corrected < priority)),
    lowered: sum(moved.filter(({ corrected, priority }) => corrected !== null && corrected > priority)),
    worthOnly: sum(counts.filter((one) => isCorrected(one) && !isMoved(one))),
    byPriority: priorities.map((priority) => {
      const { judged, corrected, accuracy } = of(counts.filter((one) => one.priority === priority));
      return { priority, judged, corrected, accuracy: accuracy ?? 1 };
    }),
  };
}
