import { readAutomatic } from "../incidents/decide-correction.ts";
import { decideQuietTime, type SuppressionPolicy } from "../incidents/decide-suppression.ts";
import {
  changeIncident,
  findDelivery,
  findIncident,
  type Incident,
  type IncidentPatch,
  keepCorrection,
} from "../incidents/index.ts";
import type { IncidentCommand } from "../incidents/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { oneLine } from "../kernel/quiet-text.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { decideMetric, type MetricFacts, type MetricStep } from "./decide-metric.ts";
import { findNewestReading } from "./metric-store.ts";

type Reading = NonNullable<Awaited<ReturnType<typeof findNewestReading>>>;

/** A number is well again: looks at the incident of its rule, where there is one. */
export async function noteMetric(
  ctx: Context,
  outside: Pick<SuppressionPolicy, "maintenance">,
  input: { deliveryId: string },
): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  if (delivery?.signal?.kind !== "metric_alert") return { type: "dead", reason: "the delivery holds no metric alert" };
  const incident = delivery.incidentId === null ? null : await findIncident(ctx.db.db, delivery.incidentId);
  return incident === null ? DONE : assessMetric(ctx, outside, incident);
}

/** Brings an incident of a number over its threshold in line with what its source said last. */
export async function assessMetric(
  ctx: Context,
  { maintenance }: Pick<SuppressionPolicy, "maintenance">,
  incident: Incident,
): Promise<JobOutcome> {
  const reading = await findNewestReading(ctx.db.db, incident.id);
  const now = ctx.clock.now();
  const quietFacts = { snoozedUntil: incident.snoozedUntil?.toISOString() ?? null, now: now.toISOString() };
  const step = decideMetric({
    state: incident.state,
    priority: readAutomatic(incident)?.priority ?? null,
    reading: reading && readingOf(reading),
    quiet: decideQuietTime(quietFacts, { maintenance }),
  });
  if (reading === null || (step.reason === null && step.lookAgainMinutes === null)) return DONE;
  const payload = { incidentId: incident.id };
  await inTransaction(ctx, async (tx) => {
    if (step.reason !== null) {
      const { details, patch } = composeChange(incident, step, reading, now);
      const kind = (step.command && KINDS[step.command]) ?? "triaged";
      const entry = { kind, summary: step.reason, detail: { details }, url: reading.url };
      const held = await keepCorrection(tx, incident.id, patch);
      await changeIncident(tx, ctx, incident, { command: step.command, patch: held, entry });
      if (step.command !== "observe") await enqueue(tx, ctx, "alerts.update-issue", payload);
    }
    if (step.lookAgainMinutes === null) return;
    const runAt = new Date(now.getTime() + step.lookAgainMinutes * 60_000);
    // A key of its own: a look that waits for its time must not hold back the one that the source asks for.
    const key = `triage.assess-incident:${incident.id}:metric`;
    await enqueue(tx, ctx, "triage.assess-incident", payload, { key, runAt });
  });
  return DONE;
}

const KINDS: Partial<Record<IncidentCommand, string>> = {
  escalate: "escalated",
  recover: "recovered",
  reopen: "reopened",
};

function readingOf(signal: Reading): MetricFacts["reading"] {
  const name = `"${oneLine(signal.title, 200)}"`;
  return { status: signal.kind === "metric_alert" ? signal.status : "critical", name };
}

function composeChange(
  incident: Incident,
  { command, rank, reason }: MetricStep,
  reading: Reading,
  now: Date,
): { details: string[]; patch: IncidentPatch } {
  const told = reading.kind === "anomaly" ? reading.details : reading.description === null ? [] : [reading.description];
  const details = told.map((text) => oneLine(text, 500));
  const patch: IncidentPatch = {
    title: oneLine(incident.title, 300),
    worthRepair: false,
    ...(rank && {
      ...rank,
      level: rank.priority === "P1" ? "fatal" : "warning",
      triage: { reasons: [reason, ...details] },
    }),
    ...(rank && { lastSeenAt: reading.occurredAt === null ? now : new Date(reading.occurredAt) }),
    ...(reading.url !== null && { sourceUrl: reading.url }),
    ...(command === "recover" && { closedAt: now }),
    ...(command === "reopen" && { closedAt: null, reopenedAt: now, reopenedCount: incident.reopenedCount + 1 }),
  };
  return { details, patch };
}
