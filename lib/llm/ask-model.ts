import { AppError } from "../kernel/errors.ts";
import { monotonicMs } from "../runtime/clock.ts";
import type { Context } from "../runtime/context.ts";
import { type BudgetDecision, decideBudget } from "./decide-budget.ts";
import { costOf, priceOf, reserveFor } from "./decide-cost.ts";
import type { ModelAnswer, Price, PromptName, SpendLimits } from "./model.ts";
import type { LanguageModel, ModelCall } from "./ports.ts";
import { insertCall, lockLedger, readSpent, readStop, updateCall } from "./store.ts";

export interface Ask<T> extends ModelCall<T> {
  projectId: string;
  incidentId: string | null;
  runId: string | null;
  /** What steps, tokens and money are counted over. */
  session: string;
  /** What for, for the ledger: `investigate`, `review`. */
  purpose: string;
  prompt: PromptName;
  limits: SpendLimits;
}

export type Asked<T> = { type: "asked"; answer: ModelAnswer<T> } | Extract<BudgetDecision, { type: "stop" }>;

const DAY_MS = 86_400_000;

/**
 * One turn of a model, paid for. The upper bound of its tokens and money is reserved in a transaction of its own before
 * the call, so that a process which dies meanwhile leaves it counted as spent; afterwards the provider's own figures take
 * its place. While the kill switch is on nothing is asked. Throws what the adapter throws; what the provider refused is counted as nothing, what may have been billed
 * (a timeout, a broken connection) stays reserved.
 */
export async function askModel<T>(
  ctx: Context,
  outside: { model: LanguageModel; prices: Readonly<Record<string, Price>> },
  ask: Ask<T>,
): Promise<Asked<T>> {
  const { model } = outside;
  const price = priceOf(model.name, outside.prices);
  const reservation = await reserve(ctx, model.name, price, ask);
  if (reservation.type === "stop") return reservation;
  const startedMs = monotonicMs();
  const settle = (set: Parameters<typeof updateCall>[2]) =>
    updateCall(ctx.db.db, reservation.id, {
      ...set,
      latencyMs: Math.round(monotonicMs() - startedMs),
      settledAt: ctx.clock.now(),
    });
  try {
    const { answer, usage, finish } = await model.ask(ask);
    await settle({ state: "settled", finish, ...usage, costUsd: usage && costOf(usage, price) });
    return { type: "asked", answer };
  } catch (thrown) {
    if (thrown instanceof AppError) {
      const isRefused = typeof thrown.context.status === "number";
      await settle({ ...(isRefused && { state: "refused" }), finish: thrown.code });
    }
    throw thrown;
  }
}

type Reservation = { type: "reserved"; id: string } | Extract<BudgetDecision, { type: "stop" }>;

function reserve<T>(ctx: Context, model: string, price: Price | null, ask: Ask<T>): Promise<Reservation> {
  const { projectId, session, prompt } = ask;
  const wanted = reserveFor({ inputBytes: inputBytesOf(ask), maxOutputTokens: ask.maxOutputTokens }, price);
  return ctx.db.transaction(async (tx) => {
    await lockLedger(tx, projectId);
    const stop = await readStop(tx, projectId);
    if (stop !== null) {
      const detail = `the kill switch is on${stop.reason ? `: ${stop.reason}` : ""}`;
      return { type: "stop", reason: "stopped", detail };
    }
    const now = ctx.clock.now();
    const spent = await readSpent(tx, { projectId, session, since: new Date(now.getTime() - DAY_MS) });
    const decision = decideBudget(spent, wanted, ask.limits);
    if (decision.type === "stop") return decision;
    const id = ctx.newId("mdl");
    await insertCall(tx, {
      id,
      projectId,
      incidentId: ask.incidentId,
      runId: ask.runId,
      session,
      purpose: ask.purpose,
      model,
      prompt: prompt.name,
      promptVersion: prompt.version,
      promptSections: prompt.sections,
      state: "reserved",
      reservedTokens: wanted.tokens,
      reservedUsd: wanted.costUsd,
      createdAt: now,
    });
    return { type: "reserved", id };
  });
}

/** What describing a tool or a schema takes beside its names. */
const BYTES_A_TOOL = 1_200;

function inputBytesOf({ system, messages, tools }: ModelCall<unknown>): number {
  const text = system + JSON.stringify(messages);
  return new TextEncoder().encode(text).length + (tools.length + 1) * BYTES_A_TOOL;
}
