import { getIncident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Investigation } from "./compose-investigation.ts";
import { composeLesson } from "./compose-lesson.ts";
import { insertLesson, readOutcome } from "./store.ts";

/** Keeps what an ended incident taught. Written again when the incident ends again: one lesson an incident, the latest truth. */
export async function writeLesson(ctx: Context, input: { incidentId: string }): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  const outcome = incident.state;
  if (outcome !== "recovered" && outcome !== "escalated" && outcome !== "ignored") return DONE;
  const { runs, merged, verdict } = await readOutcome(ctx.db.db, incident.id);
  const found = incident.investigation as Investigation | null;
  const fixed = runs.find((run) => run.id === merged?.runId);
  const fixFiles = outcome === "recovered" ? changedPaths(fixed?.report?.diff ?? "") : [];
  const explanation = verdict?.verdict.explanation;
  const summary = composeLesson({
    outcome,
    errorType: found?.errorType ?? null,
    errorMessage: found?.errorMessage ?? null,
    suspect: found?.suspects[0]?.path ?? null,
    attempts: runs.map((run) => ({ attempt: run.attempt, outcome: run.reason ?? run.state })),
    fixFiles,
    verdict: typeof explanation === "string" ? explanation : null,
  });
  await inTransaction(ctx, (tx) =>
    insertLesson(tx, {
      id: ctx.newId("les"),
      projectId: incident.projectId,
      incidentId: incident.id,
      outcome,
      errorType: found?.errorType ?? null,
      errorMessage: found?.errorMessage ?? null,
      frames: found?.frames ?? [],
      tokens: found?.tokens ?? [],
      fixFiles,
      summary,
      pullRequestUrl: merged?.url ?? null,
      createdAt: ctx.clock.now(),
    }),
  );
  return DONE;
}

/** Paths that a gated diff writes to; the gate has already read it strictly. */
function changedPaths(diff: string): string[] {
  return [...diff.matchAll(/^\+\+\+ b\/(.+)$/gm)].flatMap((match) => (match[1] ? [match[1]] : []));
}
