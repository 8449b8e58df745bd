import { changeIncident, type Incident, recordTimeline } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import { type Stage, stageIncludes } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Investigation } from "./compose-investigation.ts";
import { sentenceOf, suspicionsAbout } from "./compose-suspicions.ts";
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
  const asks = outside.settings.asksModel;
  const repairs = isRepairNext(outside);
  const suspicions = suspicionsAbout(incident.title, read.found);
  const found: Investigation =
    suspicions.length === 0
      ? read.found
      : { ...read.found, suspicions, notes: [...read.found.notes, sentenceOf(suspicions)] };
  await inTransaction(ctx, async (tx) => {
    await changeIncident(tx, ctx, incident, {
      command: asks || repairs ? null : "observe",
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
    if (asks) await enqueue(tx, ctx, "investigate.ask-model", payload);
    else if (repairs) await enqueue(tx, ctx, "repair.start-repair", payload);
  });
}
