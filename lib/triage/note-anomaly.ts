import { findDelivery, insertIncident, linkDelivery, lockCorrelation, recordTimeline } from "../incidents/index.ts";
import type { IncidentState } from "../incidents/model.ts";
import type { AnomalySignal } from "../intake/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { oneLine } from "../kernel/quiet-text.ts";
import type { Context } from "../runtime/context.ts";
import { idFrom } from "../runtime/ids.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { listOpenIncidents } from "./metric-store.ts";

/** What somebody, or we, are at work on. What is only observed is nobody's answer to failing requests. */
const UNDER_WAY: readonly IncidentState[] = [
  "new",
  "investigating",
  "repairing",
  "in_review",
  "deploying",
  "verifying",
  "escalated",
];
const MAX_TOLD = 10;

/**
 * The host saw far more failing requests than usual. Evidence for what is under way in production; where nothing is, an
 * incident of its own for a person. The host never says that it ended: a person ends that one.
 */
export async function noteAnomaly(
  ctx: Context,
  outside: { environment: string },
  input: { deliveryId: string },
): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "anomaly") return { type: "dead", reason: "the delivery holds no anomaly" };
  const { id: deliveryId, projectId, source } = delivery;
  const { environment } = outside;
  const opened = await composeIncident(ctx, { deliveryId, projectId, source, environment, signal });
  await inTransaction(ctx, async (tx) => {
    // Alone in its project: two anomalies at once must not open two incidents.
    await lockCorrelation(tx, projectId);
    const found = await listOpenIncidents(tx, { projectId, environment, states: UNDER_WAY, limit: MAX_TOLD });
    for (const { id } of found) {
      await recordTimeline(tx, ctx, id, entryOf(signal));
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: id });
    }
    if (found.length > 0) return;
    await insertIncident(tx, opened);
    await linkDelivery(tx, deliveryId, opened.id);
    await enqueue(tx, ctx, "triage.assess-incident", { incidentId: opened.id });
  });
  return DONE;
}

function entryOf({ title, details, url }: AnomalySignal) {
  const told = details.map((detail) => oneLine(detail, 300));
  const figures = told.length > 0 ? ` (${told.join("; ").slice(0, 500)})` : "";
  const summary = `Vercel sees an error anomaly: ${oneLine(title, 200)}${figures}`;
  return { kind: "anomaly", summary, detail: { details: told }, url };
}

interface Opening {
  deliveryId: string;
  projectId: string;
  source: string;
  environment: string;
  signal: AnomalySignal;
}

/** One anomaly is one incident: what its host calls the same group may be months apart. */
async function composeIncident(ctx: Context, { deliveryId, projectId, source, environment, signal }: Opening) {
  const now = ctx.clock.now();
  const identityKey = `${source}:anomaly:${deliveryId}`;
  const at = signal.occurredAt === null ? now : new Date(signal.occurredAt);
  return {
    id: await idFrom("inc", [projectId, identityKey]),
    projectId,
    identityKey,
    source,
    kind: "metric",
    state: "new",
    title: oneLine(`Error anomaly: ${signal.title}`, 300),
    level: "fatal",
    environment,
    sourceUrl: signal.url,
    firstSeenAt: at,
    lastSeenAt: at,
    createdAt: now,
    updatedAt: now,
  };
}
