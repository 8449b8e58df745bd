import * as z from "zod";
import type { SessionHistory } from "../../recovery/ports.ts";
import { nullWhenMissing } from "../http.ts";
import { issuePath, type SentryClient } from "./client.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Sentry counts by the minute over short ranges only. */
const MINUTELY_UP_TO_MS = 6 * HOUR_MS;

const issueSchema = z.object({ project: z.object({ id: z.string() }) });
const FIELD = "sum(session)";
const sessionsSchema = z.object({
  intervals: z.array(z.string()),
  groups: z.array(z.object({ series: z.object({ [FIELD]: z.array(z.number().nullable()) }) })),
});

/**
 * SessionHistory on Sentry's release health: `GET /sessions/` with `field=sum(session)`, by the project's number (which the
 * issue names), by the minute over up to six hours and by the hour over more.
 */
export function createSessionHistory(client: SentryClient): SessionHistory {
  return {
    async listSessions({ issueId, environment, from, to }) {
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      const issue = await nullWhenMissing(client.get(issuePath(issueId), {}, issueSchema));
      if (issue === null || !(fromMs < toMs)) return null;
      const stepMs = toMs - fromMs <= MINUTELY_UP_TO_MS ? MINUTE_MS : HOUR_MS;
      const edge = (ms: number) => new Date(ms).toISOString();
      const query = {
        field: FIELD,
        project: issue.value.project.id,
        interval: stepMs === MINUTE_MS ? "1m" : "1h",
        start: edge(Math.floor(fromMs / stepMs) * stepMs),
        end: edge(Math.ceil(toMs / stepMs) * stepMs),
        ...(environment === null ? {} : { environment }),
      };
      const { value } = await client.get("/sessions/", query, sessionsSchema);
      const counts = value.groups.map(({ series }) => series[FIELD] ?? []);
      return value.intervals.flatMap((start, index) => {
        const startMs = Date.parse(start);
        const count = counts.reduce((sum, series) => sum + (series[index] ?? 0), 0);
        return Number.isFinite(startMs) ? [{ startMs, endMs: startMs + stepMs, count }] : [];
      });
    },
  };
}
