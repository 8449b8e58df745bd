import type { Executor } from "../db/database.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { recordTimeline } from "./change-incident.ts";
import { decideCorrelation } from "./decide-correlation.ts";
import type { Signature } from "./read-signature.ts";
import type { Incident } from "./store.ts";
import { countMembers, listCandidates, lockCorrelation, setCause } from "./storm-store.ts";

export type Settled =
  | { type: "alone" | "explains" }
  | { type: "joins"; causeId: string; number: number; reason: string };

/** Members of a storm are noted on their cause's timeline at these sizes, not one by one. */
const TOLD_SIZES = new Set([1, 5, 20, 100, 500]);

/**
 * Decides, alone in its project, whether a new problem is a symptom of another or what others complain of, and writes
 * down which. Its own row is the caller's to change.
 */
export async function correlateIncident(
  tx: Executor,
  ctx: Context,
  input: { incident: Incident; signature: Signature; togetherMinutes: number },
): Promise<Settled> {
  const { incident, signature, togetherMinutes } = input;
  await lockCorrelation(tx, incident.projectId);
  const since = new Date(ctx.clock.now().getTime() - 2 * togetherMinutes * 60_000);
  const candidates = await listCandidates(tx, incident.projectId, since);
  const own = { id: incident.id, signature, firstSeenAt: incident.firstSeenAt.toISOString() };
  const correlation = decideCorrelation(own, candidates, { togetherMinutes });
  if (correlation.type === "joins") {
    await tellCause(tx, ctx, correlation);
    return correlation;
  }
  if (correlation.type === "explains") {
    for (const { id, reason } of correlation.members) {
      await setCause(tx, [id], incident.id, reason);
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: id });
      await recordTimeline(tx, ctx, id, {
        kind: "correlated",
        summary: `a symptom of INC-${incident.number}: ${reason}`,
        detail: { causeId: incident.id },
      });
    }
  }
  return { type: correlation.type };
}

async function tellCause(tx: Executor, ctx: Context, joined: { causeId: string; reason: string }): Promise<void> {
  const members = (await countMembers(tx, joined.causeId)) + 1;
  if (!TOLD_SIZES.has(members)) return;
  const summary = `${members} other problem${members === 1 ? " is a symptom" : "s are symptoms"} of this: ${joined.reason}`;
  await recordTimeline(tx, ctx, joined.causeId, { kind: "correlated", summary, detail: { members } });
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId: joined.causeId });
}
