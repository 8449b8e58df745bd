import type { Executor } from "../db/database.ts";
import { changeIncident, type Incident, recordTimeline } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import { type Stage, stageIncludes } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Investigation } from "./compose-investigation.ts";
import { sentenceOf, suspicionsAbout } from "./compose-suspicions.ts";
import { decideFollowUp, type FollowUp } from "./decide-follow-up.ts";
import type { RepositoryReader } from "./ports.ts";

/** Whether this investigation ends in a repair: the stage and a repository decide, and nothing that anybody wrote. */
export function isRepairNext(outside: { repository: RepositoryReader | null; settings: { stage: Stage } }): boolean {
  return stageIncludes(outside.settings.stage, "repair") && outside.repository !== null;
}

/**
 * Keeps what was found, and what follows: a model's look at it where one is configured, else the repair. What gives
 * orders in it is said to people, and changes nothing.
 */
export async function keepFindings(
  ctx: Context,
  outside: { repository: RepositoryReader | null; settings: { stage: Stage; asksModel: boolean } },
  read: { incident: Incident; found: Investigation; release: string | null },
): Promise<void> {
  const { incident, release } = read;
  const suspicions = suspicionsAbout(incident.title, read.found);
  const found: Investigation =
    suspicions.length === 0
      ? read.found
      : { ...read.found, suspicions, notes: [...read.found.notes, sentenceOf(suspicions)] };
  const next = decideFollowUp({
    kind: incident.kind,
    mayRepair: isRepairNext(outside),
    asksModel: outside.settings.asksModel,
    ...{ stack: found.stack, rootCause: null },
  });
  await inTransaction(ctx, async (tx) => {
    await changeIncident(tx, ctx, incident, {
      command: commandOf(next),
      patch: { investigation: { ...found }, ...(release && { release }) },
      entry: { kind: "investigated", summary: found.summary, detail: { ...found } },
    });
    if (suspicions.length > 0) {
      const entry = { kind: "injection_suspected", summary: sentenceOf(suspicions), detail: { suspicions } };
      await recordTimeline(tx, ctx, incident.id, entry);
    }
    const payload = { incidentId: incident.id };
    await enqueue(tx, ctx, "alerts.update-issue", payload);
    await enqueue(tx, ctx, "recovery.offer-rollback", payload);
    await goOn(tx, ctx, incident.id, next);
  });
}

/** The state's part of what follows; a model or a repair begins from where the incident is. */
export function commandOf({ type }: FollowUp): "observe" | "escalate" | null {
  return type === "observe" || type === "escalate" ? type : null;
}

/** The rest of what follows: the next job, or why a person is asked. */
export async function goOn(tx: Executor, ctx: Context, incidentId: string, next: FollowUp): Promise<void> {
  if (next.type === "ask_model") await enqueue(tx, ctx, "investigate.ask-model", { incidentId });
  if (next.type === "repair") await enqueue(tx, ctx, "repair.start-repair", { incidentId });
  if (next.type === "escalate") {
    await recordTimeline(tx, ctx, incidentId, { kind: "escalated", summary: next.reason });
  }
}
