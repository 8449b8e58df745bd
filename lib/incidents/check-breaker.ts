import type { Executor } from "../db/database.ts";
import { actorText } from "../kernel/actor.ts";
import type { Context } from "../runtime/context.ts";
import { recordTimeline } from "./change-incident.ts";
import { type BreakerPolicy, decideBreaker } from "./decide-breaker.ts";
import { type Breaker, closeBreaker, countNewIncidents, openBreaker, readBreaker } from "./storm-store.ts";

const MINUTE_MS = 60_000;

/**
 * The storm breaker as it is now; opened or closed first if it is time to. `incidentId` is who asks: the incident that
 * opens the breaker is the one that people are told of.
 */
export async function checkBreaker(
  tx: Executor,
  ctx: Context,
  input: { projectId: string; incidentId: string; policy: BreakerPolicy },
): Promise<{ isOpen: boolean; breaker: Breaker | null }> {
  const { projectId, incidentId, policy } = input;
  const now = ctx.clock.now();
  const before = await readBreaker(tx, projectId);
  const isOpen = before !== null && before.closedAt === null;
  const since = new Date(now.getTime() - policy.breakerMinutes * MINUTE_MS);
  const newIncidents = await countNewIncidents(tx, projectId, since);
  const decision = decideBreaker({ newIncidents, isOpen }, policy);
  if (decision.type === "keep") return { isOpen, breaker: before };
  if (decision.type === "close") {
    await closeBreaker(tx, projectId, now, actorText(ctx.actor));
    if (before)
      await recordTimeline(tx, ctx, before.trippedBy, {
        kind: "breaker_closed",
        summary: `${decision.reason}; repairs go on`,
      });
    return { isOpen: false, breaker: before };
  }
  const { reason } = decision;
  await openBreaker(tx, { projectId, openedAt: now, reason, incidents: newIncidents, trippedBy: incidentId });
  await recordTimeline(tx, ctx, incidentId, {
    kind: "breaker_opened",
    summary: `a storm: ${reason}. Triage goes on, repairs wait`,
    detail: { newIncidents },
  });
  return { isOpen: true, breaker: await readBreaker(tx, projectId) };
}
