import { type Automatic, holdCorrection } from "../incidents/decide-correction.ts";
import { decideSuppression, type SuppressionFacts, type SuppressionPolicy } from "../incidents/decide-suppression.ts";
import { findCorrection, findIncident, findMoveInto, type Incident } from "../incidents/index.ts";
import { readSignature, type Signature } from "../incidents/read-signature.ts";
import { type Stage, stageIncludes } from "../kernel/write.ts";
import type { SessionHistory } from "../recovery/ports.ts";
import type { Context } from "../runtime/context.ts";
import { type Assessment, decideAssessment } from "./decide-assessment.ts";
import { decideRates } from "./decide-rates.ts";
import { decideTriage, TRIAGE_POLICY } from "./decide-triage.ts";
import { findDeployedBefore } from "./deployment-store.ts";
import { findTraffic } from "./find-traffic.ts";
import { type ImpactLook, lookAtImpact, tellUnknownImpact } from "./look-at-impact.ts";
import type { Sighting } from "./look-at-source.ts";
import type { ImpactOutside } from "./measure-impact.ts";
import type { Triage, TriageFacts } from "./model.ts";

export interface JudgeOutside {
  /** How much production is used, by the source's own count; null or absent where it does not know. */
  traffic?(source: string): SessionHistory | null;
  /** What the product itself counts: asked once in a while, and never needed. */
  impact: ImpactOutside;
  settings: {
    stage: Stage;
    environment: string;
    /** Absent: nothing is suppressed. */
    suppression?: SuppressionPolicy;
  };
}

/** All that a look at an error found, and what follows from it. */
export interface Judgement {
  incident: Incident;
  sighting: Sighting;
  facts: TriageFacts;
  impact: ImpactLook;
  /** Under what a person said of it, where somebody did. */
  triage: Triage & { automatic?: Automatic };
  signature: Signature;
  /** What it was a symptom of so far, and whether it still is. */
  cause: Incident | null;
  isSymptom: boolean;
  judged: Assessment;
  now: Date;
}

type Looked = Omit<Judgement, "judged">;

/** Judges what was seen of an error. Reads and asks only. */
export async function judgeSighting(
  ctx: Context,
  outside: JudgeOutside,
  seen: { incident: Incident; sighting: Sighting; now: Date },
): Promise<Judgement> {
  const { incident, sighting, now } = seen;
  const { impact, facts, triage } = await judgeFacts(ctx, outside, seen);
  const signature = readSignature({
    title: facts.title,
    event: sighting.event?.excerpt ?? sighting.alert?.event ?? null,
    release: sighting.alert?.release ?? sighting.event?.release ?? incident.release,
  });
  const cause = incident.causeId === null ? null : await findIncident(ctx.db.db, incident.causeId);
  const isSymptom = cause !== null && !isOutlived(cause, facts.lastSeenAt);
  const looked = { incident, sighting, facts, impact, triage, signature, cause, isSymptom, now };
  const isEndedAtSource = incident.state === "ignored" && (await wasEndedAtSource(ctx, incident));
  return { ...looked, judged: assess(outside, looked, isEndedAtSource) };
}

async function judgeFacts(
  ctx: Context,
  outside: JudgeOutside,
  { incident, sighting, now }: { incident: Incident; sighting: Sighting; now: Date },
) {
  const seen = triageFacts(incident, sighting, now);
  const watchedEnvironment = outside.settings.environment;
  const { isElsewhere } = sighting;
  const impact = await lookAtImpact(outside.impact, incident, { ...seen, isElsewhere, watchedEnvironment });
  const deployedAt = await findDeployedBefore(ctx.db.db, incident.projectId, new Date(seen.firstSeenAt));
  const facts = {
    ...seen,
    requestsPerHour: await findTraffic(outside.traffic?.(incident.source) ?? null, incident, watchedEnvironment, now),
    deployedAt: deployedAt?.toISOString() ?? null,
    impact: impact.fact,
  };
  const productionEnvironments = [...TRIAGE_POLICY.productionEnvironments, watchedEnvironment];
  const judged = tellUnknownImpact(decideTriage(facts, { ...TRIAGE_POLICY, productionEnvironments }), impact);
  const triage = holdCorrection(judged, await findCorrection(ctx.db.db, incident.id));
  return { impact, facts, triage };
}

function assess({ settings }: JudgeOutside, looked: Looked, isEndedAtSource: boolean): Assessment {
  const { incident, sighting, facts, triage, signature, isSymptom } = looked;
  const suppression = settings.suppression ?? null;
  return decideAssessment({
    state: incident.state,
    environment: facts.environment,
    isElsewhere: sighting.isElsewhere,
    watchedEnvironment: settings.environment,
    sourceStatus: sighting.issue?.status ?? null,
    isEndedAtSource,
    worthRepair: triage.worthRepair,
    isSymptom,
    dependency: signature.dependency,
    suppression: suppression && decideSuppression(suppressionFacts(looked), suppression),
    priority: { before: incident.priority, now: triage.priority },
    investigates: stageIncludes(settings.stage, "investigate"),
    lastSeenAt: facts.lastSeenAt,
    closedAt: incident.closedAt?.toISOString() ?? null,
    investigatedAt: typeof incident.investigation?.at === "string" ? incident.investigation.at : null,
    now: facts.now,
  });
}

/** Whether what ignored the incident was the issue's status at its source: no rule, and nobody's word here. */
async function wasEndedAtSource(ctx: Context, incident: Incident): Promise<boolean> {
  const entry = await findMoveInto(ctx.db.db, incident.id, "ignored");
  return entry?.kind === "source_status";
}

function suppressionFacts({ incident, facts, sighting, signature }: Looked): SuppressionFacts {
  const frames = (sighting.alert?.event ?? sighting.event?.excerpt)?.frames ?? [];
  return {
    titles: [facts.title],
    environment: facts.environment,
    release: signature.release,
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

function triageFacts(incident: Incident, { alert, issue, event }: Sighting, now: Date): TriageFacts {
  const handled = alert?.event?.handled ?? event?.excerpt.handled ?? null;
  const firstSeenAt = issue?.firstSeenAt ?? incident.firstSeenAt.toISOString();
  return {
    title: issue?.title ?? incident.title,
    level: issue?.level ?? alert?.level ?? incident.level,
    environment: alert?.environment ?? event?.environment ?? incident.environment,
    events: issue?.events ?? incident.events ?? 1,
    users: issue?.users ?? incident.users ?? 0,
    firstSeenAt,
    lastSeenAt: issue?.lastSeenAt ?? alert?.lastSeenAt ?? incident.lastSeenAt.toISOString(),
    now: now.toISOString(),
    unhandled: handled === null ? null : !handled,
    regression: issue?.isRegressed ?? incident.reopenedCount > 0,
    ...decideRates(issue?.stats, { firstSeenAt, now: now.toISOString() }),
    requestsPerHour: null,
    deployedAt: null,
    impact: null,
  };
}
