import type { Incident } from "../incidents/index.ts";
import type { ErrorHistory, EventMark } from "./ports.ts";

const HOUR_MS = 3_600_000;
/** With fewer, silence proves nothing for weeks. */
const FEW_EVENTS = 10;
const ENOUGH_EVENTS = 20;
const FURTHEST_HOURS = 14 * 24;

/** An error where its source can be asked for its events. */
interface Listed {
  errors: ErrorHistory;
  issueId: string;
  environment: string | null;
}

/** Null where nobody can be asked: then no events are known. */
export function listedAt(errors: ErrorHistory | null, incident: Incident): Listed | null {
  const { sourceIssueId: issueId, environment } = incident;
  return errors === null || issueId === null ? null : { errors, issueId, environment };
}

async function listEvents({ errors, ...about }: Listed, from: Date, to: Date) {
  return errors.listEvents({ ...about, from: from.toISOString(), to: to.toISOString() });
}

/** The events of a time after the deployment; of very many the newest. */
export async function listSince(listed: Listed | null, from: Date, to: Date): Promise<EventMark[]> {
  return listed === null ? [] : (await listEvents(listed, from, to)).events;
}

/** The failing time that the time since the deployment is held against, and its events. */
interface Baseline {
  from: Date;
  events: EventMark[];
}

interface Failing {
  beganAt: Date;
  until: Date;
  /** How much of it counts, at most. */
  baselineHours: number;
}

/** Where the failing time begins to count. */
export function beginOf({ beganAt, until, baselineHours }: Failing): Date {
  const earliest = until.getTime() - baselineHours * HOUR_MS;
  return new Date(Math.min(Math.max(beganAt.getTime(), earliest), until.getTime()));
}

/**
 * The last `baselineHours` of the failing time. Of an error too rare for silence to say anything then, more of the past counts: up to two weeks, and no more than
 * has enough events, as an error that became frequent is not met by how rare it was. Where there were more events than the source hands out, the time begins
 * with the oldest of those it gave: a frequent error would look rare otherwise.
 */
export async function listBaseline(listed: Listed | null, failing: Failing): Promise<Baseline> {
  if (listed === null) return { from: beginOf(failing), events: [] };
  const list = async (from: Date): Promise<Baseline> => {
    const { events, truncated } = await listEvents(listed, from, failing.until);
    const oldestMs = Math.min(...events.map((event) => Date.parse(event.at)));
    return { events, from: truncated && events.length > 0 ? new Date(oldestMs) : from };
  };
  const near = await list(beginOf(failing));
  const furthest = beginOf({ ...failing, baselineHours: Math.max(failing.baselineHours, FURTHEST_HOURS) });
  if (near.events.length >= FEW_EVENTS || near.from <= furthest) return near;
  const far = await list(furthest);
  for (let hours = 2 * failing.baselineHours; ; hours *= 2) {
    const from = new Date(Math.max(beginOf({ ...failing, baselineHours: hours }).getTime(), far.from.getTime()));
    const events = far.events.filter((event) => Date.parse(event.at) >= from.getTime());
    if (events.length >= ENOUGH_EVENTS || from <= far.from) return { from, events };
  }
}
