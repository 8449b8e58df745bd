import {
  changeIncident,
  findIncident,
  getIncident,
  type Incident,
  type IncidentPatch,
  recordTimeline,
  refreshFacts,
} from "../incidents/index.ts";
import { readSignature, type Signature } from "../incidents/read-signature.ts";
import type { ErrorSource } from "../investigate/ports.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { redact } from "../kernel/redact.ts";
import { type Stage, stageIncludes } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { assessOutage, type OutageOutside } from "./assess-outage.ts";
import { type Assessment, decideAssessment } from "./decide-assessment.ts";
import { decideSuppression, type SuppressionFacts, type SuppressionPolicy } from "./decide-suppression.ts";
import { decideTriage, TRIAGE_POLICY } from "./decide-triage.ts";
import { lookAtImpact, tellUnknownImpact, triageWithImpact } from "./look-at-impact.ts";
import { lookAtSource, type Sighting } from "./look-at-source.ts";
import type { ImpactOutside } from "./measure-impact.ts";
import type { Triage, TriageFacts } from "./model.ts";
import { noteUnproven } from "./note-unproven.ts";
import { isNewProblem, type StormPolicy, settleBreaker, settleCorrelation } from "./settle-storm.ts";

export interface TriageOutside {
  /** A source's API; null where it is not configured. Without it, signed alerts are all there is. */
  errors(source: string): ErrorSource | null;
  outages: OutageOutside;
  /** What the product itself counts: asked once in a while, and never needed. */
  impact: ImpactOutside;
  settings: {
    stage: Stage;
    environment: string;
    /** Absent: nothing is suppressed. */
    suppression?: SuppressionPolicy;
    /** Absent: problems are judged one by one. */
    storm?: StormPolicy;
  };
}

/** Looks that alerts ask for come no closer together than this. */
const WATCH_STEP_MS = 30_000;

/** A source may tell of an issue before its first event can be read. */
const INGEST_MS = 15_000;

/**
 * Judges how bad an incident is from what is true now, and decides what follows. Runs for the first alert and again for
 * later ones, many alerts at a time: the present state is read, never added up from webhooks.
 */
