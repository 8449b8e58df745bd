import {
  changeIncident,
  findLatestAlert,
  getIncident,
  type Incident,
  listRecentTimeline,
  recordTimeline,
} from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { CommitGraph, ErrorHistory } from "./ports.ts";
import { findMergedRepair, type MergedRepair } from "./store.ts";

/** So many releases are told apart, newest first; a release each is one question to the code host. */
const MAX_RELEASES = 20;

/** A straggler is told once a release. */
const STRAGGLING = new Set(["recovered", "straggler"]);

/** One time at which the error was seen again. */
interface Sighting {
  at: Date;
  release: string | null;
}

/**
 * An error was seen again after its incident closed. On a release that holds the repair it is a regression, and the same
 * incident reopens with its history; on an older release (an open tab, a cached client) it is not.
 */
export async function assessRegression(
  ctx: Context,
  outside: { commits: CommitGraph | null; errors(source: string): ErrorHistory | null },
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  if (incident.state !== "recovered" || incident.closedAt === null) return DONE;
  const seen = await listSightings(ctx, outside.errors(incident.source), incident);
  const repair = await findMergedRepair(ctx.db.db, incident.id);
  const back = await findReturn(outside.commits, repair, seen);
  const release = (back ?? seen[0])?.release ?? null;
  const on = release === null ? "an unknown release" : `release ${release.slice(0, 12)}`;
  const told = (await listRecentTimeline(ctx.db.db, incident.id)).findLast((entry) => STRAGGLING.has(entry.kind));
  await inTransaction(ctx, async (tx) => {
    if (back === null) {
      const summary = `seen again on ${on}, which does not hold the repair: no regression`;
      if (told?.summary === summary) return;
      return recordTimeline(tx, ctx, incident.id, { kind: "straggler", summary, detail: { release } });
    }
    await changeIncident(tx, ctx, incident, {
      command: "reopen",
      patch: {
        attempts: 0,
        partialStreak: 0,
        closedAt: null,
        reopenedAt: back.at,
        reopenedCount: incident.reopenedCount + 1,
      },
      entry: {
        kind: "reopened",
        summary: `the error came back on ${on}, after it was proved to have stopped${repair ? `: the repair of pull request #${repair.number} (${repair.mergeSha.slice(0, 7)}) did not hold` : ""}`,
        detail: { release, repairSha: repair?.mergeSha ?? null, pullRequest: repair?.number ?? null },
        url: repair?.url ?? null,
      },
    });
    await enqueue(tx, ctx, "triage.assess-incident", { incidentId: incident.id });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

/** Every time it was seen since the incident closed, newest first, by the source's API; else its newest alert. */
async function listSightings(ctx: Context, errors: ErrorHistory | null, incident: Incident): Promise<Sighting[]> {
  const now = ctx.clock.now();
  if (errors !== null && incident.sourceIssueId !== null && incident.closedAt !== null) {
    const { events } = await errors.listEvents({
      issueId: incident.sourceIssueId,
      environment: incident.environment,
      from: incident.closedAt.toISOString(),
      to: now.toISOString(),
    });
    if (events.length > 0) return events.map(({ at, release }) => ({ at: new Date(at), release }));
  }
  const delivery = await findLatestAlert(ctx.db.db, incident.id);
  const release = delivery?.signal?.kind === "alert" ? delivery.signal.release : null;
  return [{ at: delivery?.receivedAt ?? now, release }];
}

/**
 * The first sighting on a release that holds the repair, or of which nobody can say; null when all are stragglers. A
 * straggler that came last does not hide the others.
 */
async function findReturn(
  commits: CommitGraph | null,
  repair: MergedRepair | null,
  seen: readonly Sighting[],
): Promise<Sighting | null> {
  const old = new Set<string>();
  for (const release of [...new Set(seen.map((one) => one.release))].slice(0, MAX_RELEASES)) {
    if (release === null || repair === null || commits === null) continue;
    const contains = await commits.containsCommit({ ancestor: repair.mergeSha, descendant: release });
    if (contains === false) old.add(release);
  }
  return seen.findLast((one) => one.release === null || !old.has(one.release)) ?? null;
}
