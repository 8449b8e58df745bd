import * as z from "zod";
import type { PolledIssue, UnreadableItem } from "../../reconcile/model.ts";
import type { IssueFeed } from "../../reconcile/ports.ts";
import { nullWhenMissing } from "../http.ts";
import { issuePath, nextCursor, type Query, type SentryClient, type SentryConfig } from "./client.ts";
import { isoTime } from "./event.ts";
import { readSentryIssue, sentryIssueSchema } from "./issue.ts";

const PER_PAGE = "100";

const polledSchema = sentryIssueSchema.extend({
  substatus: z.string().nullish().catch(null),
  issueCategory: z.string().nullish().catch(null),
});
const idSchema = z.object({ id: z.coerce.string(), lastSeen: z.string().nullish().catch(null) }).partial();

/** JSON may carry NUL and lone surrogates, Postgres refuses both. */
const storable = (text: string) => text.slice(0, 500).toWellFormed().replaceAll("\0", "\uFFFD");

/** An issue of a list in our words; null for one that is on its way out, and what is wrong with one that cannot be read. */
export function readPolledIssue(value: unknown): PolledIssue | UnreadableItem | null {
  const read = polledSchema.safeParse(value);
  if (!read.success) {
    const { id, lastSeen } = idSchema.safeParse(value).data ?? {};
    const fields = read.error.issues.map((issue) => issue.path.join(".")).slice(0, 5);
    return { id: id ?? "unknown", at: isoTime(lastSeen), fault: `${fields.join(", ") || "it"} cannot be read` };
  }
  const issue = readSentryIssue(read.data);
  if (issue === null) return null;
  const { issueCategory, substatus, project, firstSeen, lastSeen } = read.data;
  return {
    ...issue,
    title: storable(issue.title),
    culprit: issue.culprit === null ? null : storable(issue.culprit),
    isRegressed: substatus === "regressed" || substatus === "escalating",
    category: issueCategory ?? null,
    sourceProject: project.slug,
    raw: { firstSeen, lastSeen },
  };
}

/** The readable and the other items of a page. */
export function sortPolledIssues(page: readonly unknown[]): { items: PolledIssue[]; unreadable: UnreadableItem[] } {
  const items: PolledIssue[] = [];
  const unreadable: UnreadableItem[] = [];
  for (const value of page) {
    const read = readPolledIssue(value);
    if (read === null) continue;
    if ("fault" in read) unreadable.push(read);
    else items.push(read);
  }
  return { items, unreadable };
}

/**
 * The whole list, of any status: without `query` Sentry answers unresolved ones only. `project` takes ids; a slug goes
 * into the search (docs.sentry.io, "List an Organization's Issues").
 */
function queryOf(config: SentryConfig): Query {
  const { project, environment } = config;
  const isId = project === null || /^\d+$/.test(project);
  return {
    query: isId ? "" : `project:"${project.replaceAll('"', '\\"')}"`,
    project: isId ? (project ?? "-1") : "-1",
    sort: "date",
    limit: PER_PAGE,
    ...(environment === null ? {} : { environment }),
  };
}

/** IssueFeed on Sentry: `start` and `end` are about events, so a page holds issues that had one in that time. */
export function createIssueFeed(client: SentryClient, config: SentryConfig): IssueFeed {
  return {
    async listChangedIssues({ since, until, cursor }) {
      const query = { ...queryOf(config), start: since, end: until, ...(cursor === null ? {} : { cursor }) };
      const answer = await client.get("/issues/", query, z.array(z.unknown()));
      return { ...sortPolledIssues(answer.value), nextCursor: nextCursor(answer.header("link")) };
    },
    async findIssue(issueId) {
      const answer = await nullWhenMissing(client.get(issuePath(issueId), {}, polledSchema));
      const issue = answer === null ? null : readPolledIssue(answer.value);
      return issue === null || "fault" in issue ? null : issue;
    },
  };
}
