import { decideIssueAuthor } from "./decide-issue-author.ts";
import type { Permission } from "./issue-text-model.ts";
import type { AlertSignal } from "./model.ts";
import type { HostedIssue } from "./ports.ts";
import { readIssueEnvironment } from "./read-github-issue.ts";
import { readIssueText, type SentryText } from "./read-issue-text.ts";
import type { SentryLink } from "./read-sentry-link.ts";

/** The Sentry that is watched: an issue of another one would be judged and proven by somebody else's numbers. */
export interface WatchedSentry {
  host: string;
  /** Slug, or null where the operator named none. */
  org: string | null;
}

export type IssueIntake = { type: "refuse"; reason: string } | { type: "take"; reason: string; signal: AlertSignal };

const refuse = (reason: string): IssueIntake => ({ type: "refuse", reason });
const SENTRY_IO = /(?:^|\.)(?:sentry\.io|getsentry\.com)$/;

/** Whether the author's permission has to be asked for: only a person's, and only where the text is Sentry's. */
export function needsPermission(issue: HostedIssue): boolean {
  return issue.author?.type === "User" && !("refused" in readIssueText(issue.body));
}

/**
 * Whether an issue on the code host becomes (or joins) an incident: open, of Sentry's making, about the Sentry that is
 * watched, and written by one who is believed. A person's `permission` is a fact, null only where it was not needed.
 */
export function decideIssueIntake(
  issue: HostedIssue,
  facts: { permission: Permission | null; sentry: WatchedSentry; environment: string },
): IssueIntake {
  const text = readIssueText(issue.body);
  if ("refused" in text) return refuse(text.refused);
  if (issue.state === "closed") return refuse("the issue is closed");
  if (text.form === "feedback") return refuse("Sentry's user feedback, a person's message and not an error");
  const stranger = strangerReason(text.link, facts.sentry);
  if (stranger !== null) return refuse(stranger);
  const isPerson = issue.author?.type === "User";
  const author = decideIssueAuthor({ ...issue, permission: isPerson ? (facts.permission ?? "none") : null });
  if (!author.believed) return refuse(author.reason);
  const named = readIssueEnvironment(issue);
  const isWatched = named === null || named === canonical(facts.environment);
  if (!isWatched) return refuse(`environment ${named} is not watched, ${facts.environment} is`);
  const environment = named === null ? null : facts.environment;
  return { type: "take", reason: author.reason, signal: composeSignal(issue, text, environment) };
}

/** Environments are written with their own spelling in Sentry, and by any in issues. */
function canonical(environment: string): string {
  const name = environment.toLowerCase();
  return name === "prod" ? "production" : name;
}

function strangerReason(link: SentryLink, watched: WatchedSentry): string | null {
  const isSameHost = link.host === watched.host || (SENTRY_IO.test(link.host) && SENTRY_IO.test(watched.host));
  if (!isSameHost) return `its link leads to ${link.host}, and the Sentry that is watched is at ${watched.host}`;
  if (link.org === null || watched.org === null || link.org.toLowerCase() === watched.org.toLowerCase()) return null;
  return `its link leads to the organization ${link.org}, and ${watched.org} is watched`;
}

function composeSignal(issue: HostedIssue, { sentry, stack }: SentryText, environment: string | null): AlertSignal {
  const hasStack = stack.errorType !== null || stack.errorMessage !== null || stack.frames.length > 0;
  return {
    kind: "alert",
    issueId: sentry.issueId,
    shortId: sentry.shortId,
    title: issue.title.trim() || `Sentry issue ${sentry.shortId ?? sentry.issueId}`,
    culprit: null,
    // The text names none; triage asks Sentry.
    level: "error",
    environment,
    release: null,
    url: sentry.permalink,
    sourceProject: null,
    events: null,
    users: null,
    firstSeenAt: issue.createdAt,
    lastSeenAt: issue.createdAt,
    rule: null,
    event: hasStack ? composeExcerpt(stack) : null,
  };
}

/** Without an event id: it is an extract of one event, and Sentry itself knows more. */
function composeExcerpt({ errorType, errorMessage, frames }: SentryText["stack"]): NonNullable<AlertSignal["event"]> {
  return {
    eventId: null,
    occurredAt: null,
    platform: null,
    errorType,
    errorMessage,
    handled: null,
    frames,
    tags: {},
    requestMethod: null,
    requestUrl: null,
  };
}
