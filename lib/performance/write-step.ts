import type { Executor } from "../db/database.ts";
import type { BreakerPolicy } from "../incidents/decide-breaker.ts";
import {
  changeIncident,
  checkBreaker,
  correlateIncident,
  type Incident,
  type IncidentPatch,
  insertIncident,
  keepCorrection,
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
  storm: StormRules | undefined;
}

/** How storms are told; `togetherMinutes` is at least the time that one look measures. */
export interface StormRules extends BreakerPolicy {
  togetherMinutes: number;
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
    return judgeIncident(tx, ctx, place, step, { incident: reopened, decision });
  }
  if (action.type === "judge" && decision !== null) {
    const freed = { ...patch, causeId: null, causeReason: null, signature: null };
    const incident = await changeIncident(tx, ctx, known, { command: null, patch: freed, entry: null });
    return judgeIncident(tx, ctx, place, step, { incident, decision });
  }
  const judged = decision && (await keepCorrection(tx, known.id, judgedPatch(decision)));
  await refreshFacts(tx, known.id, { ...patch, ...judged });
  const entry = { kind: "measured", summary: action.reason, detail: { measure }, url: measure.spansUrl };
  await recordTimeline(tx, ctx, known.id, entry);
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId: known.id });
}

async function openIncident(tx: Executor, ctx: Context, place: StepPlace, step: Step): Promise<void> {
  const { identity, decision, measure, quiet } = step;
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
  if (incident === null) return;
  if (quiet === null) return judgeIncident(tx, ctx, place, step, { incident, decision });
  const entry = { kind: "triaged", summary: quiet, detail: { reason: quiet, measure }, url: measure.spansUrl };
  await changeIncident(tx, ctx, incident, { command: "observe", entry });
}

interface Judged {
  incident: Incident;
  decision: SlowFinding;
}

/** Judged by its figures at once, where it is no symptom of something else that became slow, or fails, with it. */
async function judgeIncident(tx: Executor, ctx: Context, place: StepPlace, step: Step, judged: Judged): Promise<void> {
  const { storm, projectId } = place;
  const { incident, decision } = judged;
  if (storm === undefined || incident.signature !== null) return tellJudged(tx, ctx, place, step, judged);
  const { togetherMinutes } = storm;
  const correlation = await correlateIncident(tx, ctx, { incident, signature: step.signature, togetherMinutes });
  if (correlation.type === "joins") {
    const { causeId, number, reason } = correlation;
    await changeIncident(tx, ctx, incident, {
      command: incident.state === "new" ? "observe" : null,
      patch: { ...judgedPatch(decision), signature: step.signature, causeId, causeReason: reason },
      entry: { kind: "triaged", summary: `a symptom of INC-${number}: ${reason}`, detail: { measure: step.measure } },
    });
    return;
  }
  await tellJudged(tx, ctx, place, step, judged);
  await checkBreaker(tx, ctx, { projectId, incidentId: incident.id, policy: storm });
}

/** A problem of its own; repaired only where the policy says that regressions are. */
async function tellJudged(
  tx: Executor,
  ctx: Context,
  place: StepPlace,
  { measure, signature }: Step,
  { incident, decision }: Judged,
): Promise<void> {
  const payload = { incidentId: incident.id };
  const { priority, severity, score, reasons, reason } = decision;
  const investigates = place.repairs && decision.worthRepair && stageIncludes(place.stage, "investigate");
  const left = incident.state === "new" ? "observe" : null;
  await changeIncident(tx, ctx, incident, {
    command: investigates ? "investigate" : left,
    patch: { ...(await keepCorrection(tx, incident.id, judgedPatch(decision))), signature },
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
