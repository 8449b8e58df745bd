import type { GlitchtipClient, GlitchtipConfig } from "./client.ts";

const PER_PAGE = "50";

/**
 * Where the watched issues are listed and what is asked of the list, the newest event first. Its `start` and `end` are
 * about the first event (glitchtip-backend `IssueFilters`), so a reader stops where issues get too old.
 */
export function createIssueList(client: GlitchtipClient, { project, environment }: GlitchtipConfig) {
  return {
    async path(): Promise<string> {
      const org = encodeURIComponent(await client.organization());
      return project === null
        ? `/organizations/${org}/issues/`
        : `/projects/${org}/${encodeURIComponent(project)}/issues/`;
    },
    query: (search: string | null, cursor: string | null): Record<string, string> => ({
      ...(search === null ? {} : { query: search }),
      sort: "-last_seen",
      limit: PER_PAGE,
      ...(environment === null ? {} : { environment }),
      ...(cursor === null ? {} : { cursor }),
    }),
  };
}
