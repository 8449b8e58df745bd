import * as z from "zod";
import type { ErrorHistory, EventMark } from "../../recovery/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import { nullWhenMissing } from "../http.ts";
import { issuePath, nextCursor, type Query, type SentryClient } from "./client.ts";
import { isoTime } from "./event.ts";
import { readStatus } from "./issue.ts";

const PER_PAGE = 100;
const MAX_PAGES = 20;

const statusSchema = z.object({ status: z.string() });
const pageSchema = z.array(
  z.object({
    eventID: z.string(),
    dateCreated: z.string(),
    tags: z.array(z.object({ key: z.string(), value: z.string().nullable() })).default([]),
  }),
);

/** Sentry's events are timed to the second, so the query takes whole seconds and the exact edges are cut here. */
function queryOf(from: number, to: number, environment: string | null): Query {
  const second = (ms: number) => new Date(ms).toISOString();
  return {
    start: second(Math.floor(from / 1_000) * 1_000),
    end: second(Math.ceil(to / 1_000) * 1_000),
    per_page: String(PER_PAGE),
    ...(environment === null ? {} : { environment }),
  };
}

function readMarks(page: z.infer<typeof pageSchema>): [string, EventMark][] {
  return page.flatMap(({ eventID, dateCreated, tags }) => {
    const at = isoTime(dateCreated);
    const release = tags.find((tag) => tag.key === "release")?.value ?? null;
    return at === null ? [] : [[eventID, { at, release }] satisfies [string, EventMark]];
  });
}

/** Pages shift while events arrive, so one event can come twice: the id counts it once. */
async function listMarks(client: SentryClient, path: string, query: Query) {
  const marks = new Map<string, EventMark>();
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await client.get(path, cursor === null ? query : { ...query, cursor }, pageSchema);
    for (const [id, mark] of readMarks(answer.value)) marks.set(id, mark);
    cursor = nextCursor(answer.header("link"));
    if (cursor === null) return { marks, truncated: false };
  }
  return { marks, truncated: true };
}

/** The status of an issue, and resolving it. GlitchTip answers both as Sentry does. */
export function createStatusControl(client: SentryClient): Pick<ErrorHistory, "findStatus" | "ensureResolved"> {
  const findStatus: ErrorHistory["findStatus"] = async (issueId) => {
    const answer = await nullWhenMissing(client.get(issuePath(issueId), {}, statusSchema));
    return answer === null ? null : readStatus(answer.value);
  };
  return {
    findStatus,
    async ensureResolved(permit, { issueId, release }) {
      assertPermit(permit, "source.status");
      if ((await findStatus(issueId)) === "resolved") return;
      const statusDetails = release === null ? {} : { inRelease: release };
      await client.put(permit, issuePath(issueId), { status: "resolved", statusDetails }, statusSchema);
    },
  };
}

/** ErrorHistory on Sentry: up to 2,000 events a question. */
export function createErrorHistory(client: SentryClient): ErrorHistory {
  return {
    ...createStatusControl(client),
    async listEvents({ issueId, environment, from, to }) {
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      if (!(fromMs < toMs)) return { events: [], truncated: false };
      const query = queryOf(fromMs, toMs, environment);
      const { marks, truncated } = await listMarks(client, issuePath(issueId, "events/"), query);
      const inside = [...marks.values()].filter(({ at }) => Date.parse(at) >= fromMs && Date.parse(at) < toMs);
      return { events: inside.sort((a, b) => b.at.localeCompare(a.at)), truncated };
    },
  };
}
