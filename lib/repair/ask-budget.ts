import type { Executor } from "../db/database.ts";
import type { Incident } from "../incidents/index.ts";
import type { JobOutcome } from "../jobs/model.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { type BudgetDecision, decideBudget } from "./decide-budget.ts";
import { waitOut } from "./hold-repair.ts";
import type { RepairSettings } from "./settings.ts";
import { listRecentSpending, lockBudget } from "./store.ts";

const DAY_MS = 24 * 3_600_000;

/** Whether the project's daily budget allows another run. */
export async function askBudget(db: Executor, now: Date, settings: RepairSettings): Promise<BudgetDecision> {
  const { maxRunsPerDay, dailyUsd, budget, projectId } = settings;
  if (maxRunsPerDay === null && dailyUsd === null) return { type: "go" };
  const runs = await listRecentSpending(db, projectId, new Date(now.getTime() - DAY_MS));
  return decideBudget(runs, { maxRunsPerDay, dailyUsd, now: now.toISOString(), nextUsd: budget.costUsd });
}

/**
 * Asks again within the transaction that begins the run. AppError `budget_taken` where another run took the last of it
 * meanwhile: nothing is written, and the next try says that it waits.
 */
export async function claimBudget(tx: Executor, now: Date, settings: RepairSettings): Promise<void> {
  await lockBudget(tx, settings.projectId);
  const budget = await askBudget(tx, now, settings);
  if (budget.type === "wait") throw new AppError("budget_taken", budget.reason, { retry: { afterMs: 500 } });
}

/** The budget is reached: a person is told, no attempt is spent, and it is asked again until there is room. */
export function waitOutBudget(
  ctx: Context,
  incident: Incident,
  { reason, until }: Extract<BudgetDecision, { type: "wait" }>,
): Promise<JobOutcome> {
  const why = `the daily budget is reached (${reason}). It goes on by itself from ${until.slice(0, 16).replace("T", " ")} UTC, or once the policy allows more`;
  return waitOut(ctx, incident, "budget", why, { until });
}
