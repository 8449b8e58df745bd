/** The address of one Sentry issue, taken apart. */
export interface SentryLink {
  issueId: string;
  /** Without query and fragment. */
  permalink: string;
  /** Host with its port, as in `permalink`. */
  host: string;
  /** The organization's slug, where the address names it. */
  org: string | null;
  /** Sentry's own note of where the link was shown; null for none. */
  referrer: string | null;
}

/** Why an address is not that of a Sentry issue. */
export interface NoSentryLink {
  fault: "unreadable" | "code_host" | "share" | "short_id" | "no_issue";
}

export const SHORT_ID = /^[A-Z0-9][A-Z0-9_-]{0,120}-[0-9A-Z]{1,20}$/;
/** The integration's (GitHub and GitHub Enterprise) and the older plugin's own. */
export const OWN_REFERRER = /^github(?:_enterprise)?_(?:integration|plugin)$/;
const NUMBER = /^\d{1,20}$/;
/** `/o/r/issues/12` is an issue there, and its number is nobody's Sentry id. */
const CODE_HOST = /(?:^|\.)(?:github\.com|githubusercontent\.com|ghe\.com|gitlab\.com|bitbucket\.org|codeberg\.org)$/;
/** Hosts of sentry.io that are no organization's. */
const COMMON_HOSTS = new Set(["sentry.io", "www.sentry.io", "us.sentry.io", "de.sentry.io"]);

/**
 * Reads an address as that of a Sentry issue. Shapes (formats.md 1.7): `{org}.sentry.io/issues/{id}/`,
 * `…/organizations/{org}/issues/{id}/` (self-hosted below a path too), and of old `…/{org}/{project}/issues/{id}/` and
 * `…/group/{id}/`, which differ from a code host's only in their closing slash.
 */
export function readSentryLink(address: string): SentryLink | NoSentryLink {
  const url = address.length <= 2_000 && URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return { fault: "unreadable" };
  if (CODE_HOST.test(url.hostname)) return { fault: "code_host" };
  const segments = url.pathname.split("/").filter((part) => part !== "");
  if (segments[0] === "share" && segments[1] === "issue") return { fault: "share" };
  const at = segments.findLastIndex((part) => part === "issues" || part === "group");
  const id = segments[at + 1];
  if (at < 0 || id === undefined) return { fault: "no_issue" };
  if (!NUMBER.test(id)) return { fault: SHORT_ID.test(id) ? "short_id" : "no_issue" };
  const before = segments.slice(0, at);
  const isOfOrganization = before.at(-2) === "organizations";
  const isOfProject = before.length === 2 && (url.pathname.endsWith("/") || segments[at] === "group");
  if (before.length > 0 && !isOfOrganization && !isOfProject) return { fault: "no_issue" };
  const path = segments.slice(0, at + 2).join("/");
  return {
    issueId: id,
    permalink: `${url.origin}/${path}/`,
    host: url.host,
    org: isOfOrganization ? (before.at(-1) ?? null) : (before[0] ?? orgOfHost(url.hostname)),
    referrer: url.searchParams.get("referrer"),
  };
}

function orgOfHost(hostname: string): string | null {
  if (!hostname.endsWith(".sentry.io") || COMMON_HOSTS.has(hostname)) return null;
  return hostname.split(".")[0] ?? null;
}
