import type { SpendLimits, Spent } from "./model.ts";

export type BudgetDecision =
  | { type: "reserve" }
  | { type: "stop"; reason: "stopped" | "steps" | "tokens" | "money" | "daily_money"; detail: string };

const usd = (amount: number): string => `$${amount.toFixed(amount < 1 ? 3 : 2)}`;

/**
 * Whether one more call may be made: only if even its upper bound stays within every limit. Where the price is not
 * known, money cannot be counted and only steps and tokens bind.
 */
export function decideBudget(
  spent: Spent,
  wanted: { tokens: number; costUsd: number | null },
  limits: SpendLimits,
): BudgetDecision {
  if (spent.steps >= limits.maxSteps) {
    return { type: "stop", reason: "steps", detail: `all ${limits.maxSteps} steps are taken` };
  }
  if (spent.tokens + wanted.tokens > limits.maxTokens) {
    const detail = `${spent.tokens} of ${limits.maxTokens} tokens are spent, and the next step may take ${wanted.tokens}`;
    return { type: "stop", reason: "tokens", detail };
  }
  if (wanted.costUsd === null) return { type: "reserve" };
  if (limits.maxUsd !== null && spent.costUsd + wanted.costUsd > limits.maxUsd) {
    const detail = `${usd(spent.costUsd)} of ${usd(limits.maxUsd)} are spent, and the next step may cost ${usd(wanted.costUsd)}`;
    return { type: "stop", reason: "money", detail };
  }
  if (limits.dailyUsd !== null && spent.dailyUsd + wanted.costUsd > limits.dailyUsd) {
    const detail = `${usd(spent.dailyUsd)} of the day's ${usd(limits.dailyUsd)} are spent, and the next step may cost ${usd(wanted.costUsd)}`;
    return { type: "stop", reason: "daily_money", detail };
  }
  return { type: "reserve" };
}
