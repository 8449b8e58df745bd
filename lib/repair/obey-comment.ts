import type { Executor } from "../db/database.ts";
import { decideNextState } from "../incidents/decide-next-state.ts";
import {
  changeIncident,
  findDelivery,
  findIncidentByIssue,
  getIncident,
  type Incident,
  recordTimeline,
  setPaused,
} from "../incidents/index.ts";
import type { CommentSignal } from "../intake/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { readCommandWord } from "../kernel/read-command-text.ts";
import { readPlainWords } from "../kernel/read-plain-words.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { decideIntent, type Intent, type IntentDecision } from "./decide-intent.ts";
import { obeyRequest } from "./obey-request.ts";
import type { CodeHost, RequestedIssues } from "./ports.ts";
import { retryRepair } from "./retry-repair.ts";
import { findPullRequestByNumber, listRuns, updateRun } from "./store.ts";
import { takeRequest } from "./take-request.ts";

/** Does what a person's comment on an incident's issue or pull request asks for, as far as that person may ask. */
export async function obeyComment(
  ctx: Context,
  outside: { codeHost: CodeHost; issues: RequestedIssues },
  input: { deliveryId: string },
): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "comment") return { type: "dead", reason: "the delivery holds no comment" };
  const incident = await findTarget(ctx, delivery.projectId, signal);
  const plain = readCommandWord(signal.text) === null ? readPlainWords(signal.text) : null;
  // On an issue that is none of ours, people talk to each other.
  if (incident === null && (signal.isPullRequest || (plain !== null && !plain.isAddressed))) return DONE;
  const permission = await outside.codeHost.getPermission(signal.author);
  const decision = decideIntent({
    comment: signal.text,
    author: { login: signal.author, type: signal.authorType, permission },
  });
  if (incident === null) return handOver(ctx, outside, delivery.projectId, signal, decision);
  const actor = { kind: "person", name: signal.author } as const;
  await inTransaction(ctx, async (tx) => {
    const asPerson: Context = { ...ctx, actor };
    // What people say to each other is no command of theirs that could be refused.
    if (!decision.allowed && plain !== null) return;
    if (!decision.allowed) {
      const summary = `command ${decision.intent} was refused: ${decision.reason}`;
      return recordTimeline(tx, asPerson, incident.id, { kind: "command_refused", summary });
    }
    // With a token it is an approval, without one it asks for an offer: recovery reads which.
    if (decision.intent === "rollback")
      return enqueue(tx, ctx, "recovery.obey-rollback", { incidentId: incident.id, deliveryId: delivery.id });
    const refusal = await obey(tx, asPerson, incident, decision.intent);
    if (refusal !== null && plain === null)
      await recordTimeline(tx, asPerson, incident.id, {
        kind: "command_refused",
        summary: `command ${decision.intent}: ${refusal}`,
      });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
  });
  return DONE;
}

/** A comment on an issue that nobody handed over yet: to be fixed, or planned. */
async function handOver(
  ctx: Context,
  outside: { issues: RequestedIssues },
  projectId: string,
  { issueNumber, author }: CommentSignal,
  { intent, allowed, reason }: IntentDecision,
): Promise<JobOutcome> {
  if (allowed && (intent === "implement" || intent === "plan")) {
    return takeRequest(ctx, outside, { projectId, issueNumber, mode: intent, askedBy: author });
  }
  if (intent !== "none") ctx.log.log("info", "request.refused", { issueNumber, intent, reason });
  return DONE;
}

async function findTarget(ctx: Context, projectId: string, signal: CommentSignal): Promise<Incident | null> {
  if (!signal.isPullRequest) return findIncidentByIssue(ctx.db.db, projectId, signal.issueNumber);
  const row = await findPullRequestByNumber(ctx.db.db, projectId, signal.issueNumber);
  return row === null ? null : getIncident(ctx.db.db, row.incidentId);
}

/** Carries out one command; answers why it cannot be, or null when it was. */
async function obey(tx: Executor, ctx: Context, incident: Incident, intent: Intent): Promise<string | null> {
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
    case "plan":
      return incident.kind === "request"
        ? obeyRequest(tx, ctx, incident, intent)
        : "an incident is investigated and repaired without a plan; /patchpilot fix has it done";
    case "implement":
    case "retry":
      return retryRepair(tx, ctx, incident, intent);
    case "pause":
    case "resume":
      return setPaused(tx, ctx, incident, intent === "pause");
    case "approve":
      return incident.state === "planned" ? obeyRequest(tx, ctx, incident, intent) : approve(tx, ctx, incident);
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
    command: run.taskKind === "followup" ? "open_review" : "retry",
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
