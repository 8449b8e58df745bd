import type { Executor } from "../db/database.ts";
import { decideQuietTime, type SuppressionPolicy } from "../incidents/decide-suppression.ts";
import {
  changeIncident,
  type Incident,
  type IncidentPatch,
  keepCorrection,
  recordTimeline,
  refreshFacts,
} from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { readMonitorId } from "../kernel/sources.ts";
import type { HealthProbe } from "../recovery/ports.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { decideOutage, type OutageStep } from "./decide-outage.ts";
import { type ImpactReading, readImpactReading } from "./impact-model.ts";
import { type ImpactOutside, measureImpact } from "./measure-impact.ts";
import type { Monitor, MonitorSource } from "./ports.ts";

export interface MonitorsAndHealth {
  /** The source's monitors; null where it is not configured. */
  monitors(source: string): MonitorSource | null;
  health: HealthProbe;
}

export interface OutageOutside extends MonitorsAndHealth {
  impact: ImpactOutside;
  maintenance: SuppressionPolicy["maintenance"];
}

const MINUTE_MS = 60_000;

/** Looks whether the site of an outage is down now: asks its monitor and the target itself. A message alone moves nothing. */
export async function assessOutage(ctx: Context, outside: OutageOutside, incident: Incident): Promise<JobOutcome> {
  const monitorId = readMonitorId(incident.sourceIssueId);
  const monitors = outside.monitors(incident.source);
  const monitor = monitors && monitorId !== null ? await monitors.findMonitor(monitorId) : null;
  const health = monitor === null ? null : await outside.health.check();
  const now = ctx.clock.now();
  const openedAt = incident.reopenedAt ?? incident.createdAt;
  const step = decideOutage({
    state: incident.state,
    monitor,
    probe: health?.status ?? "skipped",
    ageMinutes: (now.getTime() - openedAt.getTime()) / MINUTE_MS,
    quiet: decideQuietTime(
      { snoozedUntil: incident.snoozedUntil?.toISOString() ?? null, now: now.toISOString() },
      outside,
    ),
  });
  if (step.command === null && step.lookAgainMinutes === null) return DONE;
  const since = sinceOf(monitor) ?? incident.reopenedAt ?? incident.firstSeenAt;
  const isTold = step.command === "escalate" || (incident.state === "escalated" && monitor?.isUp === false);
  const impact = isTold ? await lookAtOutageImpact(outside.impact, incident, since, now) : null;
  const entry = { detail: { monitor, health }, since };
  await inTransaction(ctx, (tx) => writeOutage(tx, ctx, incident, { step, impact, ...entry, now }));
  return DONE;
}

/** Since when its monitor says what it says, or null where it does not tell. */
function sinceOf(monitor: Monitor | null): Date | null {
  const sinceMs = Date.parse(monitor?.since ?? "");
  return Number.isNaN(sinceMs) ? null : new Date(sinceMs);
}

interface OutageImpact {
  reading: ImpactReading;
  /** It was asked afresh; what it says is another thing than before. */
  isFresh: boolean;
  isNews: boolean;
}

/** What the product suffers since the site went down. A reading of an earlier outage says nothing about this one. */
async function lookAtOutageImpact(
  outside: ImpactOutside,
  incident: Incident,
  since: Date,
  now: Date,
): Promise<OutageImpact> {
  const stored = readImpactReading(incident.triage);
  const kept = stored !== null && Date.parse(stored.readAt) >= since.getTime() ? stored : null;
  const began = since.toISOString();
  const facts = { now: now.toISOString(), firstSeenAt: began, openedAt: began, reopenedAt: began };
  const { reading } = await measureImpact(outside, facts, kept);
  return { reading, isFresh: reading.summary !== kept?.summary, isNews: verdictOf(reading) !== verdictOf(kept) };
}

function verdictOf(reading: ImpactReading | null): string | null {
  if (reading === null) return null;
  return reading.impact.status === "measured" ? reading.impact.level : reading.summary;
}

interface OutageLook {
  step: OutageStep;
  impact: OutageImpact | null;
  detail: Record<string, unknown>;
  since: Date;
  now: Date;
}

async function writeOutage(
  tx: Executor,
  ctx: Context,
  incident: Incident,
  { step, impact, detail, since, now }: OutageLook,
): Promise<void> {
  const payload = { incidentId: incident.id };
  if (step.command !== null && step.reason !== null) {
    const entry = { kind: KINDS[step.command] ?? "triaged", summary: step.reason, detail };
    const patch = await keepCorrection(tx, incident.id, patchOf(incident, step, { impact, since, now }));
    await changeIncident(tx, ctx, incident, { command: step.command, patch, entry });
    if (step.command !== "observe") await enqueue(tx, ctx, "alerts.update-issue", payload);
  } else if (impact?.isFresh) {
    await refreshFacts(tx, incident.id, { triage: { ...incident.triage, impact: impact.reading } });
    const summary = `product impact since it is down: ${impact.reading.summary}`;
    if (impact.isNews) await recordTimeline(tx, ctx, incident.id, { kind: "impact", summary });
    await enqueue(tx, ctx, "alerts.update-issue", payload);
  }
  if (step.lookAgainMinutes === null) return;
  const runAt = new Date(now.getTime() + step.lookAgainMinutes * MINUTE_MS);
  // A key of its own: a look that waits for its time must not hold back the one that an alert asks for.
  const key = `triage.assess-incident:${incident.id}:outage`;
  await enqueue(tx, ctx, "triage.assess-incident", payload, { key, runAt });
}

const KINDS: Partial<Record<NonNullable<OutageStep["command"]>, string>> = {
  escalate: "escalated",
  recover: "recovered",
  reopen: "reopened",
};

function patchOf(
  incident: Incident,
  { command, reason }: OutageStep,
  { impact, since, now }: Pick<OutageLook, "impact" | "since" | "now">,
): IncidentPatch {
  switch (command) {
    case "escalate":
      return {
        priority: "P1",
        severity: "high",
        worthRepair: false,
        triage: { reasons: [reason], ...(impact && { impact: impact.reading }) },
        firstSeenAt: since,
        lastSeenAt: now,
      };
    case "recover":
      return { closedAt: now };
    case "reopen":
      return { closedAt: null, reopenedAt: now, reopenedCount: incident.reopenedCount + 1 };
    default:
      return {};
  }
}
