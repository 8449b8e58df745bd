import type { RawQuery } from "../db/database.ts";
import { JOBS } from "../jobs/catalog.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Id, ProjectId } from "../kernel/ids.ts";
import { coalesce } from "../runtime/coalesce.ts";
import type { NewId } from "../runtime/ids.ts";
import { idFrom } from "../runtime/ids.ts";
import { composeStoredSignal } from "./compose-stored-signal.ts";
import { decideFirstStep, type IntakeFacts } from "./decide-first-step.ts";
import type { AlertSignal, ReadDelivery, Source } from "./model.ts";
import { type IntakeRow, insertDeliveries } from "./store.ts";

/** The little that the webhook door runs on; see `RawQuery`. */
export interface IntakeContext {
  query: RawQuery;
  clock: Clock;
  newId: NewId;
}

type RowContext = Omit<IntakeContext, "query">;

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

/** Alerts of one incident that come closer together than this tell the same story; the first of them keeps it whole. */
const EXCERPT_WINDOW_MS = 10_000;
/** Incidents that one process remembers; more of them at once only means more bytes stored, and ids made again. */
const MAX_REMEMBERED = 5_000;

/** What one process remembers of the incidents that it met. */
interface Memory {
  /** The id that follows from an incident's identity; a storm asks for the same ones again and again. */
  incidentId(projectId: ProjectId, identity: string): Promise<Id<"inc">>;
  /** Whether an alert of it was stored whole just now, by this process. */
  hasRecentExcerpt(incidentId: string): boolean;
  addExcerpt(incidentId: string): void;
}

/** Puts into a map that forgets everything when it is full. */
function remember<V>(map: Map<string, V>, key: string, value: V): V {
  if (map.size >= MAX_REMEMBERED) map.clear();
  map.set(key, value);
  return value;
}

function createMemory(clock: Clock): Memory {
  const ids = new Map<string, Promise<Id<"inc">>>();
  const storedAtMs = new Map<string, number>();
  return {
    incidentId(projectId, identity) {
      const key = `${projectId} ${identity}`;
      return ids.get(key) ?? remember(ids, key, idFrom("inc", [projectId, identity]));
    },
    hasRecentExcerpt(incidentId) {
      const atMs = storedAtMs.get(incidentId);
      return atMs !== undefined && clock.now().getTime() - atMs < EXCERPT_WINDOW_MS;
    },
    addExcerpt(incidentId) {
      remember(storedAtMs, incidentId, clock.now().getTime());
    },
  };
}

/**
 * Receives verified deliveries. What arrives while one statement is in flight is stored by the next one, so a storm costs
 * one round trip a batch; each caller is answered when its own rows are committed.
 */
export function createReceiver(ctx: IntakeContext): (input: ReceiveInput) => Promise<Receipt> {
  const memory = createMemory(ctx.clock);
  const store = coalesce(async (deliveries: IntakeRow[][]) => {
    const fresh = await insertDeliveries(ctx.query, deliveries.flat(), ctx.clock.now(), memory.hasRecentExcerpt);
    // Two copies of one delivery can share a batch: the first is the delivery, the second its duplicate.
    return deliveries.map(([first]) => {
      const stored = first && fresh.get(first.deliveryId);
      if (first) fresh.delete(first.deliveryId);
      return stored ?? null;
    });
  }, MAX_BATCH);
  return async (input) => {
    const rows = await composeRows(ctx, input, memory);
    const stored = await store(rows);
    const isAccepted = stored?.outcome === "accepted";
    for (const { incident, signal } of rows) {
      if (isAccepted && incident && signal?.kind === "alert" && signal.event !== null) memory.addExcerpt(incident.id);
    }
    const [row] = rows;
    return {
      outcome: stored?.outcome ?? "duplicate",
      deliveryId: row.deliveryId,
      ...(row.incident && stored?.outcome !== "ignored" && { incidentId: row.incident.id }),
      reason: stored?.reason ?? row.reason,
    };
  };
}

/** The delivery's row, and one for each other issue that it reports. */
async function composeRows(
  ctx: IntakeContext,
  input: ReceiveInput,
  memory: Memory,
): Promise<[IntakeRow, ...IntakeRow[]]> {
  const { delivery } = input;
  const first = await composeRow(ctx, input, memory);
  if (delivery.outcome === "ignored") return [first];
  const further = (delivery.further ?? []).map((signal) => {
    const deliveryKey = `${delivery.deliveryKey}:${signal.issueId}`;
    return composeRow(ctx, { ...input, delivery: { ...delivery, deliveryKey, signal } }, memory);
  });
  const unnamed = delivery.unnamed ? [composeUnnamedRow(ctx, input, delivery.unnamed)] : [];
  return [first, ...composeAlsoRows(ctx, input, first), ...(await Promise.all([...further, ...unnamed]))];
}

