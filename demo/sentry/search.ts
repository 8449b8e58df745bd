import type { Issue, StoredEvent } from "./model.ts";

export interface SearchTerm {
  key: string | null;
  values: string[];
  isNegated: boolean;
}

/** What a client asked wrongly: answered with 400 `{"detail": …}`. */
export class BadQuery extends Error {}

/**
 * Reads Sentry's search syntax at the depth the demo needs: `key:value`, `!key:value`, `key:"quoted text"`,
 * `key:[a,b]`, `key:pre*` and free words.
 */
export function parseSearch(query: string): SearchTerm[] {
  const terms: SearchTerm[] = [];
  const pattern = /(!?)(?:([\w.[\]-]+):)?(?:"([^"]*)"|\[([^\]]*)\]|(\S+))/g;
  for (const match of query.matchAll(pattern)) {
    const [, bang, key, quoted, list, word] = match;
    const values =
      list === undefined ? [quoted ?? word ?? ""] : list.split(",").map((one) => one.trim().replace(/^"|"$/g, ""));
    terms.push({ key: key ?? null, values, isNegated: bang === "!" });
  }
  return terms;
}

/** Whether an event has what the terms ask for; `is:` and other issue facts are read from its issue. */
export function matchesEvent(event: StoredEvent, issue: Issue, terms: readonly SearchTerm[], project: string): boolean {
  return terms.every((term) => {
    const found = term.values.some((value) => matchesOne(event, issue, term.key, value, project));
    return found !== term.isNegated;
  });
}

function matchesOne(event: StoredEvent, issue: Issue, key: string | null, value: string, project: string): boolean {
  if (key === null)
    return `${event.title} ${event.culprit} ${event.message}`.toLowerCase().includes(value.toLowerCase());
  if (key === "is") return matchesState(issue, value);
  if (key === "has") return event.tags.some(([name]) => name === value);
  if (key === "lastSeen" || key === "firstSeen")
    return matchesTime(key === "lastSeen" ? issue.lastSeenMs : issue.firstSeenMs, value);
  if (key === "timestamp") return matchesTime(event.timestampMs, value);
  if (key === "event.type") return value === event.type;
  return matchesText(eventField(event, issue, key, project), value);
}

function matchesState(issue: Issue, value: string): boolean {
  const { status, substatus } = issue;
  if (value === "archived" || value === "ignored" || value === "muted") return status === "ignored";
  if (value === "unresolved" || value === "resolved") return status === value;
  if (value === "unassigned") return true;
  if (["new", "ongoing", "regressed", "escalating"].includes(value)) return substatus === value;
  if (["assigned", "linked", "for_review"].includes(value)) return false;
  throw new BadQuery(`invalid value for "is" search, valid values are unresolved, resolved, archived, … : "${value}"`);
}

function matchesText(actual: unknown, wanted: string): boolean {
  if (actual === null || actual === undefined) return wanted === "";
  const text = String(actual);
  if (!wanted.includes("*")) return text === wanted;
  const pattern = wanted.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`, "s").test(text);
}

function matchesTime(actualMs: number, wanted: string): boolean {
  const age = /^([+-])(\d+)([mhdw])$/.exec(wanted);
  if (age) {
    const bound = Date.now() - periodMs(`${age[2]}${age[3]}`);
    return age[1] === "-" ? actualMs >= bound : actualMs <= bound;
  }
  const [, sign = ">=", text = wanted] = /^(>=|<=|>|<)(.+)$/.exec(wanted) ?? [];
  const bound = parseTimeMs(text);
  if (sign === ">") return actualMs > bound;
  if (sign === "<") return actualMs < bound;
  return sign === "<=" ? actualMs <= bound : actualMs >= bound;
}

/** A field of an event by its name in Sentry's Discover; unknown names are looked up as tags. */
export function eventField(event: StoredEvent, issue: Issue, field: string, project: string): unknown {
  const main = event.exceptions.at(-1);
  switch (field) {
    case "id":
      return event.id;
    case "issue.id":
      return Number(issue.id);
    case "issue":
    case "shortId":
      return issue.shortId;
    case "title":
      return event.title;
    case "message":
      return event.message || event.title;
    case "culprit":
      return event.culprit;
    case "project":
    case "project.name":
      return project;
    case "release":
      return event.release;
    case "environment":
      return event.environment;
    case "level":
      return event.level;
    case "transaction":
      return event.transaction;
    case "platform":
      return event.platform;
    case "event.type":
      return event.type;
    case "error.type":
      return main?.type ?? null;
    case "error.value":
      return main?.value ?? null;
    case "error.handled":
      return event.isUnhandled ? 0 : 1;
    case "error.unhandled":
      return event.isUnhandled ? 1 : 0;
    case "timestamp":
      return new Date(event.timestampMs).toISOString().replace(/\.\d+Z$/, "+00:00");
    case "timestamp.to_hour":
      return floorIso(event.timestampMs, 3_600_000);
    case "timestamp.to_day":
      return floorIso(event.timestampMs, 86_400_000);
    default:
      return tagValue(event, field);
  }
}

function tagValue(event: StoredEvent, field: string): string | null {
  const key = /^tags\[(.+)\]$/.exec(field)?.[1] ?? field;
  return event.tags.find(([name]) => name === key)?.[1] ?? null;
}

function floorIso(ms: number, stepMs: number): string {
  return new Date(Math.floor(ms / stepMs) * stepMs).toISOString().replace(".000Z", "+00:00");
}

export interface TimeWindow {
  startMs: number;
  endMs: number;
}

/** `start` and `end` (UTC when no zone is given) or `statsPeriod` such as `24h`, `14d`. */
export function readWindow(
  params: { start?: string | undefined; end?: string | undefined; statsPeriod?: string | undefined },
  nowMs: number,
  defaultPeriod: string,
): TimeWindow {
  if ((params.start === undefined) !== (params.end === undefined))
    throw new BadQuery("start and end are both required");
  if (params.start !== undefined && params.end !== undefined) {
    if (params.statsPeriod) throw new BadQuery("Can't specify both statsPeriod and start/end");
    const window = { startMs: parseTimeMs(params.start), endMs: parseTimeMs(params.end) };
    if (window.startMs > window.endMs) throw new BadQuery("start must be before end");
    return window;
  }
  return { startMs: nowMs - periodMs(params.statsPeriod || defaultPeriod), endMs: nowMs };
}

export function periodMs(period: string): number {
  const match = /^(\d+)([smhdw])$/.exec(period);
  if (!match) throw new BadQuery(`Invalid statsPeriod: '${period}'`);
  const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  return Number(match[1]) * (units[match[2] ?? ""] ?? 0);
}

function parseTimeMs(text: string): number {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  // A plus that arrived as a blank: query strings decode "+00:00" to " 00:00".
  const repaired = text.replace(/ (\d\d:?\d\d)$/, "+$1");
  const ms = Date.parse(hasZone || repaired !== text ? repaired : `${text}${text.includes("T") ? "Z" : "T00:00:00Z"}`);
  if (Number.isNaN(ms)) throw new BadQuery(`${text} is not a valid ISO8601 date`);
  return ms;
}
