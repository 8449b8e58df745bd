import * as z from "zod";
import type { IssueListing } from "../../intake/ports.ts";
import type { SourceIssue } from "../../investigate/ports.ts";
import { nextCursor } from "../sentry/client.ts";
import { sentryIssueSchema } from "../sentry/issue.ts";
import type { GlitchtipClient, GlitchtipConfig } from "./client.ts";
import { readGlitchtipIssue } from "./error-source.ts";

const PER_PAGE = "50";

/** IssueListing on GlitchTip. `start` and `end` there are about the first event, so the newest are read until one is too old. */
export function createIssueListing(client: GlitchtipClient, config: GlitchtipConfig): IssueListing {
  const path = async () => {
    const org = encodeURIComponent(await client.organization());
    return config.project === null
      ? `/organizations/${org}/issues/`
      : `/projects/${org}/${encodeURIComponent(config.project)}/issues/`;
  };
  const query: Record<string, string> = {
    query: "is:unresolved",
    sort: "-last_seen",
    limit: PER_PAGE,
    ...(config.environment === null ? {} : { environment: config.environment }),
  };
  return {
    async listRecentIssues({ since, limit }) {
      const found: SourceIssue[] = [];
      let cursor: string | null = null;
      do {
        const page: Record<string, string> = cursor === null ? query : { ...query, cursor };
        const answer = await client.get(await path(), page, z.array(sentryIssueSchema));
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
