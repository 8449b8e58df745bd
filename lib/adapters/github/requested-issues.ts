import * as z from "zod";
import type { IssueReader } from "../../intake/ports.ts";
import type { IssueComment, RequestedIssues } from "../../repair/ports.ts";
import type { GitHubClient } from "./client.ts";

const MAX_COMMENTS = 100;
/** Whom GitHub counts among a repository's own people (docs.github.com, CommentAuthorAssociation). */
const OWN_PEOPLE = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

const commentSchema = z.object({
  body: z.string().nullish(),
  user: z.object({ login: z.string(), type: z.string() }).nullish(),
  author_association: z.string().nullish(),
});
type Comment = z.infer<typeof commentSchema>;

/** RequestedIssues on GitHub. Read-only. */
export function createRequestedIssues(client: GitHubClient, reader: Pick<IssueReader, "findIssue">): RequestedIssues {
  return {
    findIssue: (number) => reader.findIssue(number),
    async listComments(number) {
      const issue = await reader.findIssue(number);
      const comments: Comment[] = [];
      const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
      for await (const one of client.list(route, { issue_number: number }, z.array(commentSchema))) comments.push(one);
      return comments.slice(-MAX_COMMENTS).map((comment) => commentOf(comment, issue?.author?.login ?? null));
    },
  };
}

function commentOf({ body, user, author_association: association }: Comment, issueAuthor: string | null): IssueComment {
  const author = user?.login ?? "ghost";
  return {
    author,
    isBot: user?.type !== "User",
    isTrusted: OWN_PEOPLE.has(association ?? "") || (user != null && author === issueAuthor),
    text: body ?? "",
  };
}
