import type { Executor } from "../db/database.ts";
import type { Context } from "../runtime/context.ts";
import { type BreakerPolicy, decideBreaker } from "./decide-breaker.ts";
import { type Breaker, countNewIncidents, readBreaker } from "./storm-store.ts";

/** The storm breaker, if it holds now: open, and not calm yet. Read only; see `checkBreaker` for what moves it. */
export async function findOpenBreaker(
  db: Executor,
  ctx: Context,
  input: { projectId: string; policy: BreakerPolicy },
): Promise<Breaker | null> {
  const breaker = await readBreaker(db, input.projectId);
  if (breaker === null || breaker.closedAt !== null) return null;
  const since = new Date(ctx.clock.now().getTime() - input.policy.breakerMinutes * 60_000);
  const newIncidents = await countNewIncidents(db, input.projectId, since);
  return decideBreaker({ newIncidents, isOpen: true }, input.policy).type === "close" ? null : breaker;
}
