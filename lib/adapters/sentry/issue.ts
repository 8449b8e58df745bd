import * as z from "zod";
import type { SourceIssue } from "../../investigate/ports.ts";
import { isoTime } from "./event.ts";

const count = z.coerce.number().int().nonnegative();

const buckets = z.array(z.tuple([z.number(), z.number().nonnegative()]));

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
  // `[[seconds since 1970, count], …]`; the 30 days ride on a single issue only, GlitchTip's hours are empty.
  stats: z.object({ "24h": buckets, "30d": buckets }).partial().nullish().catch(null),
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

function readStats({ stats }: Pick<SentryIssue, "stats">): SourceIssue["stats"] {
  const [hours, days] = [stats?.["24h"] ?? [], stats?.["30d"] ?? []];
  if (hours.length === 0 || days.length === 0) return undefined;
  const read = (list: typeof hours) => list.map(([seconds, events]) => ({ startMs: seconds * 1_000, events }));
  return { hours: read(hours), days: read(days) };
}

/** The issue in our words, or null when it is on its way out. */
export function readSentryIssue(issue: SentryIssue): SourceIssue | null {
  const status = readStatus(issue);
  if (status === null) return null;
  const stats = readStats(issue);
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
    ...(stats && { stats }),
  };
}
