import { codeUrl } from "../kernel/code-url.ts";
import { findOwners, readOwners } from "../kernel/read-owners.ts";
import { redact } from "../kernel/redact.ts";
import type { DeploymentWindow } from "./decide-window.ts";
import type { CodeExcerpt, Evidence, Ownership } from "./evidence-model.ts";
import type { OpenIssue, SourceEvent, SourceRelease, TagSpread } from "./ports.ts";
import { type CrashPlace, findLine } from "./rank-places.ts";

/** Everything that was learnt about an incident, in the providers' words. */
export interface LearntFacts {
  at: string;
  incident: {
    source: string;
    sourceUrl: string | null;
    firstSeenAt: string;
    lastSeenAt: string;
    reopenedAt: string | null;
  };
  event: SourceEvent | null;
  release: { version: string; known: SourceRelease } | null;
  window: DeploymentWindow | null;
  spreads: { key: string; spread: TagSpread }[];
  code: CodeExcerpt[];
  related: OpenIssue[];
  unknown: string[];
}

const MAX_TEXT = 300;
const MAX_CODE_LINE = 200;
const LINES_AROUND = 3;
const MAX_EXCERPTS = 2;
const MAX_UNKNOWN = 12;
const MAX_OWNERS = 5;

const clean = (text: string, max = MAX_TEXT): string => redact(text.slice(0, 4 * max)).text.slice(0, max);

/** The lines around these places as they are at `sha`; only where the file still has the line that ran. */
export function composeExcerpts(input: {
  places: readonly CrashPlace[];
  texts: ReadonlyMap<string, string | null>;
  sha: string;
  webUrl: string;
}): CodeExcerpt[] {
  const { places, texts, sha, webUrl } = input;
  return places.slice(0, MAX_EXCERPTS).flatMap((place): CodeExcerpt[] => {
    const text = texts.get(place.path) ?? null;
    const line = text === null ? null : findLine(text, place);
    if (text === null || line === null) return [];
    const first = Math.max(1, line - LINES_AROUND);
    const lines = text.split("\n").slice(first - 1, line + LINES_AROUND);
    return [
      {
        path: place.path,
        line,
        function: place.function === null ? null : clean(place.function, 120),
        sha,
        url: codeUrl(webUrl, sha, place.path, line),
        lines: lines.map((one, at) => ({ number: first + at, text: clean(one.trimEnd(), MAX_CODE_LINE) })),
      },
    ];
  });
}

/** Who answers for each of these paths. `text` null: the repository has no such file. */
export function composeOwners(text: string | null, paths: readonly string[]): Ownership[] {
  if (text === null) return [];
  const rules = readOwners(text);
  return paths.flatMap((path) => {
    const owners = (findOwners(rules, path) ?? []).slice(0, MAX_OWNERS).map(ownerName);
    return owners.length > 0 ? [{ path, owners: [...new Set(owners)] }] : [];
  });
}

/** An e-mail address is personal, and stays where it is. */
function ownerName(owner: string): string {
  return owner.startsWith("@") ? clean(owner, 120) : "an e-mail address in CODEOWNERS";
}

/** A commit's full name tells nobody more than its beginning. */
const shortVersion = (text: string): string => (/^[0-9a-f]{40}$/.test(text) ? text.slice(0, 12) : clean(text, 120));

function timelineOf({ incident, release, window }: LearntFacts): Evidence["timeline"] {
  const entries: { at: string | null; text: string; url: string | null }[] = [
    { at: incident.firstSeenAt, text: "first seen", url: incident.sourceUrl },
    { at: incident.reopenedAt, text: "came back after it had ended", url: incident.sourceUrl },
    { at: incident.lastSeenAt, text: "last seen, as of this look", url: incident.sourceUrl },
  ];
  if (release) {
    const name = shortVersion(release.version);
    entries.push({
      at: release.known.createdAt,
      text: `release ${name} was made known to ${incident.source}`,
      url: null,
    });
    if (release.known.releasedAt !== release.known.createdAt)
      entries.push({ at: release.known.releasedAt, text: `release ${name} was released`, url: null });
  }
  if (window && "bad" in window) {
    const { good, bad } = window;
    entries.push({
      at: good.readyAt,
      text: `${good.sha.slice(0, 7)} went live, the last one without it`,
      url: good.url,
    });
    entries.push({ at: bad.readyAt, text: `${bad.sha.slice(0, 7)} went live`, url: bad.url });
  }
  return entries
    .flatMap((entry) => (entry.at === null ? [] : [{ ...entry, at: entry.at }]))
    .sort((a, b) => a.at.localeCompare(b.at));
}

/** An event's page is below its issue's, at Sentry alone. */
function eventOf({ event, incident }: LearntFacts): Evidence["event"] {
  const id = event?.excerpt.eventId ?? null;
  if (!event || id === null) return null;
  const issue = incident.sourceUrl?.split(/[?#]/)[0]?.replace(/\/+$/, "");
  const hasPage = incident.source === "sentry" && issue !== undefined && /^[0-9a-f]{32}$/.test(id);
  return { id: clean(id, 64), at: event.excerpt.occurredAt, url: hasPage ? `${issue}/events/${id}/` : null };
}

/** The evidence as it is kept: bounded and redacted, every list in a fixed order. */
export function composeEvidence(learnt: LearntFacts): Evidence {
  return {
    event: eventOf(learnt),
    breadcrumbs: (learnt.event?.breadcrumbs ?? []).map(({ at, category, level, text }) => ({
      at,
      category: category === null ? null : clean(category, 60),
      level: level === null ? null : clean(level, 20),
      text: clean(text),
    })),
    timeline: timelineOf(learnt),
    spreads: learnt.spreads.map(({ key, spread }) => ({
      key,
      at: learnt.at,
      total: spread.total,
      values: spread.values.map(({ value, count }) => ({ value: shortVersion(value), count })),
    })),
    code: learnt.code,
    related: learnt.related.map((one) => ({ ...one, title: clean(one.title, 160) })),
    unknown: [...new Set(learnt.unknown.map((one) => clean(one, 200)))].sort().slice(0, MAX_UNKNOWN),
  };
}
