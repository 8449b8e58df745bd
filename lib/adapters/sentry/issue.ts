import * as z from "zod";
import type { SourceIssue } from "../../investigate/ports.ts";
import { isoTime } from "./event.ts";

const count = z.coerce.number().int().nonnegative();

/** An issue of Sentry's Web API as far as it is read. `count` is a string there. */
export const sentryIssueSchema = z.object({
  id: z.string(),
  shortId: z.string().nullish(),
  title: z.string(),
  culprit: z.string().nullish(),
  level: z.string().nullish(),
  status: z.string(),
  substatus: z.string().nullish(),
  permalink: z.string().nullish(),
  project: z.object({ id: z.string(), slug: z.string() }),
  count,
  userCount: count,
  firstSeen: z.string(),
  lastSeen: z.string(),
});
export type SentryIssue = z.infer<typeof sentryIssueSchema>;

const STATUS: Record<string, SourceIssue["status"]> = {
  unresolved: "unresolved",
  reprocessing: "unresolved",
  resolved: "resolved",
  ignored: "archived",
  muted: "archived",
};

/** The state in our words; null for an issue that Sentry is deleting or merging away. */
export function readStatus(issue: Pick<SentryIssue, "status">): SourceIssue["status"] | null {
  return STATUS[issue.status] ?? null;
}

/** A compatible server may write words where the link belongs (GlitchTip: "Not implemented"). */
const readLink = (link: string | null | undefined) => (/^https?:\/\//.test(link ?? "") ? (link ?? null) : null);

/** The issue in our words, or null when it is on its way out. */
export function readSentryIssue(issue: SentryIssue): SourceIssue | null {
  const status = readStatus(issue);
  if (status === null) return null;
  return {
    issueId: issue.id,
    shortId: issue.shortId ?? null,
    title: issue.title,
    culprit: issue.culprit || null,
    level: issue.level ?? "error",
    status,
    isRegressed: issue.substatus === "regressed",
    url: readLink(issue.permalink),
    events: issue.count,
    users: issue.userCount,
    firstSeenAt: isoTime(issue.firstSeen) ?? issue.firstSeen,
    lastSeenAt: isoTime(issue.lastSeen) ?? issue.lastSeen,
  };
}
