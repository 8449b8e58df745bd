import { isHeldSaid } from "../incidents/decide-held.ts";
import { getIncident, listRecentTimeline, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import type { ErrorHistory } from "./ports.ts";
import { findLastVerification } from "./store.ts";

/** How long a write that the kill switch held waits before it is tried again. */
const HELD_RETRY_MS = 60_000;

/** Marks the source's issue resolved in the release that holds the repair, once recovery is proved. */
export async function resolveSource(
  ctx: Context,
  outside: { errors(source: string): ErrorHistory | null; outbound: Outbound },
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const issueId = incident.sourceIssueId;
  const errors = outside.errors(incident.source);
  if (incident.state !== "recovered" || issueId === null || errors === null) return DONE;
  const last = await findLastVerification(ctx.db.db, incident.id);
  const release = typeof last?.facts.deploymentSha === "string" ? last.facts.deploymentSha : null;
  const result = await outside.outbound.write("source.status", (permit) =>
    errors.ensureResolved(permit, { issueId, release }),
  );
  const entry = result.held
    ? { kind: "held", summary: `would resolve the issue at its source: ${result.detail}` }
    : {
        kind: "source_resolved",
        summary: `resolved at its source${release ? ` in release ${release.slice(0, 12)}` : ""}`,
      };
  const isSaid = result.held && isHeldSaid(await listRecentTimeline(ctx.db.db, incident.id), entry.summary);
  await inTransaction(ctx, async (tx) => {
    if (!isSaid) await recordTimeline(tx, ctx, incident.id, entry);
    if (!result.held || result.reason !== "stopped") return;
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "recovery.resolve-source", { incidentId: incident.id }, { runAt });
  });
  return DONE;
}
