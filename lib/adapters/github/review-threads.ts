import * as z from "zod";
import type { GitHubClient } from "./client.ts";

const PER_PAGE = 50;

/** Which threads are resolved or outdated is told by GraphQL alone. */
const THREADS = `query($owner: String!, $repo: String!, $number: Int!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      reviewThreads(first: $first, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved isOutdated path line resolvedBy { login }
          comments(first: 100) {
            nodes {
              databaseId body createdAt url
              author { __typename login }
              pullRequestReview { databaseId }
            }
          }
        }
      }
    }
  }
}`;

const threadCommentSchema = z.object({
  databaseId: z.number(),
  body: z.string(),
  createdAt: z.string(),
  url: z.string(),
  author: z.object({ __typename: z.string(), login: z.string() }).nullish(),
  pullRequestReview: z.object({ databaseId: z.number() }).nullish(),
});
const threadSchema = z.object({
  id: z.string(),
  isResolved: z.boolean(),
  isOutdated: z.boolean(),
  path: z.string(),
  line: z.number().int().nullish(),
  resolvedBy: z.object({ login: z.string() }).nullish(),
  comments: z.object({ nodes: z.array(threadCommentSchema) }),
});
const threadsSchema = z.object({
  repository: z.object({
    pullRequest: z.object({
      reviewThreads: z.object({
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
        nodes: z.array(threadSchema),
      }),
    }),
  }),
});
export type HostedThread = z.infer<typeof threadSchema>;

/** The threads of a pull request, each with its first hundred comments, oldest first; `maxPages` of fifty. */
export async function* listThreads(
  client: GitHubClient,
  number: number,
  maxPages: number,
): AsyncGenerator<HostedThread> {
  let after: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const variables: Record<string, unknown> = {
      owner: client.owner,
      repo: client.name,
      number,
      first: PER_PAGE,
      after,
    };
    const answer: z.infer<typeof threadsSchema> = await client.query(THREADS, variables, threadsSchema);
    const { nodes, pageInfo } = answer.repository.pullRequest.reviewThreads;
    yield* nodes;
    after = pageInfo.endCursor ?? null;
    if (!pageInfo.hasNextPage || after === null) return;
  }
}
