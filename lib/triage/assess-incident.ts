import {
  changeIncident,
  findLatestAlert,
  getIncident,
  type Incident,
  type IncidentPatch,
  recordTimeline,
  refreshFacts,
} from "../incidents/index.ts";
import type { AlertSignal } from "../intake/model.ts";
import type { ErrorSource, SourceEvent, SourceIssue } from "../investigate/ports.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { redact } from "../kernel/redact.ts";
import { type Stage, stageIncludes } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { decideAssessment } from "./decide-assessment.ts";
import { decideTriage, TRIAGE_POLICY } from "./decide-triage.ts";
import type { TriageFacts } from "./model.ts";

export interface TriageOutside {
  /** Sentry's API; null where it is not configured. Without it, and for other sources, the alerts are all there is. */
  errors: ErrorSource | null;
  settings: { stage: Stage; environment: string };
}

/** What is known of the incident now: the source's own word where it can be asked, else its newest alert. */
interface Sighting {
  alert: AlertSignal | null;
  issue: SourceIssue | null;
  event: SourceEvent | null;
  /** The alert names no environment, and the source has no event from the one that is watched. */
  isElsewhere: boolean;
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
  const sighting = await look(ctx, outside, incident);
  const now = ctx.clock.now();
  if (sighting.isElsewhere && now.getTime() - incident.createdAt.getTime() < INGEST_MS) {
    return { type: "retry", reason: "the source has no event from the watched environment yet", afterMs: 5_000 };
  }
  const facts = triageFacts(incident, sighting, now);
  const productionEnvironments = [...TRIAGE_POLICY.productionEnvironments, outside.settings.environment];
  const triage = decideTriage(facts, { ...TRIAGE_POLICY, productionEnvironments });
  const step = decideAssessment({
    state: incident.state,
    environment: facts.environment,
    isElsewhere: sighting.isElsewhere,
    watchedEnvironment: outside.settings.environment,
    sourceStatus: sighting.issue?.status ?? null,
    worthRepair: triage.worthRepair,
    priority: { before: incident.priority, now: triage.priority },
    investigates: stageIncludes(outside.settings.stage, "investigate"),
    lastSeenAt: facts.lastSeenAt,
    closedAt: incident.closedAt?.toISOString() ?? null,
  });
  const patch = { ...factsPatch(facts, sighting), ...(step.isJudged && judgedPatch(triage)) };
  const summary = step.isJudged ? `${triage.priority} (${triage.severity}): ${step.reason}` : step.reason;
  const entry = step.isTold
    ? { kind: "triaged", summary, detail: { score: triage.score, reasons: triage.reasons, reason: step.reason } }
    : null;
  await inTransaction(ctx, async (tx) => {
    if (step.command !== null) await changeIncident(tx, ctx, incident, { command: step.command, patch, entry });
    else {
      await refreshFacts(tx, incident.id, patch);
      if (entry) await recordTimeline(tx, ctx, incident.id, entry);
    }
    const payload = { incidentId: incident.id };
    // An error that comes back while its repair is watched is evidence: the next look need not wait for its time.
    if (incident.state === "verifying") {
      const runAt = new Date(Math.max(now.getTime(), incident.updatedAt.getTime() + WATCH_STEP_MS));
      await enqueue(tx, ctx, "recovery.verify-recovery", payload, { runAt });
    }
    if (step.command === "investigate") await enqueue(tx, ctx, "investigate.investigate-incident", payload);
    if (step.mayBeRegression) await enqueue(tx, ctx, "recovery.assess-regression", payload);
    if (step.command !== "ignore" && !step.mayBeRegression) await enqueue(tx, ctx, "alerts.update-issue", payload);
  });
  return DONE;
}

async function look(ctx: Context, outside: TriageOutside, incident: Incident): Promise<Sighting> {
  const delivery = await findLatestAlert(ctx.db.db, incident.id);
  const alert = delivery?.signal?.kind === "alert" ? delivery.signal : null;
  if (outside.errors === null || incident.source !== "sentry" || incident.sourceIssueId === null)
    return { alert, issue: null, event: null, isElsewhere: false };
  const issue = await outside.errors.findIssue(incident.sourceIssueId);
  // Lifecycle webhooks (issue.created) carry no event, and so neither environment nor `handled`.
  const event = alert?.event ? null : await outside.errors.findLatestEvent(incident.sourceIssueId);
  const isElsewhere = issue !== null && event === null && !alert?.event && !alert?.environment;
  return { alert, issue, event, isElsewhere };
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
  return { priority, severity, worthRepair, triage: { ...triage } };
}
