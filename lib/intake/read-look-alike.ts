import { OWN_REFERRER, readSentryLink } from "./read-sentry-link.ts";

/** Who else makes issues about errors, by what they write into them. */
const MAKERS: readonly [RegExp, string][] = [
  [/^<!-- patchpilot:/, "Patchpilot's own issue"],
  [/\bzap on zapier\.com\b|\bzapier\.com\/app\//i, "made by Zapier, not by Sentry's GitHub integration"],
  [/^\*?Created automatically via Bugsnag|\bapp\.bugsnag\.com\//i, "made by Bugsnag, not by Sentry"],
  [
    /\[[^\]|]{1,200}\|https?:\/\/[^\]\s]{1,2000}\]/,
    "the text of Sentry's Jira integration, not of its GitHub integration",
  ],
];

/** Whose links people copy, by Sentry's own note of where a link was shown. */
const REFERRERS: readonly [RegExp, string][] = [
  [/email|digest|weekly.?report|daily.?summary/i, "a link copied from an e-mail"],
  [/jira/i, "a link of Sentry's Jira integration"],
  [/^webhooks?_plugin$/i, "a link that Sentry's webhooks plugin sent to another tool"],
];

const ADDRESS = /https?:\/\/[^\s()[\]<>"'`|]{1,2000}/g;
const MAX_LINKS = 100;

/**
 * What a text is that looks like Sentry's and is not, as a reason; null when it looks like nothing. `maker`: another
 * tool left its name; `link`: it is told by its links to Sentry, the most telling one first.
 */
export function readLookAlike(lines: readonly string[], by: "maker" | "link"): string | null {
  if (by === "maker") return MAKERS.find(([mark]) => lines.some((line) => mark.test(line)))?.[1] ?? null;
  const links = lines.flatMap((line) => line.match(ADDRESS) ?? []).slice(0, MAX_LINKS);
  const found = links.map(readCopiedLink).filter((one) => one !== null);
  return found.toSorted((one, other) => one.rank - other.rank)[0]?.reason ?? null;
}

function readCopiedLink(address: string): { rank: number; reason: string } | null {
  const link = readSentryLink(address);
  if ("fault" in link) return readFaultyLink(address, link.fault);
  const { referrer } = link;
  if (referrer !== null && !OWN_REFERRER.test(referrer)) {
    const known = REFERRERS.find(([mark]) => mark.test(referrer))?.[1] ?? "a link copied from elsewhere";
    return { rank: 1, reason: `${known} (referrer ${referrer.slice(0, 60)}), not the text of the GitHub integration` };
  }
  if (!isSentryHost(address) && link.org === null) return null;
  return { rank: 3, reason: "a link to Sentry made by hand, not the text of its GitHub integration" };
}

function readFaultyLink(address: string, fault: string): { rank: number; reason: string } | null {
  if (!isSentryHost(address)) return null;
  if (fault === "share") return { rank: 0, reason: "a script's text: a share link of Sentry's, which names no issue" };
  if (fault === "short_id")
    return { rank: 2, reason: "a link written by hand or by an agent: it holds the short id, not the issue's number" };
  return { rank: 4, reason: "a link to Sentry, but not to one of its issues" };
}

function isSentryHost(address: string): boolean {
  return URL.canParse(address) && /(?:^|[.-])sentry[.-]|(?:^|\.)getsentry\.com$/.test(new URL(address).hostname);
}
