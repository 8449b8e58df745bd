import * as z from "zod";
import type { EventExcerpt, Frame } from "../../intake/model.ts";
import type { Breadcrumb, SourceEvent } from "../../investigate/ports.ts";

const text = z.string().nullish().catch(null);
const number = z.number().int().nullish().catch(null);

const frameSchema = z.object({
  filename: text,
  absPath: text,
  module: text,
  function: text,
  lineNo: number,
  colNo: number,
  inApp: z.boolean().nullish().catch(null),
  context: z
    .array(z.tuple([z.number(), z.string().nullable()]))
    .nullish()
    .catch(null),
});
const stacktraceSchema = z.object({ frames: z.array(frameSchema).nullish() }).nullish();
const exceptionSchema = z.object({
  type: text,
  value: text,
  mechanism: z.object({ handled: z.boolean().nullish().catch(null) }).nullish(),
  stacktrace: stacktraceSchema,
});
const threadSchema = z.object({
  crashed: z.boolean().nullish(),
  current: z.boolean().nullish(),
  stacktrace: stacktraceSchema,
});

/** An event of Sentry's Web API, whose entries are camelCase (webhooks are snake_case), as far as it is read. */
export const sentryEventSchema = z.object({
  eventID: z.string(),
  dateCreated: text,
  platform: text,
  message: text,
  metadata: z.object({ type: text, value: text }).partial().nullish().catch(null),
  tags: z.array(z.object({ key: z.string(), value: z.string().nullable() })).default([]),
  entries: z.array(z.object({ type: z.string(), data: z.unknown() })).default([]),
});
export type SentryEvent = z.infer<typeof sentryEventSchema>;
type SentryFrame = z.infer<typeof frameSchema>;
type SentryException = z.infer<typeof exceptionSchema>;

const crumbSchema = z.object({
  timestamp: text,
  type: text,
  category: text,
  level: text,
  message: text,
  data: z
    .object({ method: text, url: text, to: text, status_code: z.union([z.number(), z.string()]).nullish().catch(null) })
    .nullish()
    .catch(null),
});

const MAX_FRAMES = 60;
const MAX_CRUMBS = 10;
const MAX_CRUMB_TEXT = 500;
const MAX_MESSAGE = 4_000;
/** Minified files are one line of megabytes. */
const MAX_LINE = 1_000;

/** An ISO time with an offset as UTC, or null. */
export function isoTime(value: string | null | undefined): string | null {
  const time = Date.parse(value ?? "");
  return Number.isFinite(time) ? new Date(time).toISOString() : null;
}

function entryOf<T>(event: SentryEvent, type: string, schema: z.ZodType<T>): T | null {
  const entry = event.entries.find((one) => one.type === type);
  return entry ? (schema.safeParse(entry.data).data ?? null) : null;
}

function toFrame(frame: SentryFrame): Frame {
  const line = frame.lineNo ?? null;
  const contextLine = frame.context?.find(([at]) => at === line)?.[1] ?? null;
  return {
    filename: frame.filename ?? null,
    absPath: frame.absPath ?? null,
    module: frame.module ?? null,
    function: frame.function ?? null,
    line,
    column: frame.colNo ?? null,
    inApp: frame.inApp ?? null,
    contextLine: contextLine?.slice(0, MAX_LINE) ?? null,
  };
}

const framesOf = (one: { stacktrace?: z.infer<typeof stacktraceSchema> }) => one.stacktrace?.frames ?? [];

/**
 * Where to look: Sentry lists a chain from the root cause to what was finally thrown, and names the issue after the
 * last. Its frames are taken, unless none of them is the application's while an earlier exception has some: then the
 * last of those, as a library that wraps an error hides the line that raised it.
 */
function chooseFrames(chain: readonly SentryException[]): readonly SentryFrame[] {
  const withFrames = chain.filter((one) => framesOf(one).length > 0).reverse();
  const chosen = withFrames.find((one) => framesOf(one).some((frame) => frame.inApp === true)) ?? withFrames[0];
  return chosen ? framesOf(chosen) : [];
}