export async function assessIncident(
  ctx: Context,
  outside: TriageOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  if (incident.kind === "uptime") return assessOutage(ctx, outside.outages, incident);
  // Its own figures judge it, not events: see lib/performance.
  if (incident.kind === "performance") return DONE;
  const sighting = await lookAtSource(ctx, outside.errors(incident.source), incident);
  if (sighting.unproven !== null) return noteUnproven(ctx, incident, sighting.unproven);
  const now = ctx.clock.now();
  if (sighting.isElsewhere && now.getTime() - incident.createdAt.getTime() < INGEST_MS) {
    return { type: "retry", reason: "the source has no event from the watched environment yet", afterMs: 5_000 };
  }
  const seen = triageFacts(incident, sighting, now);
  const { isElsewhere } = sighting;
  const watchedEnvironment = outside.settings.environment;
  const impact = await lookAtImpact(outside.impact, incident, { ...seen, isElsewhere, watchedEnvironment });
  const facts = { ...seen, impact: impact.fact };
  const productionEnvironments = [...TRIAGE_POLICY.productionEnvironments, outside.settings.environment];
  const triage = tellUnknownImpact(decideTriage(facts, { ...TRIAGE_POLICY, productionEnvironments }), impact);
  const signature = readSignature({
    title: facts.title,
    event: sighting.event?.excerpt ?? sighting.alert?.event ?? null,
    release: sighting.alert?.release ?? sighting.event?.release ?? incident.release,
  });
  const cause = incident.causeId === null ? null : await findIncident(ctx.db.db, incident.causeId);
  const isSymptom = cause !== null && !isOutlived(cause, facts.lastSeenAt);
  const suppression = outside.settings.suppression ?? null;
  const judged = decideAssessment({
    state: incident.state,
    environment: facts.environment,
    isElsewhere,
    watchedEnvironment,
    sourceStatus: sighting.issue?.status ?? null,
    worthRepair: triage.worthRepair,
    isSymptom,
    dependency: signature.dependency,
    suppression: suppression && decideSuppression(suppressionFacts(incident, facts, sighting, signature), suppression),
    priority: { before: incident.priority, now: triage.priority },
    investigates: stageIncludes(outside.settings.stage, "investigate"),
    lastSeenAt: facts.lastSeenAt,
    closedAt: incident.closedAt?.toISOString() ?? null,
    investigatedAt: typeof incident.investigation?.at === "string" ? incident.investigation.at : null,
    now: facts.now,
  });
  const { storm } = outside.settings;
  await inTransaction(ctx, async (tx) => {
    const isFreed = cause !== null && !isSymptom;
    const isNew = storm !== undefined && judged.isJudged && (isFreed || isNewProblem(incident));
    const settled = isNew
      ? await settleCorrelation(tx, ctx, { incident, signature, step: judged, policy: storm })
      : { step: judged, patch: {} };
    const { step } = settled;
    const freed = isFreed ? { causeId: null, causeReason: null } : {};
    const patch = {
      ...factsPatch(facts, sighting),
      ...(step.isJudged && judgedPatch(triage)),
      ...triageWithImpact(step.isJudged ? triage : null, incident, impact),
      ...freed,
      ...settled.patch,
    };
    const entry = triagedEntry(step, triage);
    if (step.command !== null) await changeIncident(tx, ctx, incident, { command: step.command, patch, entry });
    else {
      await refreshFacts(tx, incident.id, patch);
      if (entry) await recordTimeline(tx, ctx, incident.id, entry);
    }
    if (isNew && !patch.causeId) await settleBreaker(tx, ctx, incident, storm);
    const payload = { incidentId: incident.id };
    // An error that comes back while its repair is watched is evidence: the next look need not wait for its time.
    if (incident.state === "verifying") {
      const runAt = new Date(Math.max(now.getTime(), incident.updatedAt.getTime() + WATCH_STEP_MS));
      await enqueue(tx, ctx, "recovery.verify-recovery", payload, { runAt });
    }
    // A key of its own: a look that waits for its time must not hold back the one that an alert asks for.
    if (impact.measurableAt !== null && !patch.causeId) {
      const key = `triage.assess-incident:${incident.id}:impact`;
      await enqueue(tx, ctx, "triage.assess-incident", payload, { key, runAt: impact.measurableAt });
    }
    if (step.command === "investigate") await enqueue(tx, ctx, "investigate.investigate-incident", payload);
    if (step.mayBeRegression) await enqueue(tx, ctx, "recovery.assess-regression", payload);
    if (!step.mayBeRegression && !isSymptom && !patch.causeId) await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}

function suppressionFacts(
  incident: Incident,
  facts: TriageFacts,
  sighting: Sighting,
  { release }: Signature,
): SuppressionFacts {
  const frames = (sighting.alert?.event ?? sighting.event?.excerpt)?.frames ?? [];
  return {
    title: facts.title,
    environment: facts.environment,
    release,
    paths: frames.flatMap((frame) => (frame.inApp !== false && frame.filename ? [frame.filename] : [])),
    events: facts.events,
    users: facts.users,
    snoozedUntil: incident.snoozedUntil?.toISOString() ?? null,
    reopenedCount: incident.reopenedCount,
    now: facts.now,
  };
}

/** A symptom that is seen after its cause ended is a problem of its own. */
function isOutlived(cause: Incident, lastSeenAt: string): boolean {
  const hasEnded = cause.state === "recovered" || cause.state === "ignored";
  return hasEnded && cause.closedAt !== null && Date.parse(lastSeenAt) > cause.closedAt.getTime();
}

function triagedEntry(step: Assessment, triage: Triage) {
  if (!step.isTold) return null;
  const summary = step.isJudged ? `${triage.priority} (${triage.severity}): ${step.reason}` : step.reason;
  return { kind: "triaged", summary, detail: { score: triage.score, reasons: triage.reasons, reason: step.reason } };
}

function triageFacts(incident: Incident, { alert, issue, event }: Sighting, now: Date): TriageFacts {
  const handled = alert?.event?.handled ?? event?.excerpt.handled ?? null;
  return {
    title: issue?.title ?? incident.title,
    level: issue?.level ?? alert?.level ?? incident.level,
    environment: alert?.environment ?? event?.environment ?? incident.environment,
    events: issue?.events ?? incident.events ?? 1,
    users: issue?.users ?? incident.users ?? 0,
    firstSeenAt: issue?.firstSeenAt ?? incident.firstSeenAt.toISOString(),
    lastSeenAt: issue?.lastSeenAt ?? alert?.lastSeenAt ?? incident.lastSeenAt.toISOString(),
    now: now.toISOString(),
    unhandled: handled === null ? null : !handled,
    regression: issue?.isRegressed ?? incident.reopenedCount > 0,
    baselineEventsPerHour: null,
    impact: null,
  };
}

function factsPatch(facts: TriageFacts, { alert, issue, event }: Sighting): IncidentPatch {
  const release = alert?.release ?? event?.release;
  return {
    title: redact(facts.title.slice(0, 300)).text,
    level: facts.level,
    events: facts.events,
    users: facts.users,
    firstSeenAt: new Date(facts.firstSeenAt),
    lastSeenAt: new Date(facts.lastSeenAt),
    ...(release && { release }),
    ...(issue?.shortId && { sourceShortId: issue.shortId }),
    ...(issue?.url && { sourceUrl: issue.url }),
    ...(issue?.culprit && { culprit: issue.culprit }),
  };
}

function judgedPatch(triage: ReturnType<typeof decideTriage>): IncidentPatch {
  const { priority, severity, worthRepair } = triage;
  return { priority, severity, worthRepair };
}