/** The same delivery once more with another room's job: the statement stores it once, and queues both. */
function composeAlsoRows(ctx: RowContext, { source, delivery, facts }: ReceiveInput, first: IntakeRow): IntakeRow[] {
  if (source !== "github" || delivery.outcome === "ignored") return [];
  const step = decideFirstStep(delivery.signal, facts);
  if (step.type !== "job" || step.also === undefined) return [];
  return [{ ...first, job: jobRow(ctx, step.also, { deliveryId: first.deliveryId }, first.deliveryId) }];
}

/** A row for what the delivery only counted, with the job that finds out what it was. */
async function composeUnnamedRow(ctx: IntakeContext, input: ReceiveInput, unnamed: number): Promise<IntakeRow> {
  const { projectId, source, delivery } = input;
  const dedupeKey = `${delivery.deliveryKey}:unnamed`;
  const deliveryId = await idFrom("dlv", [projectId, source, dedupeKey]);
  return {
    deliveryId,
    projectId,
    source,
    dedupeKey,
    resource: `${delivery.resource}.unnamed`,
    outcome: "accepted",
    reason: `${unnamed} more are counted and not named: the API is asked`,
    signal: null,
    incident: null,
    job: jobRow(ctx, "intake.list-unnamed", { deliveryId }, deliveryId),
  };
}

export interface ReceiveInput {
  projectId: ProjectId;
  source: Source;
  delivery: AcceptedDelivery;
  facts: IntakeFacts;
  /** How we learnt of it; a webhook unless it says otherwise. */
  via?: "webhook" | "poll";
}

async function composeRow(
  ctx: RowContext,
  { projectId, source, delivery, facts, via = "webhook" }: ReceiveInput,
  memory: Memory,
): Promise<IntakeRow> {
  const deliveryId = await idFrom("dlv", [projectId, source, delivery.deliveryKey]);
  const base = {
    deliveryId,
    projectId,
    source,
    dedupeKey: delivery.deliveryKey,
    resource: delivery.resource,
    via,
    incident: null,
    job: null,
  };
  const stored = (withExcerpt: boolean) => composeStoredSignal(delivery.signal, { withExcerpt });
  if (delivery.outcome === "ignored") return { ...base, outcome: "ignored", reason: delivery.reason, signal: null };
  const step = decideFirstStep(delivery.signal, facts);
  const { reason } = step;
  if (step.type === "ignore") return { ...base, outcome: "ignored", reason, signal: stored(true) };
  if (step.type === "store") return { ...base, outcome: "accepted", reason, signal: stored(true) };
  const accepted = { ...base, ...senderOf(delivery, facts), outcome: "accepted", reason } as const;
  if (step.type === "job") {
    const job = jobRow(ctx, step.job, { deliveryId }, deliveryId);
    const about = step.identity === undefined ? {} : { incidentId: await memory.incidentId(projectId, step.identity) };
    return { ...accepted, ...about, signal: stored(true), job };
  }
  const incidentId = await memory.incidentId(projectId, step.identity);
  const isKnown = memory.hasRecentExcerpt(incidentId);
  return {
    ...accepted,
    signal: stored(!isKnown),
    incident: isKnown ? { id: incidentId } : incidentRow(ctx, incidentId, step.identity, step.environment, step.signal),
    job: jobRow(ctx, "triage.assess-incident", { incidentId }, incidentId),
  };
}

/** What the statement needs to know another organisation's deliveries by; nothing where either is unknown. */
function senderOf(delivery: AcceptedDelivery, { organization }: IntakeFacts) {
  const installation = delivery.outcome === "accepted" ? delivery.installationId : undefined;
  return installation && organization ? { installation, organization } : {};
}

function jobRow(ctx: RowContext, name: keyof typeof JOBS, payload: Record<string, unknown>, id: string) {
  return { id: ctx.newId("job"), name, payload, key: `${name}:${id}`, maxAttempts: JOBS[name].maxAttempts };
}

function incidentRow(ctx: RowContext, id: string, identityKey: string, environment: string, signal: AlertSignal) {
  const now = ctx.clock.now().toISOString();
  const seenAt = signal.lastSeenAt ?? signal.event?.occurredAt ?? now;
  return {
    id,
    identityKey,
    kind: signal.problem ?? "error",
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

/** One delivery's row by itself, with its excerpt, for who stores it by a statement of their own. */
export function composeSingleRow(ctx: RowContext, input: ReceiveInput): Promise<IntakeRow> {
  return composeRow(ctx, input, createMemory(ctx.clock));
}
