import * as z from "zod";
import type { IncidentIssues } from "../../alerts/ports.ts";
import type { WritePermit } from "../../kernel/write.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import { nullWhenMissing } from "../http.ts";
import { authoredSchema, type GitHubClient } from "./client.ts";
import type { Markers } from "./markers.ts";

const OUR_LABEL = "patchpilot";
/** GitHub refuses titles of more than 256 characters. */
const MAX_TITLE = 256;

const ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}";

const issueSchema = z.object({
  ...authoredSchema.shape,
  number: z.number(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.string(),
  pull_request: z.unknown().optional(),
});
const commentSchema = z.object({
  ...authoredSchema.shape,
  id: z.number(),
  html_url: z.string(),
  body: z.string().nullish(),
});
const labelSchema = z.object({ name: z.string() });

const fitTitle = (title: string) => (title.length <= MAX_TITLE ? title : `${title.slice(0, MAX_TITLE - 1)}…`);
const sameText = (one: string | null | undefined, other: string) => (one ?? "").replaceAll("\r\n", "\n") === other;

/**
 * Lists instead of searching: GitHub's search lags behind its own writes by seconds to minutes, and would miss the issue
 * that a crashed attempt just made. Newest first, so that such an issue is on the first page.
 */
async function findIssue(client: GitHubClient, markers: Markers, marker: string) {
  const order = { labels: OUR_LABEL, state: "all", sort: "created", direction: "desc" };
  for await (const issue of client.list("GET /repos/{owner}/{repo}/issues", order, z.array(issueSchema))) {
    const isMarked = issue.pull_request === undefined && (await markers.isIn(issue.body, marker));
    if (isMarked && (await client.isOurs(issue))) return issue;
  }
  return null;
}

async function findComment(client: GitHubClient, markers: Markers, number: number, marker: string) {
  for await (const comment of client.list(`GET ${ISSUE}/comments`, { issue_number: number }, z.array(commentSchema))) {
    if ((await markers.isIn(comment.body, marker)) && (await client.isOurs(comment))) return comment;
  }
  return null;
}

/** The comment on an issue or pull request that carries `marker`, created or corrected. */
export async function ensureMarkedComment(
  client: GitHubClient,
  markers: Markers,
  permit: WritePermit,
  { number, marker, body }: Parameters<IncidentIssues["ensureComment"]>[1],
): Promise<{ url: string }> {
  assertPermit(permit, "github.comment");
  const wanted = await markers.append(body, marker);
  const found = await findComment(client, markers, number, marker);
  if (found && sameText(found.body, wanted)) return { url: found.html_url };
  const [route, target] = found
    ? ["PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", { comment_id: found.id }]
    : [`POST ${ISSUE}/comments`, { issue_number: number }];
  const comment = await client.write(permit, "github.comment", route, { ...target, body: wanted }, commentSchema);
  return { url: comment.html_url };
}

async function ensureLabels(
  client: GitHubClient,
  permit: WritePermit,
  { number, labels }: Parameters<IncidentIssues["ensureLabels"]>[1],
): Promise<void> {
  assertPermit(permit, "github.label");
  const issue = { issue_number: number };
  const have: string[] = [];
  for await (const label of client.list(`GET ${ISSUE}/labels`, issue, z.array(labelSchema))) have.push(label.name);
  const missing = labels.filter((name) => !have.includes(name));
  if (missing.length > 0) {
    await client.write(permit, "github.label", `POST ${ISSUE}/labels`, { ...issue, labels: missing }, z.unknown());
  }
  for (const name of have.filter((one) => one.startsWith(OUR_LABEL) && !labels.includes(one))) {
    const route = `DELETE ${ISSUE}/labels/{name}`;
    await nullWhenMissing(client.write(permit, "github.label", route, { ...issue, name }, z.unknown()));
  }
}

/**
 * IncidentIssues on GitHub. Permits: github.issue (ensureIssue, updateIssue, ensureOpen), github.comment, github.label,
 * github.close-issue.
 */
export function createIncidentIssues(client: GitHubClient, markers: Markers): IncidentIssues {
  const getIssue = (number: number) => client.get(`GET ${ISSUE}`, { issue_number: number }, issueSchema);
  return {
    async ensureIssue(permit, { marker, title, body, labels }) {
      assertPermit(permit, "github.issue");
      const found = await findIssue(client, markers, marker);
      if (found) return { number: found.number, url: found.html_url };
      const input = {
        title: fitTitle(title),
        body: await markers.append(body, marker),
        labels: [...new Set([OUR_LABEL, ...labels])],
      };
      const made = await client.write(permit, "github.issue", "POST /repos/{owner}/{repo}/issues", input, issueSchema);
      return { number: made.number, url: made.html_url };
    },
    async updateIssue(permit, { number, marker, title, body }) {
      assertPermit(permit, "github.issue");
      const issue = await getIssue(number);
      const wanted = { title: fitTitle(title), body: await markers.append(body, marker) };
      if (issue.title === wanted.title && sameText(issue.body, wanted.body)) return;
      await client.write(permit, "github.issue", `PATCH ${ISSUE}`, { issue_number: number, ...wanted }, issueSchema);
    },
    ensureComment: (permit, input) => ensureMarkedComment(client, markers, permit, input),
    ensureLabels: (permit, input) => ensureLabels(client, permit, input),
    async ensureClosed(permit, { number, reason }) {
      assertPermit(permit, "github.close-issue");
      if ((await getIssue(number)).state === "closed") return;
      const input = { issue_number: number, state: "closed", state_reason: reason };
      await client.write(permit, "github.close-issue", `PATCH ${ISSUE}`, input, issueSchema);
    },
    async ensureOpen(permit, { number }) {
      assertPermit(permit, "github.issue");
      if ((await getIssue(number)).state === "open") return;
      const input = { issue_number: number, state: "open", state_reason: "reopened" };
      await client.write(permit, "github.issue", `PATCH ${ISSUE}`, input, issueSchema);
    },
  };
}
