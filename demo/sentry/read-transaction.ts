import * as z from "zod";

/** One span as Sentry's span dataset keeps it. Times are milliseconds. */
export interface StoredSpan {
  id: string;
  traceId: string;
  /** The event that brought it. */
  eventId: string;
  transaction: string;
  op: string;
  description: string;
  isTransaction: boolean;
  /** The end of the span. */
  timestampMs: number;
  durationMs: number;
  release: string | null;
  environment: string | null;
}

const spanSchema = z.looseObject({
  span_id: z.string(),
  op: z.string().nullish(),
  description: z.string().nullish(),
  start_timestamp: z.number(),
  timestamp: z.number().nullish(),
});

/** A `transaction` envelope item as the Node SDK sends it (develop.sentry.dev, transaction payloads). */
const transactionSchema = z.looseObject({
  event_id: z.string().regex(/^[0-9a-f]{32}$/),
  transaction: z.string(),
  start_timestamp: z.number(),
  timestamp: z.number(),
  release: z.string().nullish(),
  environment: z.string().nullish(),
  contexts: z.looseObject({
    trace: z.looseObject({ trace_id: z.string(), span_id: z.string(), op: z.string().nullish() }),
  }),
  spans: z.array(spanSchema).nullish(),
});

/** Relay drops what ended longer ago than this, or lies ahead of its own clock by more than a minute. */
const OLDEST_MS = 30 * 24 * 3_600_000;
const AHEAD_MS = 60_000;

/** The spans of a transaction, itself first; none for one from outside the time that is taken. */
export function readTransaction(item: unknown, receivedMs: number): StoredSpan[] {
  const event = transactionSchema.parse(item);
  const endMs = event.timestamp * 1_000;
  if (endMs < receivedMs - OLDEST_MS || endMs > receivedMs + AHEAD_MS) return [];
  const shared = {
    traceId: event.contexts.trace.trace_id,
    eventId: event.event_id,
    transaction: event.transaction,
    release: event.release ?? null,
    environment: event.environment ?? null,
  };
  const segment: StoredSpan = {
    ...shared,
    id: event.contexts.trace.span_id,
    op: event.contexts.trace.op ?? "default",
    description: event.transaction,
    isTransaction: true,
    timestampMs: endMs,
    durationMs: (event.timestamp - event.start_timestamp) * 1_000,
  };
  const children = (event.spans ?? []).flatMap((span): StoredSpan[] => {
    if (typeof span.timestamp !== "number") return [];
    const durationMs = (span.timestamp - span.start_timestamp) * 1_000;
    const { op, description } = { op: span.op ?? "default", description: span.description ?? "" };
    return [
      {
        ...shared,
        id: span.span_id,
        op,
        description,
        isTransaction: false,
        timestampMs: span.timestamp * 1_000,
        durationMs,
      },
    ];
  });
  return [segment, ...children];
}
