import { recordTimeline } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { newSecret } from "../runtime/ids.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { decideClaimable, decideWorkers } from "./decide-workers.ts";
import { hashToken } from "./hash-token.ts";
import { type ClaimedRun, type ClaimRequest, taskKindSchema, workerProfileSchema } from "./model.ts";
import type { CodeHost } from "./ports.ts";
import type { RepairSettings } from "./settings.ts";
import { claimOldestRun } from "./store.ts";

export interface ClaimRunOutside {
  codeHost: CodeHost;
  outbound: Outbound;
  settings: RepairSettings;
}

/**
 * Gives a waiting run to a runner, with a token that is good for this run only. Null when there is nothing to do, or
 * nothing may be done: a stopped project hands out no work.
 */
export async function claimRun(
  ctx: Context,
  outside: ClaimRunOutside,
  request: ClaimRequest,
): Promise<ClaimedRun | null> {
  const { codeHost, settings } = outside;
  if (request.repositories !== null && !request.repositories.includes(codeHost.repository)) return null;
  if (await outside.outbound.whyHeld("repair.run")) return null;
  const clone = await codeHost.getReadOnlyClone();
  const token = newSecret();
  const tokenHash = await hashToken(token);
  const now = ctx.clock.now();
  const leaseUntil = new Date(now.getTime() + settings.leaseSeconds * 1_000);
  const run = await inTransaction(ctx, async (tx) => {
    const profiles = decideClaimable(settings.workers, request.profiles);
    const { runnerId, runId } = request;
    const claim = { projectId: settings.projectId, profiles, runnerId, runId };
    const claimed = await claimOldestRun(tx, { ...claim, tokenHash, now, leaseUntil });
    if (claimed === null) return null;
    await recordTimeline(tx, ctx, claimed.incidentId, {
      kind: "run_claimed",
      summary: `runner ${request.runnerId} took attempt ${claimed.attempt} (${claimed.profile})`,
      detail: { runId: claimed.id, claims: claimed.claims },
    });
    await enqueue(tx, ctx, "repair.check-run", { runId: claimed.id }, { runAt: leaseUntil });
    return claimed;
  });
  if (run === null) return null;
  const profile = workerProfileSchema.parse(run.profile);
  const workers = decideWorkers({ profile, chain: settings.workers, offered: request.profiles });
  return {
    runId: run.id,
    token,
    attempt: run.attempt,
    taskKind: taskKindSchema.parse(run.taskKind),
    profile: workers[0]?.profile ?? profile,
    workers,
    repository: codeHost.repository,
    clone,
    baseBranch: run.baseBranch,
    baseSha: run.baseSha,
    brief: run.brief,
    budget: run.budget,
    leaseSeconds: settings.leaseSeconds,
  };
}
