/** What a project's runs may take in any 24 hours; null: no limit. */
export interface DailyBudget {
  maxRunsPerDay: number | null;
  dailyUsd: number | null;
}

/** A run of the last 24 hours. `costUsd` null: its worker does not tell; `budgetUsd`: the most that it may take. */
export interface SpentRun {
  createdAt: string;
  costUsd: number | null;
  budgetUsd: number | null;
  isOver: boolean;
}

export type BudgetDecision = { type: "go" } | { type: "wait"; reason: string; until: string };

const DAY_MS = 24 * 3_600_000;

/**
 * Whether another run may begin. Runs at work count with all that they may take, so that two that begin together cannot
 * pass the limit; what an ended run took and did not tell counts as the most that it might. `until`: when enough of it is
 * a day old.
 */
export function decideBudget(
  runs: readonly SpentRun[],
  facts: DailyBudget & { now: string; nextUsd: number | null },
): BudgetDecision {
  const nowMs = Date.parse(facts.now);
  const recent = runs
    .filter((run) => Date.parse(run.createdAt) > nowMs - DAY_MS)
    .toSorted((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt));
  const until = (index: number) => new Date(Date.parse(recent[index]?.createdAt ?? facts.now) + DAY_MS).toISOString();
  const { maxRunsPerDay, dailyUsd } = facts;
  if (maxRunsPerDay !== null && recent.length >= maxRunsPerDay) {
    const reason = `${count(recent.length)} began in the last 24 hours, and policy.repair.maxRunsPerDay is ${maxRunsPerDay}`;
    return { type: "wait", reason, until: until(recent.length - maxRunsPerDay) };
  }
  if (dailyUsd === null) return { type: "go" };
  const spentUsd = recent.reduce((sum, run) => sum + mostUsd(run), 0);
  const nextUsd = facts.nextUsd ?? 0;
  if (spentUsd < dailyUsd && spentUsd + nextUsd <= dailyUsd) return { type: "go" };
  const untold = recent.filter((run) => run.costUsd === null && run.budgetUsd === null).length;
  const reason = [
    `$${spentUsd.toFixed(2)} of $${dailyUsd.toFixed(2)} (policy.repair.dailyUsd) are spent or promised in the last 24 hours`,
    ...(spentUsd < dailyUsd ? [`the next run may take $${nextUsd.toFixed(2)}`] : []),
    ...(untold > 0 ? [`${count(untold)} did not tell what it cost`] : []),
  ].join("; ");
  return { type: "wait", reason, until: until(freeingIndex(recent, spentUsd, dailyUsd - nextUsd)) };
}

const count = (runs: number) => `${runs} run${runs === 1 ? "" : "s"}`;

function mostUsd({ costUsd, budgetUsd, isOver }: SpentRun): number {
  if (isOver && costUsd !== null) return costUsd;
  return Math.max(costUsd ?? 0, budgetUsd ?? 0);
}

/** The run whose leaving the window makes room. */
function freeingIndex(runs: readonly SpentRun[], spentUsd: number, roomUsd: number): number {
  let leftUsd = spentUsd;
  for (const [index, run] of runs.entries()) {
    leftUsd -= mostUsd(run);
    if (leftUsd <= roomUsd && leftUsd < spentUsd) return index;
  }
  return Math.max(0, runs.length - 1);
}
