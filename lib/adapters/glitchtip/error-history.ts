import type { ErrorHistory, EventMark } from "../../recovery/ports.ts";
import { createStatusControl } from "../sentry/error-history.ts";
import { type GlitchtipClient, isGlitchtipId } from "./client.ts";
import { listEventPages } from "./events.ts";

const MAX_PAGES = 40;

/**
 * ErrorHistory on GlitchTip: up to 2,000 events a question. Its list knows neither times nor environments, so both are
 * cut here: it goes back from the newest, and nothing was received before it happened.
 */
export function createErrorHistory(client: GlitchtipClient): ErrorHistory {
  const control = createStatusControl(client);
  return {
    ...control,
    findStatus: async (issueId) => (isGlitchtipId(issueId) ? control.findStatus(issueId) : null),
    async listEvents({ issueId, environment, from, to }) {
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      const marks = new Map<string, EventMark>();
      if (!(fromMs < toMs) || !isGlitchtipId(issueId)) return { events: [], truncated: false };
      let [pages, truncated] = [0, false];
      for await (const page of listEventPages(client, issueId)) {
        for (const event of page) {
          if (event.at === null || (environment !== null && event.environment !== environment)) continue;
          const atMs = Date.parse(event.at);
          if (atMs >= fromMs && atMs < toMs) marks.set(event.id, { at: event.at, release: event.release });
        }
        pages += 1;
        if (Date.parse(page.at(-1)?.receivedAt ?? "") < fromMs) break;
        truncated = pages >= MAX_PAGES;
        if (truncated) break;
      }
      return { events: [...marks.values()].sort((a, b) => b.at.localeCompare(a.at)), truncated };
    },
  };
}
