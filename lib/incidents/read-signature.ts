import type { EventExcerpt } from "../intake/model.ts";

/** What a problem looks like, as far as it tells whether two of them are one. */
export interface Signature {
  errorType: string | null;
  /** `file#function` of the innermost frame of the application's own. */
  crashFrame: string | null;
  /** What did not answer: `host`, `host:port` or `a connection pool`, in lower case. */
  dependency: string | null;
  /** The service that reported it, by its `service` or `server_name` tag. */
  service: string | null;
  release: string | null;
  /** Of something slow: whether it is a call to somebody else itself, and which slow callees it waits for. */
  slow?: { isCall: boolean; waitsFor: readonly string[] };
}

const HOST = "([a-z0-9][a-z0-9.-]{1,120})";
/** How runtimes and drivers say that somebody else did not answer; the first group is who. Each is linear on any input. */
const DEPENDENCY_PATTERNS: readonly RegExp[] = [
  new RegExp(
    `\\b(?:ECONNREFUSED|ETIMEDOUT|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)\\b[ :]{1,3}${HOST}(?::(\\d{1,5}))?`,
    "i",
  ),
  new RegExp(`reach database server at [\`'"]?${HOST}[\`'"]?(?::[\`'"]?(\\d{1,5}))?`, "i"),
  new RegExp(`ConnectionPool\\(host=['"]${HOST}['"], port=(\\d{1,5})`, "i"),
  new RegExp(
    `(?:connection refused|connect timed out|connection timed out|timed out connecting)(?: to)?[: (]{1,3}(?:https?://)?${HOST}(?:/[\\d.]{1,40})?(?::(\\d{1,5}))?`,
    "i",
  ),
  new RegExp(`could not connect to server[^"']{0,80}["']${HOST}["'][^"']{0,40}?port (\\d{1,5})`, "i"),
];
const UPSTREAM = new RegExp(`https?://${HOST}(?::(\\d{1,5}))?(?:/\\S{0,300})?`, "i");
const UPSTREAM_FAILED =
  /\b(?:50[0234]|bad gateway|service unavailable|gateway time-?out|timed? ?out|refused|unavailable|unreachable|fetch failed)\b/i;
const POOL =
  /\b(?:connection pool|too many clients|too many connections|remaining connection slots|pool (?:is )?(?:exhausted|timed out|timeout))\b/i;
const SCAN_CHARS = 2_000;

/** Who did not answer, if that is what an error's text says, or null. */
export function readDependency(text: string): string | null {
  const head = text.slice(0, SCAN_CHARS);
  for (const pattern of DEPENDENCY_PATTERNS) {
    const match = pattern.exec(head);
    if (match?.[1]) return place(match[1], match[2]);
  }
  const upstream = UPSTREAM_FAILED.test(head) ? UPSTREAM.exec(head) : null;
  if (upstream?.[1]) return place(upstream[1], upstream[2]);
  return POOL.test(head) ? "a connection pool" : null;
}

function place(host: string, port: string | undefined): string {
  const name = host.toLowerCase().replace(/\.+$/, "");
  return port === undefined ? name : `${name}:${port}`;
}

/** The signature of an incident, from the newest event that is known of it. */
export function readSignature(facts: { title: string; event: EventExcerpt | null; release: string | null }): Signature {
  const { event } = facts;
  const inApp = (event?.frames ?? []).filter((frame) => frame.inApp !== false);
  const crash = inApp.at(-1) ?? event?.frames.at(-1) ?? null;
  const file = crash?.filename ?? crash?.module ?? null;
  const service = event?.tags.service ?? event?.tags.server_name ?? null;
  return {
    errorType: event?.errorType ?? null,
    crashFrame: file === null ? null : `${file}#${crash?.function ?? "?"}`,
    dependency: readDependency([event?.errorType, event?.errorMessage, facts.title].filter(Boolean).join(": ")),
    service: service?.toLowerCase() ?? null,
    release: facts.release,
  };
}
