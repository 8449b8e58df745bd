import type { RawQuery } from "../db/database.ts";
import { JOBS } from "../jobs/catalog.ts";
import type { Clock } from "../kernel/clock.ts";
import type { ProjectId } from "../kernel/ids.ts";
import { redact } from "../kernel/redact.ts";
import { coalesce } from "../runtime/coalesce.ts";
import type { NewId } from "../runtime/ids.ts";
import { idFrom } from "../runtime/ids.ts";
import { decideFirstStep, type IntakeFacts } from "./decide-first-step.ts";
import type { AlertSignal, ReadDelivery, Source } from "./model.ts";
import { type IntakeRow, insertDeliveries } from "./store.ts";

/** The little that the webhook door runs on; see `RawQuery`. */
export interface IntakeContext {
  query: RawQuery;
  clock: Clock;
  newId: NewId;
}

export type AcceptedDelivery = Extract<ReadDelivery, { outcome: "accepted" | "ignored" }>;

/** What the sender is told: accepted, ignored (stored with its reason), or a duplicate of what is stored. */
export interface Receipt {
  outcome: "accepted" | "ignored" | "duplicate";
  deliveryId: string;
  incidentId?: string;
  reason: string;
}

/** Several hundred rows a statement keep a batch of 20 KB alerts well under Neon's request limit. */
const MAX_BATCH = 200;

/**
 * Receives verified deliveries. What arrives while one statement is in flight is stored by the next one, so a storm costs
 * one round trip a batch; each caller is answered when its own rows are committed.
 */
export function createReceiver(ctx: IntakeContext): (input: ReceiveInput) => Promise<Receipt> {
  const store = coalesce(async (deliveries: IntakeRow[][]) => {
    const fresh = await insertDeliveries(ctx.query, deliveries.flat(), ctx.clock.now());
    // Two copies of one delivery can share a batch: the first is the delivery, the second its duplicate.
    return deliveries.map(([first]) => first !== undefined && fresh.delete(first.deliveryId));
  }, MAX_BATCH);
  return async (input) => {
    const [row, further] = await Promise.all([composeRow(ctx, input), composeFurtherRows(ctx, input)]);
    const isNew = await store([row, ...further]);
    return {
      outcome: isNew ? row.outcome : "duplicate",
      deliveryId: row.deliveryId,
      ...(row.incident && { incidentId: row.incident.id }),
      reason: row.reason,
    };
  };
}

/** The other issues that the same delivery reports, each stored as a delivery of its own beside the first. */
function composeFurtherRows(ctx: IntakeContext, input: ReceiveInput): Promise<IntakeRow[]> {
  const { delivery } = input;
  if (delivery.outcome === "ignored" || !delivery.further) return Promise.resolve([]);
  const { further, ...first } = delivery;
  const rows = further.map((signal) => {
    const deliveryKey = `${delivery.deliveryKey}:${signal.issueId}`;
    return composeRow(ctx, { ...input, delivery: { ...first, deliveryKey, signal } });
  });
  return Promise.all(rows);
}

export interface ReceiveInput {
  projectId: ProjectId;
  source: Source;
  delivery: AcceptedDelivery;
  facts: IntakeFacts;
}

async function composeRow(
  ctx: IntakeContext,
  { projectId, source, delivery, facts }: ReceiveInput,
): Promise<IntakeRow> {
  const deliveryId = await idFrom("dlv", [projectId, source, delivery.deliveryKey]);
  const base = {
    deliveryId,
    projectId,
    source,
    dedupeKey: delivery.deliveryKey,
    resource: delivery.resource,
    signal: delivery.signal,
    incident: null,
    job: null,
  };
  if (delivery.outcome === "ignored") return { ...base, outcome: "ignored", reason: delivery.reason };
  const step = decideFirstStep(delivery.signal, facts);
  const { reason } = step;
  if (step.type === "ignore") return { ...base, outcome: "ignored", reason };
  if (step.type === "store") return { ...base, outcome: "accepted", reason };
  if (step.type === "job") {
    return { ...base, outcome: "accepted", reason, job: jobRow(ctx, step.job, { deliveryId }, deliveryId) };
  }
  const incidentId = await idFrom("inc", [projectId, step.identity]);
  return {
    ...base,
    outcome: "accepted",
    reason,
    incident: incidentRow(ctx, incidentId, step.identity, step.environment, step.signal),
    job: jobRow(ctx, "triage.assess-incident", { incidentId }, incidentId),
  };
}

function jobRow(ctx: IntakeContext, name: keyof typeof JOBS, payload: Record<string, unknown>, id: string) {
  return { id: ctx.newId("job"), name, payload, key: `${name}:${id}`, maxAttempts: JOBS[name].maxAttempts };
}

function incidentRow(ctx: IntakeContext, id: string, identityKey: string, environment: string, signal: AlertSignal) {
  const now = ctx.clock.now().toISOString();
  const seenAt = signal.lastSeenAt ?? signal.event?.occurredAt ?? now;
  return {
    id,
    identityKey,
    kind: "error",
    // A cut inside a pair of surrogates leaves half a character, which Postgres refuses.
    title: signal.title.slice(0, 300).toWellFormed(),
    culprit: signal.culprit,
    level: signal.level,
    environment,
    release: signal.release,
    sourceIssueId: signal.issueId,
    sourceShortId: signal.shortId,
    sourceUrl: signal.url,
    events: signal.events,
    users: signal.users,
    firstSeenAt: signal.firstSeenAt ?? seenAt,
    lastSeenAt: seenAt,
  };
}
