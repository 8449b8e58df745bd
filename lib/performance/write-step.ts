import type { Executor } from "../db/database.ts";
import {
  changeIncident,
  type Incident,
  type IncidentPatch,
  insertIncident,
  recordTimeline,
  refreshFacts,
} from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import { type Stage, stageIncludes } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { idFrom } from "../runtime/ids.ts";
import type { SlowFinding } from "./decide-slow.ts";
import type { SlowMeasure } from "./model.ts";
import type { Step } from "./plan-steps.ts";
import { renderFigures, renderSlowTitle } from "./render-slow.ts";

export interface StepPlace {
  projectId: string;
  environment: string;
  stage: Stage;
  repairs: boolean;
}

/** Writes what one step says, in this transaction. */
export async function writeStep(tx: Executor, ctx: Context, place: StepPlace, step: Step): Promise<void> {
  const { action, known, decision, measure } = step;
  if (action.type === "leave") return;
  if (known === null) return openIncident(tx, ctx, place, step);
  const patch = factsPatch(measure);
  if (action.type === "keep") return refreshFacts(tx, known.id, patch);
  if (action.type === "reopen" && decision !== null) {
    const anew = { closedAt: null, attempts: 0, partialStreak: 0, reopenedCount: known.reopenedCount + 1 };
    const reopened = await changeIncident(tx, ctx, known, {
      command: "reopen",
      patch: { ...patch, ...anew, reopenedAt: new Date(measure.from) },
      entry: { kind: "reopened", summary: action.reason },
    });
    return judgeIncident(tx, ctx, place, { incident: reopened, decision, measure });
  }
  await refreshFacts(tx, known.id, { ...patch, ...(decision && judgedPatch(decision)) });
  const entry = { kind: "measured", summary: action.reason, detail: { measure }, url: measure.spansUrl };
  await recordTimeline(tx, ctx, known.id, entry);
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId: known.id });
}

async function openIncident(tx: Executor, ctx: Context, place: StepPlace, step: Step): Promise<void> {
  const { identity, decision, measure } = step;
  if (decision === null) return;
  const { projectId, environment } = place;
  const now = ctx.clock.now();
  const incident = await insertIncident(tx, {
    id: await idFrom("inc", [projectId, identity]),
    projectId,
    identityKey: identity,
    source: "sentry",
    kind: "performance",
    state: "new",
    title: renderSlowTitle(measure).slice(0, 300).toWellFormed(),
    level: "warning",
    environment,
    firstSeenAt: new Date(measure.from),
    lastSeenAt: new Date(measure.to),
    ...factsPatch(measure),
    createdAt: now,
    updatedAt: now,
  });
  // Another look was faster: its figures are as good as ours.
  if (incident !== null) await judgeIncident(tx, ctx, place, { incident, decision, measure });
}

/** Judged by its figures at once; repaired only where the policy says that regressions are. */
async function judgeIncident(
  tx: Executor,
  ctx: Context,
  place: StepPlace,
  { incident, decision, measure }: { incident: Incident; decision: SlowFinding; measure: SlowMeasure },
): Promise<void> {
  const payload = { incidentId: incident.id };
  const { priority, severity, score, reasons, reason } = decision;
  const investigates = place.repairs && decision.worthRepair && stageIncludes(place.stage, "investigate");
  await changeIncident(tx, ctx, incident, {
    command: investigates ? "investigate" : "observe",
    patch: judgedPatch(decision),
    entry: {
      kind: "triaged",
      summary: `${priority} (${severity}): ${renderFigures(measure)}`,
      detail: { score, reasons, reason, measure },
      url: measure.spansUrl,
    },
  });
  if (investigates) await enqueue(tx, ctx, "investigate.investigate-incident", payload);
  await enqueue(tx, ctx, "alerts.update-issue", payload);
}

function judgedPatch({ priority, severity, score, worthRepair, reasons }: SlowFinding): IncidentPatch {
  return { priority, severity, worthRepair, triage: { priority, severity, score, worthRepair, reasons } };
}

function factsPatch(measure: SlowMeasure) {
  return {
    measure: { ...measure },
    events: Math.round(measure.count),
    sourceUrl: measure.spansUrl,
    ...(measure.release !== null && { release: measure.release }),
    ...(measure.isSlow && { lastSeenAt: new Date(measure.to) }),
  };
}
