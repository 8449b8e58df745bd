import * as z from "zod";
import type { IssueListing } from "../../intake/ports.ts";
import type { SourceIssue } from "../../investigate/ports.ts";
import { nextCursor } from "../sentry/client.ts";
import { sentryIssueSchema } from "../sentry/issue.ts";
import type { GlitchtipClient, GlitchtipConfig } from "./client.ts";
import { readGlitchtipIssue } from "./error-source.ts";
import { createIssueList } from "./issue-list.ts";

/** IssueListing on GlitchTip. */
export function createIssueListing(client: GlitchtipClient, config: GlitchtipConfig): IssueListing {
  const list = createIssueList(client, config);
  return {
    async listRecentIssues({ since, limit }) {
      const found: SourceIssue[] = [];
      let cursor: string | null = null;
      do {
        const query: Record<string, string> = list.query("is:unresolved", cursor);
        const answer = await client.get(await list.path(), query, z.array(sentryIssueSchema));
        for (const row of answer.value) {
          const issue = await readGlitchtipIssue(client, row);
          if (issue === null) continue;
          if (Date.parse(issue.lastSeenAt) < Date.parse(since) || found.length >= limit) return found;
          found.push(issue);
        }
        cursor = nextCursor(answer.header("link"));
      } while (cursor !== null);
      return found;
    },
  };
}
