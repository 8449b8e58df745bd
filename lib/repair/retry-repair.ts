import type { Executor } from "../db/database.ts";
import { changeIncident, getIncident, type Incident, retryConflicts } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { obeyRequest } from "./obey-request.ts";
import { RESUMED } from "./read-rounds.ts";
import { findLatestPullRequest, listRuns, updateRun } from "./store.ts";

/**
 * Has an incident repaired that waits for a person's word, in this transaction; answers why that cannot be, or null when
 * it was done. A person's word is a fresh mandate: attempts are counted anew.
 */
export async function retryRepair(
  tx: Executor,
  ctx: Context,
  incident: Incident,
  asked: "implement" | "retry" = "retry",
): Promise<string | null> {
  const payload = { incidentId: incident.id };
  const entry = { kind: "command", summary: "a repair was asked for" };
  if (incident.state === "escalated" && (await findLatestPullRequest(tx, incident.id))?.state === "open") {
    const resumed = { kind: RESUMED, summary: "more rounds of review were asked for" };
    await changeIncident(tx, ctx, incident, { command: "open_review", entry: resumed });
    await enqueue(tx, ctx, "repair.collect-feedback", payload);
    return null;
  }
  if (incident.kind === "request") return obeyRequest(tx, ctx, incident, asked);
  if (incident.state === "escalated") {
    await changeIncident(tx, ctx, incident, { command: "retry", patch: { attempts: 0 }, entry });
    await enqueue(tx, ctx, "repair.start-repair", payload);
    return null;
  }
  if (incident.state !== "observed") return `the incident is ${incident.state}`;
  await changeIncident(tx, ctx, incident, { command: "investigate", entry });
  await enqueue(tx, ctx, "investigate.investigate-incident", payload);
  return null;
}

/**
 * Ends what is at work on an incident (a run, a draft in review) in favour of a new attempt; answers why that cannot be, or
 * null. The old draft is closed when the new one is there, see write-draft.ts.
 */
async function supersede(tx: Executor, ctx: Context, incident: Incident): Promise<string | null> {
  if (incident.state === "planned") return obeyRequest(tx, ctx, incident, "plan");
  if (incident.state !== "repairing" && incident.state !== "in_review") return retryRepair(tx, ctx, incident);
  const runs = await listRuns(tx, incident.id);
  if (runs.some((run) => run.state === "reported")) return "a run's report is being judged; ask again in a moment";
  const reason = `superseded by ${ctx.actor.name}`;
  const ended = { state: "failed", reason, tokenHash: null, finishedAt: ctx.clock.now() } as const;
  for (const run of runs) await updateRun(tx, run.id, ["queued", "claimed"], ended);
  await changeIncident(tx, ctx, incident, {
    command: "retry",
    patch: { attempts: 0 },
    entry: { kind: "superseded", summary: `${ctx.actor.name} asked for a new attempt in place of what was at work` },
  });
  await enqueue(tx, ctx, "repair.start-repair", { incidentId: incident.id });
  return null;
}

/** A person has an incident tried again, or (`supersedes`) anew whatever is at work. AppError `retry_refused` where it cannot be. */
export function restartRepair(ctx: Context, input: { incidentId: string; supersedes: boolean }): Promise<void> {
  return retryConflicts(async () => {
    const incident = await getIncident(ctx.db.db, input.incidentId);
    const refusal = await inTransaction(ctx, async (tx) => {
      const refused = await (input.supersedes ? supersede : retryRepair)(tx, ctx, incident);
      if (refused === null) await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
      return refused;
    });
    if (refusal !== null) throw new AppError("retry_refused", refusal, { retry: "never" });
  });
}
