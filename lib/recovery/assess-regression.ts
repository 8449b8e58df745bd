import { changeIncident, findLatestAlert, getIncident, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { CommitGraph, ErrorHistory } from "./ports.ts";
import { findMergedRepair } from "./store.ts";

/**
 * An error was seen again after its incident closed. On a release that holds the repair it is a regression, and the same
 * incident reopens with its history; on an older release (an open tab, a cached client) it is not.
 */
export async function assessRegression(
  ctx: Context,
  outside: { commits: CommitGraph | null; errors: ErrorHistory | null },
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  if (incident.state !== "recovered" || incident.closedAt === null) return DONE;
  const release = await newestRelease(
    ctx,
    incident.source === "sentry" ? outside.errors : null,
    incident.id,
    incident.sourceIssueId,
    incident.closedAt,
  );
  const repair = await findMergedRepair(ctx.db.db, incident.id);
  const contains =
    repair && release && outside.commits
      ? await outside.commits.containsCommit({ ancestor: repair.mergeSha, descendant: release })
      : null;
  const now = ctx.clock.now();
  const on = release === null ? "an unknown release" : `release ${release.slice(0, 12)}`;
  await inTransaction(ctx, async (tx) => {
    if (contains === false) {
      const summary = `seen again on ${on}, which does not hold the repair: no regression`;
      return recordTimeline(tx, ctx, incident.id, { kind: "straggler", summary, detail: { release } });
    }
    await changeIncident(tx, ctx, incident, {
      command: "reopen",
      patch: {
        attempts: 0,
        partialStreak: 0,
        closedAt: null,
        reopenedAt: now,
        reopenedCount: incident.reopenedCount + 1,
      },
      entry: {
        kind: "reopened",
        summary: `the error came back on ${on}, after it was proved to have stopped`,
        detail: { release, repairSha: repair?.mergeSha ?? null },
      },
    });
    await enqueue(tx, ctx, "triage.assess-incident", { incidentId: incident.id });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

/** The release of the newest event since the incident closed, by the source's API, else of the newest alert. */
async function newestRelease(
  ctx: Context,
  errors: ErrorHistory | null,
  incidentId: string,
  issueId: string | null,
  closedAt: Date,
) {
  if (errors !== null && issueId !== null) {
    const range = { environment: null, from: closedAt.toISOString(), to: ctx.clock.now().toISOString() };
    const { events } = await errors.listEvents({ issueId, ...range });
    const newest = events[0];
    if (newest) return newest.release;
  }
  const delivery = await findLatestAlert(ctx.db.db, incidentId);
  return delivery?.signal?.kind === "alert" ? delivery.signal.release : null;
}
