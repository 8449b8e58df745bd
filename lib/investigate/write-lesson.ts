import { findMoveInto, getIncident, listRecentTimeline, type TimelineRow } from "../incidents/index.ts";
import { readRunOutcomes } from "../incidents/read-run-outcomes.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Investigation } from "./compose-investigation.ts";
import { composeLesson, type TaughtRun } from "./compose-lesson.ts";
import { findLessonOf, readOutcome, saveLesson } from "./store.ts";

/**
 * Keeps what an incident taught when it ended, or that it came back. Written again when it ends again: one lesson an
 * incident, the latest truth; what people corrected stays over it.
 */
export async function writeLesson(ctx: Context, input: { incidentId: string }): Promise<JobOutcome> {
  const { db } = ctx.db;
  const incident = await getIncident(db, input.incidentId);
  const timeline = await listRecentTimeline(db, incident.id);
  if (isForgotten(timeline)) return DONE;
  const outcome = await readOutcome(db, incident.id);
  const found = incident.investigation as Investigation | null;
  const lesson = composeLesson({
    state: incident.state,
    kind: incident.kind,
    ending: await findMoveInto(db, incident.id, incident.state),
    errorType: found?.errorType ?? null,
    errorMessage: found?.errorMessage ?? null,
    suspect: found?.suspects[0]?.path ?? null,
    rootCause: found?.report?.rootCause ?? null,
    isInvestigated: found !== null,
    runs: taughtRuns(outcome, timeline),
    verdict: outcome.verdict,
    before: await findLessonOf(db, incident.id),
  });
  if (lesson === null) return DONE;
  await inTransaction(ctx, (tx) =>
    saveLesson(tx, {
      id: ctx.newId("les"),
      projectId: incident.projectId,
      incidentId: incident.id,
      ...lesson,
      errorType: found?.errorType ?? null,
      errorMessage: found?.errorMessage ?? null,
      frames: found?.frames ?? [],
      tokens: found?.tokens ?? [],
      pullRequestUrl: outcome.merged?.url ?? null,
      createdAt: ctx.clock.now(),
    }),
  );
  return DONE;
}

/** A person had it forgotten, and nothing has moved since: a job that is run again does not bring it back. */
function isForgotten(timeline: readonly TimelineRow[]): boolean {
  const forgotten = timeline.findLastIndex((entry) => entry.kind === "lesson_forgotten");
  return forgotten >= 0 && !timeline.slice(forgotten).some((entry) => entry.detail.to !== undefined);
}

function taughtRuns(
  { runs, merged, pulls }: Awaited<ReturnType<typeof readOutcome>>,
  timeline: readonly TimelineRow[],
): TaughtRun[] {
  const outcomes = readRunOutcomes(timeline);
  return runs.map((run) => ({
    attempt: run.attempt,
    reported: run.report?.outcome ?? null,
    summary: run.report?.summary ?? null,
    why: run.reason ?? outcomes.get(run.id) ?? (run.state === "published" ? "its patch was not merged" : run.state),
    diff: run.report?.diff ?? "",
    pullRequestUrl: pulls.find((pull) => pull.runId === run.id)?.url ?? null,
    isMerged: run.id === merged?.runId,
  }));
}
