import type { Incident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { ApprovalState } from "./approval-model.ts";
import type { ApprovalRow } from "./approval-store.ts";
import { decideRecovery } from "./decide-recovery.ts";
import { endMove } from "./end-move.ts";
import { listBaseline, listedAt, listSince } from "./list-baseline.ts";
import { type RecoveryFacts, type RecoveryVerdict, recoveryFactsSchema } from "./model.ts";
import type { MoveOutside } from "./move-outside.ts";
import { renderRollbackVerdict } from "./render-rollback.ts";

const HOUR_MS = 3_600_000;

const ENDS: Record<Exclude<RecoveryVerdict["action"], "wait">, ApprovalState> = {
  close: "worked",
  retry: "no_help",
  escalate: "unclear",
};
const KINDS: Record<Exclude<RecoveryVerdict["action"], "wait">, string> = {
  close: "rollback_worked",
  retry: "rollback_no_help",
  escalate: "rollback_unclear",
};

/**
 * One look at whether the rollback stopped the error, by the test that judges repairs: its rate on the deployment that
 * serves now against its rate before. It moves the incident nowhere: what is wrong is still to be repaired.
 */
export async function watchRollback(
  ctx: Context,
  outside: MoveOutside,
  { incident, approval }: { incident: Incident; approval: ApprovalRow },
): Promise<JobOutcome> {
  const facts = await gather(ctx, outside, incident, approval);
  const verdict = decideRecovery(facts, outside.settings.verdict);
  const summary = renderRollbackVerdict(verdict.explanation);
  if (verdict.action !== "wait") {
    const detail = {
      approvalId: approval.id,
      reason: verdict.reason,
      confidence: verdict.confidence,
      baseline: facts.baseline,
      since: facts.since,
    };
    return endMove(ctx, { incident, approval }, ENDS[verdict.action], {
      kind: KINDS[verdict.action],
      summary,
      detail,
      url: approval.subject.to.url,
    });
  }
  const lagMs = outside.settings.ingestLagSeconds * 1_000;
  const runAt = new Date(Date.parse(verdict.recheckAt ?? facts.now) + lagMs);
  await inTransaction(ctx, (tx) =>
    enqueue(tx, ctx, "recovery.move-production", { incidentId: incident.id }, { runAt }),
  );
  return DONE;
}

/** The error before traffic moved and since. Only the release that serves now counts since: others are old tabs. */
async function gather(ctx: Context, outside: MoveOutside, incident: Incident, approval: ApprovalRow) {
  const servedAt = approval.servedAt ?? approval.updatedAt;
  // What the source has not counted yet must not look like silence.
  const lagMs = outside.settings.ingestLagSeconds * 1_000;
  const now = new Date(Math.max(ctx.clock.now().getTime() - lagMs, servedAt.getTime()));
  const listed = listedAt(outside.errors(incident.source), incident);
  const before = await listBaseline(listed, {
    beganAt: incident.reopenedAt ?? incident.firstSeenAt,
    until: servedAt,
    baselineHours: outside.settings.baselineHours,
  });
  const after = await listSince(listed, servedAt, now);
  const served = approval.subject.to.sha;
  const counted = after.filter(({ release }) => release === null || served === null || release === served).length;
  return recoveryFactsSchema.parse({
    now,
    incident: { firstSeenAt: incident.firstSeenAt, lastSeenAt: incident.lastSeenAt },
    baseline: {
      events: before.events.length,
      hours: Math.max((servedAt.getTime() - before.from.getTime()) / HOUR_MS, 1 / 3_600),
    },
    repair: { mergedAt: servedAt, sha: served ?? "unknown" },
    deployment: { state: "READY", readyAt: servedAt, containsRepair: true },
    health: (await outside.health.check()).status,
    since: {
      events: counted,
      eventsOnOldReleases: after.length - counted,
      hours: Math.max((now.getTime() - servedAt.getTime()) / HOUR_MS, 1 / 3_600),
    },
  }) satisfies RecoveryFacts;
}
