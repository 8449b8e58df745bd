import type * as z from "zod";
import {
  type eventSchema,
  exceptionEntrySchema,
  type Frame,
  type SentryException,
  stacktraceEntrySchema,
  threadsEntrySchema,
} from "./model.ts";

/** The crash of an event as the ranking needs it: frames with the crash last, and what the error said. */
export type Crash = { frames: Frame[]; errorType: string | null; errorMessage: string | null };

type SentryEvent = z.infer<typeof eventSchema>;

function exceptionsOf(event: SentryEvent): SentryException[] {
  if (event.exception.length > 0) return event.exception;
  for (const entry of event.entries) {
    if (entry.type !== "exception") continue;
    const data = exceptionEntrySchema.safeParse(entry.data);
    if (data.success) return data.data.values;
  }
  return [];
}

function framesWithoutException(event: SentryEvent): Frame[] {
  if (event.stacktrace.length > 0) return event.stacktrace;
  for (const entry of event.entries) {
    if (entry.type === "stacktrace") {
      const data = stacktraceEntrySchema.safeParse(entry.data);
      if (data.success && data.data.length > 0) return data.data;
    }
    if (entry.type === "threads") {
      const data = threadsEntrySchema.safeParse(entry.data);
      const threads = data.success ? data.data.values : [];
      const thread = threads.find((one) => one.crashed) ?? threads.find((one) => one.current) ?? threads[0];
      if (thread && thread.stacktrace.length > 0) return thread.stacktrace;
    }
  }
  return [];
}

/**
 * Chooses the frames that explain an event. Sentry lists a chain of exceptions from the root cause to the one that
 * was reported (develop.sentry.dev, event payloads, exception interface: oldest first), so the frames of the first
 * exception are put last, nearest to the crash, and wrappers come before them as callers would.
 * The type and message of every exception are kept, the reported one first.
 */
export function decideCrash(event: SentryEvent): Crash {
  const exceptions = exceptionsOf(event);
  const reportedFirst = exceptions.toReversed();
  const frames = reportedFirst.flatMap((exception) => exception.stacktrace);
  const messages = reportedFirst.map((exception) => exception.value).filter((value) => value !== null);
  return {
    frames: frames.length > 0 ? frames : framesWithoutException(event),
    errorType: reportedFirst[0]?.type ?? null,
    errorMessage: messages.length > 0 ? messages.join("\n") : (event.message ?? event.title),
  };
}
