import type { ErrorSource, SourceIssue } from "../../investigate/ports.ts";
import { nullWhenMissing } from "../http.ts";
import { issuePath } from "../sentry/client.ts";
import { readSentryEvent, type SentryEvent, sentryEventSchema } from "../sentry/event.ts";
import { readSentryIssue, type SentryIssue, sentryIssueSchema } from "../sentry/issue.ts";
import { type GlitchtipClient, type GlitchtipConfig, isGlitchtipId } from "./client.ts";
import { listEventPages } from "./events.ts";

/** How far back an event of the watched environment is looked for, in events of the issue. */
const LOOK_BACK = 500;

/** The issue in our words: with its page's address, and without the short id that an issue may lack. */
export async function readGlitchtipIssue(client: GlitchtipClient, issue: SentryIssue): Promise<SourceIssue | null> {
  const read = readSentryIssue(issue);
  return read && { ...read, shortId: read.shortId || null, url: await client.issuePage(read.issueId) };
}

/**
 * ErrorSource on GlitchTip. An issue of another project than the configured one is null as well: an unsigned webhook can
 * name any, and what it names is nobody's fault here.
 */
export function createErrorSource(client: GlitchtipClient, config: GlitchtipConfig): ErrorSource {
  const { environment, project } = config;
  const isOurs = (issue: SentryIssue) =>
    project === null || issue.project.slug === project || issue.project.id === project;
  const isWatched = (event: SentryEvent) =>
    environment === null || event.tags.some((tag) => tag.key === "environment" && tag.value === environment);
  const findEvent = (issueId: string, event: string) =>
    nullWhenMissing(client.get(issuePath(issueId, `events/${event}/`), {}, sentryEventSchema));
  return {
    async findIssue(issueId) {
      if (!isGlitchtipId(issueId)) return null;
      const answer = await nullWhenMissing(client.get(issuePath(issueId), {}, sentryIssueSchema));
      return answer !== null && isOurs(answer.value) ? readGlitchtipIssue(client, answer.value) : null;
    },
    // GlitchTip takes no environment here: where its latest event is another's, the newest of ours is looked for.
    async findLatestEvent(issueId) {
      if (!isGlitchtipId(issueId)) return null;
      const latest = await findEvent(issueId, "latest");
      if (latest === null || isWatched(latest.value)) return latest && readSentryEvent(latest.value);
      let seen = 0;
      for await (const page of listEventPages(client, issueId)) {
        const found = page.find((event) => event.environment === environment);
        const event = found && (await findEvent(issueId, encodeURIComponent(found.id)));
        if (event) return readSentryEvent(event.value);
        seen += page.length;
        if (seen >= LOOK_BACK) break;
      }
      return null;
    },
  };
}
