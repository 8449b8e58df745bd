import type { Context } from "../runtime/context.ts";
import type { Spent } from "./model.ts";
import { listCalls, readSpent } from "./store.ts";

const DAY_MS = 86_400_000;

/** What a session spent so far. `isPriced`: every call's price was known, so that its money is the whole of it. */
export async function findSpending(
  ctx: Context,
  of: { projectId: string; session: string },
): Promise<Spent & { isPriced: boolean }> {
  const spent = await readSpent(ctx.db.db, { ...of, since: new Date(ctx.clock.now().getTime() - DAY_MS) });
  const calls = await listCalls(ctx.db.db, of.session);
  return { ...spent, isPriced: calls.every((call) => call.reservedUsd !== null) };
}
