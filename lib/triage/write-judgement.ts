import type { Executor } from "../db/database.ts";
import { readAutomatic } from "../incidents/decide-correction.ts";
import {
  changeIncident,
  type Incident,
  type IncidentPatch,
  recordTimeline,
  refreshFacts,
  reopenIncident,
} from "../incidents/index.ts";
import type { TimelineEntry } from "../incidents/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { redact } from "../kernel/redact.ts";
import type { Context } from "../runtime/context.ts";
import type { Assessment } from "./decide-assessment.ts";
import type { Judgement } from "./judge-sighting.ts";
import { triageWithImpact } from "./look-at-impact.ts";
import type { Sighting } from "./look-at-source.ts";
import type { Triage, TriageFacts } from "./model.ts";
import { isNewProblem, type StormPolicy, settleBreaker, settleCorrelation } from "./settle-storm.ts";

/** Looks that alerts ask for come no closer together than this. */
const WATCH_STEP_MS = 30_000;

/** Writes what was judged, and asks for what follows, in this transaction. `storm` absent: problems stand one by one. */
export async function writeJudgement(
  tx: Executor,
  ctx: Context,
  storm: StormPolicy | undefined,
  judgement: Judgement,
): Promise<void> {
  const { incident, cause, isSymptom, judged, signature, triage } = judgement;
  const isFreed = cause !== null && !isSymptom;
  const isNew = storm !== undefined && judged.isJudged && (isFreed || isNewProblem(incident));
  const settled = isNew
    ? await settleCorrelation(tx, ctx, { incident, signature, step: judged, policy: storm })
    : { step: judged, patch: {} };
  const { step } = settled;
  const freed = isFreed ? { causeId: null, causeReason: null } : {};
  const patch = { ...composePatch(judgement, step), ...freed, ...settled.patch };
  await writeStep(tx, ctx, judgement, { step, patch, entry: triagedEntry(step, triage) });
  await tellAutomatic(tx, ctx, incident, triage);
  if (isNew && !patch.causeId) await settleBreaker(tx, ctx, incident, storm);
  await enqueueNext(tx, ctx, judgement, { step, isJoining: Boolean(patch.causeId) });
}

/** A person's word holds; what triage would say by itself is told when it changes. */
async function tellAutomatic(tx: Executor, ctx: Context, incident: Incident, triage: Judgement["triage"]) {
  const { automatic } = triage;
  if (!automatic || automatic.priority === readAutomatic(incident)?.priority) return;
  const summary = `stays ${triage.priority}, as a person said; triage by itself would now say ${automatic.priority}`;
  await recordTimeline(tx, ctx, incident.id, { kind: "triaged", summary, detail: { automatic } });
}

function composePatch({ facts, sighting, triage, incident, impact }: Judgement, step: Assessment): IncidentPatch {
  const { priority, severity, worthRepair } = triage;
  return {
    ...factsPatch(facts, sighting),
    ...(step.isJudged && { priority, severity, worthRepair }),
    ...triageWithImpact(step.isJudged ? triage : null, incident, impact),
  };
}

async function writeStep(
  tx: Executor,
  ctx: Context,
  { incident, facts }: Judgement,
  { step, patch, entry }: { step: Assessment; patch: IncidentPatch; entry: TimelineEntry | null },
): Promise<void> {
  if (step.command === "reopen" && entry !== null) {
    return reopenIncident(tx, ctx, incident, { at: new Date(facts.lastSeenAt), entry, patch });
  }
  if (step.command !== null) {
    await changeIncident(tx, ctx, incident, { command: step.command, patch, entry });
    return;
  }
  await refreshFacts(tx, incident.id, patch);
  if (entry) await recordTimeline(tx, ctx, incident.id, entry);
}

async function enqueueNext(
  tx: Executor,
  ctx: Context,
  { incident, impact, isSymptom, now }: Judgement,
  { step, isJoining }: { step: Assessment; isJoining: boolean },
): Promise<void> {
  const payload = { incidentId: incident.id };
  if (incident.state === "verifying") await watchSooner(tx, ctx, incident, now);
  // A key of its own: a look that waits for its time must not hold back the one that an alert asks for.
  if (impact.measurableAt !== null && !isJoining) {
    const key = `triage.assess-incident:${incident.id}:impact`;
    await enqueue(tx, ctx, "triage.assess-incident", payload, { key, runAt: impact.measurableAt });
  }
  if (step.command === "investigate") await enqueue(tx, ctx, "investigate.investigate-incident", payload);
  if (step.mayBeRegression) await enqueue(tx, ctx, "recovery.assess-regression", payload);
  else if (!isSymptom && !isJoining) await enqueue(tx, ctx, "alerts.update-issue", payload);
}

/** An error that comes back while its repair is watched is evidence: the next look need not wait for its time. */
function watchSooner(tx: Executor, ctx: Context, incident: Incident, now: Date): Promise<void> {
  const runAt = new Date(Math.max(now.getTime(), incident.updatedAt.getTime() + WATCH_STEP_MS));
  return enqueue(tx, ctx, "recovery.verify-recovery", { incidentId: incident.id }, { runAt });
}

/** What moves an incident by the issue's status at its source is told as such: by it, taking it back is understood. */
function triagedEntry(step: Assessment, triage: Triage): TimelineEntry | null {
  if (!step.isTold) return null;
  const status = step.command === "ignore" ? "archived" : step.command === "reopen" ? "unresolved" : null;
  if (status !== null) return { kind: "source_status", summary: step.reason, detail: { status } };
  const summary = step.isJudged ? `${triage.priority} (${triage.severity}): ${step.reason}` : step.reason;
  return { kind: "triaged", summary, detail: { score: triage.score, reasons: triage.reasons, reason: step.reason } };
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
