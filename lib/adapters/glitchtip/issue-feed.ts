import * as z from "zod";
import type { PolledIssue } from "../../reconcile/model.ts";
import type { IssueFeed } from "../../reconcile/ports.ts";
import { nullWhenMissing } from "../http.ts";
import { issuePath, nextCursor } from "../sentry/client.ts";
import { readPolledIssue, sortPolledIssues } from "../sentry/issue-feed.ts";
import { type GlitchtipClient, type GlitchtipConfig, isGlitchtipId } from "./client.ts";
import { createIssueList } from "./issue-list.ts";

/** IssueFeed on GlitchTip, of any status. GlitchTip tells of each issue once and of no status: the rest is learnt here. */
export function createIssueFeed(client: GlitchtipClient, config: GlitchtipConfig): IssueFeed {
  const list = createIssueList(client, config);
  // `userCount` is a constant 0 there, and the short id may be empty.
  const ours = async (issue: PolledIssue): Promise<PolledIssue> => {
    const url = await client.issuePage(issue.issueId);
    return { ...issue, shortId: issue.shortId || null, url, users: null };
  };
  return {
    async listChangedIssues({ since, cursor }) {
      const answer = await client.get(await list.path(), list.query(null, cursor), z.array(z.unknown()));
      const { items, unreadable } = sortPolledIssues(answer.value);
      const recent = items.filter(({ lastSeenAt }) => Date.parse(lastSeenAt) >= Date.parse(since));
      const isOver = recent.length < items.length;
      const next = isOver ? null : nextCursor(answer.header("link"));
      return { items: await Promise.all(recent.map(ours)), unreadable, nextCursor: next };
    },
    async findIssue(issueId) {
      if (!isGlitchtipId(issueId)) return null;
      const answer = await nullWhenMissing(client.get(issuePath(issueId), {}, z.unknown()));
      const issue = answer === null ? null : readPolledIssue(answer.value);
      if (issue === null || "fault" in issue) return null;
      const isWatched = config.project === null || issue.sourceProject === config.project;
      return isWatched ? ours(issue) : null;
    },
  };
}
