import type * as z from "zod";
import type { JobOutcome } from "../jobs/model.ts";
import { AppError } from "../kernel/errors.ts";
import { askModel, listCalls } from "../llm/index.ts";
import type { LanguageModel } from "../llm/ports.ts";
import { monotonicMs } from "../runtime/clock.ts";
import type { Context } from "../runtime/context.ts";
import { HELD_RETRY_MS, limitsOf, type ReviewOutside } from "./outside.ts";
import { composePrompt, type Prompt } from "./prompts/compose-prompt.ts";

export type Answered<T> = { type: "answer"; value: T } | { type: "none"; reason: string };

export interface Question<T> {
  prompt: Prompt;
  text: string;
  schema: z.ZodType<T>;
  /** What steps, tokens and money are counted over. */
  session: string;
  /** When the job began, by `monotonicMs`: what it took until now is taken from the call's time. */
  startedMs: number;
}

/** A call that got less time would end in a timeout. */
const LEAST_CALL_MS = 15_000;

/** Asked so often before an answer that is none is taken for the last word. */
const MOST_TRIES = 2;
const AGAIN_MS = 1_000;
const STOPPED = "model_stopped";

/**
 * Asks the model one question, in one call: a function has time for no more. Throws what the adapter throws,
 * `model_no_answer` for a first answer that is none, so that the job comes again, and `model_stopped` while the kill switch
 * is on. A spent budget, a refusal or a second
 * answer that is none is `none`, for good.
 */
export async function askReviewer<T>(
  ctx: Context,
  { model, settings }: { model: LanguageModel; settings: ReviewOutside["settings"] },
  { prompt, text, schema, session, startedMs }: Question<T>,
): Promise<Answered<T>> {
  const leftMs = Math.round(settings.callSeconds * 1_000 - (monotonicMs() - startedMs));
  const asked = await askModel(
    ctx,
    { model, prices: settings.prices },
    {
      ...{ projectId: settings.projectId, incidentId: null, runId: null, session, purpose: "review" },
      ...{ ...composePrompt(prompt), messages: [{ role: "user", text }], tools: [], schema },
      ...{ maxOutputTokens: settings.maxOutputTokens, timeoutMs: Math.max(LEAST_CALL_MS, leftMs) },
      limits: limitsOf(settings),
    },
  );
  if (asked.type === "stop" && asked.reason === "stopped")
    throw new AppError(STOPPED, asked.detail, { retry: { afterMs: HELD_RETRY_MS } });
  if (asked.type === "stop") return { type: "none", reason: `the budget is spent: ${asked.detail}` };
  const { answer } = asked;
  if (answer.type === "answer") return { type: "answer", value: answer.value };
  if (answer.type === "refused") return { type: "none", reason: "the model refused to answer" };
  const why = whyNone(answer);
  const calls = await listCalls(ctx.db.db, session);
  const tries = calls.filter((call) => call.prompt === prompt.name && call.state === "settled").length;
  if (tries >= MOST_TRIES) return { type: "none", reason: `the model gave no answer: ${why}` };
  throw new AppError("model_no_answer", `the model gave no answer: ${why}`, { retry: { afterMs: AGAIN_MS } });
}

type NoAnswer = { type: "no_answer"; why: string } | { type: "cut_off" } | { type: "calls" };

function whyNone(answer: NoAnswer): string {
  if (answer.type === "cut_off") return "it was cut off for its length";
  return answer.type === "calls" ? "it called tools, and there are none" : answer.why;
}

/** Waiting for the kill switch is no failed attempt of a job, however long it takes. */
export async function unlessStopped(work: () => Promise<JobOutcome>): Promise<JobOutcome> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== STOPPED) throw thrown;
    return { type: "retry", reason: thrown.message, afterMs: HELD_RETRY_MS, isFree: true };
  }
}
