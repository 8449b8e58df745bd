import type { Retry } from "../kernel/errors.ts";
import type { InquiryEnd, InquirySettings } from "./inquiry-model.ts";

type Patience = Pick<InquirySettings, "maxMinutes" | "maxSteps" | "callSeconds">;

export type TurnDecision =
  | { type: "ask"; isLast: boolean; timeoutMs: number }
  | { type: "end"; end: InquiryEnd; detail: string };

/** Less time than this is not enough for an answer. */
const LEAST_CALL_MS = 3_000;
/** A provider that fails this often in a row is away. */
const MOST_FAILURES = 4;
const FIRST_WAIT_MS = 4_000;
/** About what the results of one more turn add. */
const GROWTH_TOKENS = 8_000;

export function deadlineOf(startedAt: Date, { maxMinutes }: Pick<Patience, "maxMinutes">): Date {
  return new Date(startedAt.getTime() + maxMinutes * 60_000);
}

/** Whether a model may take another turn, and whether it is the one in which it has to answer. */
export function decideTurn(facts: { startedAt: Date; now: Date; turn: number }, settings: Patience): TurnDecision {
  const leftMs = deadlineOf(facts.startedAt, settings).getTime() - facts.now.getTime();
  const callMs = settings.callSeconds * 1_000;
  if (leftMs < LEAST_CALL_MS) {
    const detail = `${settings.maxMinutes} minutes are over, and nothing waits longer for a model`;
    return { type: "end", end: "out_of_time", detail };
  }
  const isLast = facts.turn + 1 >= settings.maxSteps || leftMs < 2 * callMs;
  return { type: "ask", isLast, timeoutMs: Math.min(callMs, leftMs) };
}

/**
 * What a provider's failure means for the inquiry: ask again later, or go on without the model, because it will not
 * answer, did not answer several times, or would only answer after the time is over. `failures` counts this one.
 */
export function decideFailure(
  facts: { code: string; retry: Retry; failures: number; startedAt: Date; now: Date },
  settings: Patience,
): { type: "wait"; afterMs: number } | { type: "end"; end: InquiryEnd; detail: string } {
  const end = (why: string) => ({ type: "end", end: "model_away", detail: `the model is away: ${why}` }) as const;
  if (facts.retry === "never") return end(facts.code);
  if (facts.failures >= MOST_FAILURES) return end(`${facts.code}, ${facts.failures} times in a row`);
  const own = FIRST_WAIT_MS * 2 ** (facts.failures - 1);
  const afterMs = facts.retry === "later" ? own : facts.retry.afterMs;
  const leftMs = deadlineOf(facts.startedAt, settings).getTime() - facts.now.getTime();
  if (afterMs + LEAST_CALL_MS > leftMs)
    return end(`${facts.code}, and nothing waits ${Math.ceil(afterMs / 1_000)} s for it`);
  return { type: "wait", afterMs };
}

/** Whether the tokens that are left are too few for two more turns: then this one has to be the answer. */
export function isLastByTokens(
  facts: { spent: number; messages: readonly unknown[] },
  settings: Pick<InquirySettings, "maxTokens" | "maxOutputTokens">,
): boolean {
  const next = JSON.stringify(facts.messages).length / 3 + settings.maxOutputTokens;
  return facts.spent + 2 * next + GROWTH_TOKENS > settings.maxTokens;
}
