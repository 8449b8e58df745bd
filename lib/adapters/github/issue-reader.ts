import * as z from "zod";
import type { Permission } from "../../intake/issue-text-model.ts";
import type { HostedIssue, IssueReader } from "../../intake/ports.ts";
import { nullWhenMissing } from "../http.ts";
import type { GitHubClient } from "./client.ts";

const issueSchema = z.object({
  number: z.number(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(["open", "closed"]).catch("closed"),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).default([]),
  user: z.object({ login: z.string(), type: z.string() }).nullish(),
  author_association: z.string().nullish(),
  created_at: z.iso.datetime({ offset: true }),
  pull_request: z.unknown().optional(),
});
type Issue = z.infer<typeof issueSchema>;

/**
 * IssueReader on GitHub. Its issue lists hold pull requests too, which are left out. `getPermission` is what the code
 * host's other users ask with.
 */
export function createIssueReader(
  client: GitHubClient,
  getPermission: (login: string) => Promise<Permission>,
): IssueReader {
  return {
    async findIssue(number) {
      const route = "GET /repos/{owner}/{repo}/issues/{issue_number}";
      const issue = await nullWhenMissing(client.get(route, { issue_number: number }, issueSchema));
      return issue && issue.pull_request === undefined ? issueOf(issue) : null;
    },
    async *listOpenIssues() {
      const order = { state: "open", sort: "created", direction: "desc" };
      for await (const issue of client.list("GET /repos/{owner}/{repo}/issues", order, z.array(issueSchema))) {
        if (issue.pull_request === undefined) yield issueOf(issue);
      }
    },
    getPermission,
  };
}

function issueOf(issue: Issue): HostedIssue {
  return {
    number: issue.number,
    url: issue.html_url,
    title: issue.title,
    body: issue.body ?? "",
    labels: issue.labels.flatMap((label) => (typeof label === "string" ? label : (label.name ?? []))),
    state: issue.state,
    author: issue.user ? { login: issue.user.login, type: issue.user.type } : null,
    authorAssociation: issue.author_association ?? null,
    createdAt: issue.created_at,
  };
}
