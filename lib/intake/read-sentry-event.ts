import type { EventExcerpt, Frame } from "./model.ts";
import { countOf, type Fields, fieldsOf, lastOf, textOf, timeOf } from "./read-fields.ts";

/** The newest frames are kept: Sentry lists the oldest first and the crash frame last. */
const MAX_FRAMES = 50;
const MAX_EXCEPTIONS = 20;
const MAX_TAGS = 60;

/**
 * One error event as Sentry's webhooks carry it (snake_case) in our words; null when it is no object at all. Every field
 * may be null or junk and is then null here; long texts are cut. The user's tags and the request's query, which name
 * people, are left out. Shape: getsentry/sentry-docs webhooks/issue-alerts.mdx, errors.mdx.
 */
export function readSentryEvent(value: unknown): EventExcerpt | null {
  const event = fieldsOf(value);
  if (event === null) return null;
  const exception = crashOf(event);
  const metadata = fieldsOf(event.metadata);
  const request = fieldsOf(event.request);
  const tags = readSentryTags(event.tags);
  return {
    eventId: textOf(event.event_id, 64) ?? textOf(event.id, 64),
    occurredAt: timeOf(event.datetime) ?? timeOf(event.timestamp) ?? timeOf(event.received),
    platform: textOf(event.platform, 64),
    errorType: textOf(exception?.type, 200) ?? textOf(metadata?.type, 200),
    errorMessage: textOf(exception?.value, 2000) ?? textOf(metadata?.value, 2000) ?? messageOf(event),
    handled: handledOf(exception, tags),
    frames: framesOf(event, exception),
    tags,
    requestMethod: textOf(request?.method, 16),
    requestUrl: requestUrlOf(request?.url),
  };
}

/** An event's tags: `[key, value]` pairs in webhooks, `{key, value}` in the API. Tags about the user, and `url` with its query, are left out. */
export function readSentryTags(value: unknown): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const entry of lastOf(value, MAX_TAGS)) {
    const [key, text] = Array.isArray(entry) ? entry : [fieldsOf(entry)?.key, fieldsOf(entry)?.value];
    const name = textOf(key, 100);
    const tag = textOf(text, 300);
    if (name !== null && tag !== null && !/^(?:user(?:\..*)?|url|__proto__)$/.test(name)) pairs.push([name, tag]);
  }
  return Object.fromEntries(pairs);
}

/** The exception that ended the request: the last of the chain that has a stack, else the last. */
function crashOf(event: Fields): Fields | null {
  const values = fieldsOf(event.exception)?.values ?? event.exception;
  const chain = lastOf(values, MAX_EXCEPTIONS)
    .map(fieldsOf)
    .filter((one) => one !== null);
  return chain.findLast((one) => stackOf(one).length > 0) ?? chain.at(-1) ?? null;
}

function stackOf(owner: Fields | null): unknown[] {
  return lastOf(fieldsOf(owner?.stacktrace)?.frames, MAX_FRAMES);
}

function framesOf(event: Fields, exception: Fields | null): Frame[] {
  const own = stackOf(exception);
  const stack = own.length > 0 ? own : stackOf(event);
  return stack
    .map(fieldsOf)
    .filter((frame) => frame !== null)
    .map(readFrame);
}

function readFrame(frame: Fields): Frame {
  return {
    filename: textOf(frame.filename, 500),
    absPath: textOf(frame.abs_path, 500),
    module: textOf(frame.module, 300),
    function: textOf(frame.function, 300),
    line: countOf(frame.lineno),
    column: countOf(frame.colno),
    inApp: typeof frame.in_app === "boolean" ? frame.in_app : null,
    contextLine: textOf(frame.context_line, 300),
  };
}

function handledOf(exception: Fields | null, tags: Record<string, string>): boolean | null {
  const stated = fieldsOf(exception?.mechanism)?.handled;
  if (typeof stated === "boolean") return stated;
  return tags.handled === "yes" ? true : tags.handled === "no" ? false : null;
}

function messageOf(event: Fields): string | null {
  const entry = fieldsOf(event.logentry);
  return textOf(entry?.formatted, 2000) ?? textOf(entry?.message, 2000) ?? textOf(event.message, 2000);
}

/** The address without query, fragment and credentials. */
function requestUrlOf(value: unknown): string | null {
  return textOf(
    textOf(value, 4000)
      ?.replace(/[?#].*$/s, "")
      .replace(/\/\/[^/@]*@/, "//"),
    500,
  );
}