/** Events without an exception can carry the stack of a thread (native SDKs) or one of their own. */
function otherFrames(event: SentryEvent): readonly SentryFrame[] {
  const threads = entryOf(event, "threads", z.object({ values: z.array(threadSchema) }))?.values ?? [];
  const thread = threads.find((one) => one.crashed) ?? threads.find((one) => one.current) ?? threads[0];
  if (thread && framesOf(thread).length > 0) return framesOf(thread);
  return entryOf(event, "stacktrace", stacktraceSchema)?.frames ?? [];
}

function readHandled(last: SentryException | undefined, tags: Record<string, string>): boolean | null {
  const stated = last?.mechanism?.handled;
  if (typeof stated === "boolean") return stated;
  if (tags.handled === "yes") return true;
  return tags.handled === "no" ? false : null;
}

function readMessage(event: SentryEvent, last: SentryException | undefined): string | null {
  const schema = z.object({ formatted: text, message: text });
  const entry = entryOf(event, "message", schema);
  const message = last?.value ?? event.metadata?.value ?? entry?.formatted ?? entry?.message ?? event.message;
  return message ? message.slice(0, MAX_MESSAGE) : null;
}

function readExcerpt(event: SentryEvent, tags: Record<string, string>): EventExcerpt {
  const chain = entryOf(event, "exception", z.object({ values: z.array(exceptionSchema) }))?.values ?? [];
  const last = chain.at(-1);
  const chosen = chooseFrames(chain);
  const frames = chosen.length > 0 ? chosen : otherFrames(event);
  const request = entryOf(event, "request", z.object({ method: text, url: text }));
  return {
    eventId: event.eventID,
    occurredAt: isoTime(event.dateCreated),
    platform: event.platform ?? null,
    errorType: last?.type ?? event.metadata?.type ?? null,
    errorMessage: readMessage(event, last),
    handled: readHandled(last, tags),
    frames: frames.slice(-MAX_FRAMES).map(toFrame),
    tags,
    requestMethod: request?.method ?? null,
    requestUrl: request?.url ?? null,
  };
}

/** Of a breadcrumb's data only what names a request or a place: the rest is the application's own. */
function toBreadcrumb(crumb: z.infer<typeof crumbSchema>): Breadcrumb {
  const { method, url, to, status_code: status } = crumb.data ?? {};
  const request = url ? [method ?? "GET", url, status ? `(${status})` : null] : [to ? `to ${to}` : null];
  const words = [crumb.message, ...request].filter(Boolean).join(" ");
  return {
    at: isoTime(crumb.timestamp),
    category: crumb.category ?? crumb.type ?? null,
    level: crumb.level ?? null,
    text: words.slice(0, MAX_CRUMB_TEXT),
  };
}

/** The newest steps before the error, oldest of them first. */
function readBreadcrumbs(event: SentryEvent): Breadcrumb[] {
  const values = entryOf(event, "breadcrumbs", z.object({ values: z.array(z.unknown()) }))?.values ?? [];
  return values
    .flatMap((value) => crumbSchema.safeParse(value).data ?? [])
    .map(toBreadcrumb)
    .filter((crumb) => crumb.text !== "" || crumb.category !== null)
    .slice(-MAX_CRUMBS);
}

/** One event of Sentry's Web API in our words; of a long stack the newest 60 frames, the crash frame last. */
export function readSentryEvent(event: SentryEvent): SourceEvent {
  const tags = Object.fromEntries(event.tags.flatMap(({ key, value }) => (value === null ? [] : [[key, value]])));
  return {
    excerpt: readExcerpt(event, tags),
    release: tags.release ?? null,
    environment: tags.environment ?? null,
    breadcrumbs: readBreadcrumbs(event),
  };
}
