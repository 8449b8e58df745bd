import type { EvalCase } from "../../lib/evals/case-model.ts";
import type { EventExcerpt, Frame } from "../../lib/intake/model.ts";
import type { ErrorSource, IssueContext, SourceEvent, SourceIssue } from "../../lib/investigate/ports.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { ErrorHistory } from "../../lib/recovery/ports.ts";

export type RecordedError = EvalCase["error"];

/** The nth issue of a storm: the same kind of crash in a place of its own. */
export function nthError(error: RecordedError, index: number): RecordedError {
  if (index === 0) return error;
  const rename = (text: string) => `${text} #${index}`;
  const frames = error.frames.map((frame) => ({ ...frame, file: `lib/part-${index}/${frame.file}` }));
  const issueId = String(Number(error.issueId) + index);
  return { ...error, issueId, title: rename(error.title), message: rename(error.message), frames };
}

export const frameOf = (frame: RecordedError["frames"][number]): Frame => ({
  filename: frame.file,
  absPath: null,
  module: null,
  function: frame.function,
  line: frame.line,
  column: null,
  inApp: frame.inApp,
  contextLine: frame.context,
});

function excerptOf(error: RecordedError, occurredAt: string): EventExcerpt {
  return {
    eventId: error.issueId.padStart(32, "e"),
    occurredAt,
    platform: "node",
    errorType: error.type,
    errorMessage: error.message,
    handled: error.handled,
    frames: error.frames.map(frameOf),
    tags: error.tags,
    requestMethod: error.request?.method ?? null,
    requestUrl: error.request?.url ?? null,
  };
}

/** A Sentry that knows these errors, or answers nothing at all. */
export function createRecordedErrors(
  errors: readonly RecordedError[],
  { now, releaseOf, isAway }: { now: Date; releaseOf(error: RecordedError): string | null; isAway: boolean },
): { errorSource: ErrorSource; errorHistory: ErrorHistory; issueContext: IssueContext } {
  const at = now.toISOString();
  const find = (issueId: string) => errors.find((error) => error.issueId === issueId) ?? null;
  const answer = <T>(value: T): T => {
    if (isAway) throw awayError("sentry");
    return value;
  };
  return {
    errorSource: {
      findIssue: async (issueId) => answer(issueOf(find(issueId), now)),
      findLatestEvent: async (issueId): Promise<SourceEvent | null> => {
        const error = answer(find(issueId));
        if (!error?.hasEvent || error.environment !== "production") return null;
        return { excerpt: excerptOf(error, at), release: releaseOf(error), environment: error.environment };
      },
    },
    errorHistory: {
      listEvents: async () => answer({ events: [], truncated: false }),
      findStatus: async (issueId) => answer(find(issueId)?.status ?? "unresolved"),
      ensureResolved: async () => answer(undefined),
    },
    issueContext: {
      findTagSpread: async () => answer(null),
      findRelease: async () => answer(null),
    },
  };
}

function issueOf(error: RecordedError | null, now: Date): SourceIssue | null {
  if (error === null) return null;
  const { issueId, title, level, status, events, users, firstSeenMinutesAgo } = error;
  return {
    issueId,
    shortId: `SHOP-${issueId}`,
    title,
    culprit: null,
    level,
    status,
    isRegressed: false,
    url: `https://errors.example/issues/${issueId}/`,
    events,
    users,
    firstSeenAt: new Date(now.getTime() - firstSeenMinutesAgo * 60_000).toISOString(),
    lastSeenAt: now.toISOString(),
  };
}

/** A provider that answers 503, as our adapters throw it. */
export const awayError = (provider: string) =>
  new AppError("provider_unavailable", `${provider} answered 503`, {
    retry: "later",
    context: { provider, status: 503 },
  });
