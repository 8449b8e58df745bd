import type { Executor } from "../db/database.ts";
import { decideNextState } from "../incidents/decide-next-state.ts";
import {
  changeIncident,
  findDelivery,
  findIncidentByIssue,
  getIncident,
  type Incident,
  recordTimeline,
} from "../incidents/index.ts";
import type { CommentSignal } from "../intake/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { decideIntent, type Intent } from "./decide-intent.ts";
import type { CodeHost } from "./ports.ts";
import { findPullRequestByNumber, listRuns, updateRun } from "./store.ts";

/** Does what a person's comment on an incident's issue or pull request asks for, as far as that person may ask. */
export async function obeyComment(
  ctx: Context,
  outside: { codeHost: CodeHost },
  input: { deliveryId: string },
): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "comment") return { type: "dead", reason: "the delivery holds no comment" };
  const incident = await findTarget(ctx, delivery.projectId, signal);
  if (incident === null) return DONE;
  const permission = await outside.codeHost.getPermission(signal.author);
  const decision = decideIntent({
    comment: signal.text,
    author: { login: signal.author, type: signal.authorType, permission },
  });
  const actor = { kind: "person", name: signal.author } as const;
  await inTransaction(ctx, async (tx) => {
    const asPerson: Context = { ...ctx, actor };
    if (!decision.allowed) {
      const summary = `command ${decision.intent} was refused: ${decision.reason}`;
      return recordTimeline(tx, asPerson, incident.id, { kind: "command_refused", summary });
    }
    const refusal = await obey(tx, asPerson, incident, decision.intent);
    if (refusal)
      await recordTimeline(tx, asPerson, incident.id, {
        kind: "command_refused",
        summary: `command ${decision.intent}: ${refusal}`,
      });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

async function findTarget(ctx: Context, projectId: string, signal: CommentSignal): Promise<Incident | null> {
  if (!signal.isPullRequest) return findIncidentByIssue(ctx.db.db, projectId, signal.issueNumber);
  const row = await findPullRequestByNumber(ctx.db.db, projectId, signal.issueNumber);
  return row === null ? null : getIncident(ctx.db.db, row.incidentId);
}

/** Carries out one command; answers why it cannot be, or null when it was. */
async function obey(tx: Executor, ctx: Context, incident: Incident, intent: Intent): Promise<string | null> {
  const payload = { incidentId: incident.id };
  const entry = (summary: string) => ({ kind: "command", summary });
  switch (intent) {
    case "status":
      await recordTimeline(tx, ctx, incident.id, entry("asked for the status"));
      return null;
    case "ignore":
      if (decideNextState(incident.state, "ignore") === null) return `the incident is ${incident.state}`;
      await changeIncident(tx, ctx, incident, {
        command: "ignore",
        patch: { closedAt: ctx.clock.now() },
        entry: entry("ignored on request"),
      });
      return null;
    case "implement":
    case "retry": {
      // A person's word is a fresh mandate: attempts are counted anew.
      if (incident.state === "escalated") {
        await changeIncident(tx, ctx, incident, {
          command: "retry",
          patch: { attempts: 0 },
          entry: entry("a repair was asked for"),
        });
        await enqueue(tx, ctx, "repair.start-repair", payload);
        return null;
      }
      if (incident.state !== "observed") return `the incident is ${incident.state}`;
      await changeIncident(tx, ctx, incident, { command: "investigate", entry: entry("a repair was asked for") });
      await enqueue(tx, ctx, "investigate.investigate-incident", payload);
      return null;
    }
    case "approve":
      return approve(tx, ctx, incident);
    default:
      return "this command is not available yet";
  }
}

/** Lets a patch that the gate held for a person pass, and publishes it. */
async function approve(tx: Executor, ctx: Context, incident: Incident): Promise<string | null> {
  const run = (await listRuns(tx, incident.id)).at(-1);
  if (run?.state !== "denied" || run.gate?.verdict !== "require_approval") return "no patch waits for an approval";
  if (incident.state !== "escalated") return `the incident is ${incident.state}`;
  await changeIncident(tx, ctx, incident, {
    command: "retry",
    entry: { kind: "approved", summary: `attempt ${run.attempt} was approved` },
  });
  await updateRun(tx, run.id, ["denied"], {
    state: "reported",
    reason: null,
    gate: { ...run.gate, approvedBy: ctx.actor.name },
  });
  await enqueue(tx, ctx, "repair.publish-patch", { runId: run.id });
  return null;
}
