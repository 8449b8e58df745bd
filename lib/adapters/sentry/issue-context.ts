import * as z from "zod";
import type { IssueContext } from "../../investigate/ports.ts";
import { nullWhenMissing } from "../http.ts";
import { issuePath, type SentryClient, type SentryConfig } from "./client.ts";
import { isoTime } from "./event.ts";

const MAX_VALUES = 5;
const MAX_COMMITS = 100;

const text = z.string().nullish().catch(null);
const count = z.coerce.number().int().nonnegative();
const spreadSchema = z.object({
  totalValues: count,
  topValues: z.array(z.object({ value: text, name: text, count })).default([]),
});
const releaseSchema = z.object({ dateCreated: text, dateReleased: text, commitCount: count.nullish().catch(null) });
const commitsSchema = z.array(z.object({ id: z.string() }));

/**
 * IssueContext by Sentry's public API: "Retrieve Tag Details", "Retrieve an Organization's Release" and "List an
 * Organization Release's Commits". Suspect committers and code mappings have none (ApiPublishStatus.PRIVATE in
 * getsentry/sentry), so they are not asked. Scopes: event:read, project:releases.
 */
export function createIssueContext(client: SentryClient, config: SentryConfig): IssueContext {
  return {
    async findTagSpread(issueId, key) {
      const query = config.environment === null ? {} : { environment: config.environment };
      const path = issuePath(issueId, `tags/${encodeURIComponent(key)}/`);
      const answer = await nullWhenMissing(client.get(path, query, spreadSchema));
      if (answer === null) return null;
      const { totalValues, topValues } = answer.value;
      const values = topValues.map((one) => ({ value: one.value || one.name || "(empty)", count: one.count }));
      return { total: totalValues, values: values.sort((a, b) => b.count - a.count).slice(0, MAX_VALUES) };
    },
    async findRelease(version) {
      const path = `/releases/${encodeURIComponent(version)}/`;
      const release = await nullWhenMissing(client.get(path, {}, releaseSchema));
      if (release === null) return null;
      const { dateCreated, dateReleased, commitCount } = release.value;
      const query = { per_page: String(MAX_COMMITS) };
      const commits =
        commitCount === 0 ? null : await nullWhenMissing(client.get(`${path}commits/`, query, commitsSchema));
      return {
        createdAt: isoTime(dateCreated),
        releasedAt: isoTime(dateReleased),
        commits: commits?.value.map((commit) => commit.id) ?? [],
      };
    },
  };
}
