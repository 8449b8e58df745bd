import { changeIncident, type Incident } from "../incidents/index.ts";
import type { IncidentCommand } from "../incidents/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { JudgedDeployment } from "./decide-deployment.ts";
import type { PerformanceRecoveryFacts } from "./decide-performance-recovery.ts";
import type { RecoveryFacts, RecoveryVerdict } from "./model.ts";
import { findLastVerification, insertVerification } from "./store.ts";

const COMMANDS: Record<RecoveryVerdict["action"], IncidentCommand | null> = {
  close: "recover",
  wait: null,
  retry: "retry",
  escalate: "escalate",
};
const KINDS: Record<RecoveryVerdict["action"], string> = {
  close: "recovered",
  wait: "watching",
  retry: "not_recovered",
  escalate: "escalated",
};

/** What a look was judged by. */
export interface LookFacts extends RecoveryFacts {
  /** Of a performance incident: what its counts are counts of. */
  durations?: Pick<PerformanceRecoveryFacts, "thresholdMs" | "before" | "since">;
}

function detailOf({ baseline, since, health, probe, durations }: LookFacts, verdict: RecoveryVerdict) {
  const { reason, confidence, recheckAt } = verdict;
  return {
    reason,
    confidence,
    recheckAt,
    baseline,
    since,
    health,
    probe: probe ?? null,
    ...(durations && { durations }),
  };
}

/** Files one verdict with its facts, and sets going what follows from it. */
export async function noteVerdict(
  ctx: Context,
  input: {
    incident: Incident;
    facts: LookFacts;
    verdict: RecoveryVerdict;
    serving: JudgedDeployment;
    resolvesSource: boolean;
  },
): Promise<JobOutcome> {
  const { incident, facts, verdict } = input;
  const now = ctx.clock.now();
  const last = await findLastVerification(ctx.db.db, incident.id);
  // Waiting is told when it begins and when its reason changes, not at every look.
  const isTold =
    verdict.action !== "wait" ||
    last?.verdict.reason !== verdict.reason ||
    last?.facts.deploymentSha !== input.serving.sha;
  const detail = detailOf(facts, verdict);
  const payload = { incidentId: incident.id };
  await inTransaction(ctx, async (tx) => {
    await insertVerification(tx, {
      id: ctx.newId("ver"),
      incidentId: incident.id,
      at: now,
      action: verdict.action,
      facts: { ...facts, deploymentId: input.serving.deploymentId, deploymentSha: input.serving.sha },
      verdict: { ...verdict },
    });
    await changeIncident(tx, ctx, incident, {
      command: COMMANDS[verdict.action],
      patch: {
        partialStreak: verdict.partialStreak,
        nextCheckAt: verdict.recheckAt === null ? null : new Date(verdict.recheckAt),
        ...(verdict.action === "close" && { closedAt: now }),
      },
      entry: isTold
        ? { kind: KINDS[verdict.action], summary: verdict.explanation, detail, url: input.serving.url }
        : null,
    });
    await enqueue(tx, ctx, "alerts.update-issue", payload);
    if (verdict.action === "wait") {
      if (verdict.recheckAt === null)
        throw new AppError("wait_without_recheck", "a verdict of wait has no time for the next look", {
          retry: "never",
        });
      await enqueue(tx, ctx, "recovery.verify-recovery", payload, { runAt: new Date(verdict.recheckAt) });
    }
    if (verdict.action === "retry") await enqueue(tx, ctx, "repair.start-repair", payload);
    if (verdict.action === "close" && input.resolvesSource) await enqueue(tx, ctx, "recovery.resolve-source", payload);
  });
  return DONE;
}
