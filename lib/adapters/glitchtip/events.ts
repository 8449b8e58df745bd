import * as z from "zod";
import { nullWhenMissing } from "../http.ts";
import { issuePath, nextCursor } from "../sentry/client.ts";
import { isoTime } from "../sentry/event.ts";
import type { GlitchtipClient } from "./client.ts";

/** The list's page holds whole events, stack and breadcrumbs included: 50 (GlitchTip's default) keep it in bounds. */
const PER_PAGE = "50";

const text = z.string().nullish();

/**
 * The list of events is written in snake_case, the single event in camelCase: its route alone has no `by_alias`
 * (glitchtip-backend apps/issue_events/api/events.py). Both spellings are read.
 */
const eventSchema = z
  .object({
    id: z.string(),
    dateCreated: text,
    date_created: text,
    dateReceived: text,
    date_received: text,
    tags: z.array(z.object({ key: z.string(), value: z.string().nullish() })).default([]),
  })
  .transform((event) => {
    const tag = (key: string) => event.tags.find((one) => one.key === key)?.value ?? null;
    const at = isoTime(event.dateCreated ?? event.date_created);
    return {
      id: event.id,
      at,
      receivedAt: isoTime(event.dateReceived ?? event.date_received) ?? at,
      release: tag("release"),
      environment: tag("environment"),
    };
  });
export type ListedEvent = z.infer<typeof eventSchema>;

/** An issue's events, newest received first, a page at a time; the caller stops when it has seen enough. */
export async function* listEventPages(client: GlitchtipClient, issueId: string): AsyncGenerator<ListedEvent[]> {
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { limit: PER_PAGE, ...(cursor === null ? {} : { cursor }) };
    const answer = await nullWhenMissing(client.get(issuePath(issueId, "events/"), query, z.array(eventSchema)));
    if (answer === null) return;
    yield answer.value;
    cursor = nextCursor(answer.header("link"));
  } while (cursor !== null);
}
