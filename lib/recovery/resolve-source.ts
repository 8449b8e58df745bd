import { getIncident, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import type { ErrorHistory } from "./ports.ts";
import { findLastVerification } from "./store.ts";

/** Marks the source's issue resolved in the release that holds the repair, once recovery is proved. */
export async function resolveSource(
  ctx: Context,
  outside: { errors: ErrorHistory; outbound: Outbound },
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const issueId = incident.source === "sentry" ? incident.sourceIssueId : null;
  if (incident.state !== "recovered" || issueId === null) return DONE;
  const last = await findLastVerification(ctx.db.db, incident.id);
  const release = typeof last?.facts.deploymentSha === "string" ? last.facts.deploymentSha : null;
  const result = await outside.outbound.write("sentry.status", (permit) =>
    outside.errors.ensureResolved(permit, { issueId, release }),
  );
  const entry = result.held
    ? { kind: "held", summary: `would resolve the issue at its source: ${result.detail}` }
    : {
        kind: "source_resolved",
        summary: `resolved at its source${release ? ` in release ${release.slice(0, 12)}` : ""}`,
      };
  await inTransaction(ctx, (tx) => recordTimeline(tx, ctx, incident.id, entry));
  return DONE;
}
