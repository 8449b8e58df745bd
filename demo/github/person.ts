import { readCommit, readRef } from "./git.ts";
import { type FileChange, moveRef, writeCommit, writeTree } from "./git-write.ts";
import type { MergeMethod } from "./merges.ts";
import { nodeId } from "./node-ids.ts";
import { afterRefUpdate } from "./ref-updates.ts";
import { personOf } from "./serialize-git.ts";
import { fullName, getAccount, getRepo, inRepo, now, repoDir, type World } from "./world.ts";

export interface ReviewInput {
  event?: "APPROVE" | "REQUEST_CHANGES" | "COMMENT";
  body?: string;
  comments?: { path: string; line: number; body: string; side?: "LEFT" | "RIGHT"; start_line?: number }[];
}

/** What a person does in the open: each goes through the API with the person's own token, with the same rules and webhooks. */
export interface Person {
  login: string;
  token: string;
  openIssue(title: string, body?: string, labels?: string[]): Promise<number>;
  comment(number: number, body: string): Promise<number>;
  closeIssue(number: number, reason?: "completed" | "not_planned"): Promise<void>;
  reopenIssue(number: number): Promise<void>;
  label(number: number, labels: string[]): Promise<void>;
  openPullRequest(input: {
    title: string;
    head: string;
    base?: string;
    body?: string;
    draft?: boolean;
  }): Promise<number>;
  merge(number: number, method?: MergeMethod): Promise<string>;
  markReady(number: number): Promise<void>;
  convertToDraft(number: number): Promise<void>;
  closePullRequest(number: number): Promise<void>;
  review(number: number, review: ReviewInput): Promise<number>;
  /** Answers below a comment on a line. */
  reply(number: number, commentId: number, body: string): Promise<number>;
  /** Pushes one commit; a null file is deleted. The branch is made from the default branch when it is missing. */
  push(files: Record<string, string | null>, message: string, branch?: string): Promise<string>;
}

type Reply = Record<string, unknown>;

/** Calls the API as the person. Throws with GitHub's own message where it refuses. */
async function call(world: World, token: string, method: string, path: string, body?: unknown): Promise<Reply> {
  const response = await fetch(`${world.baseUrl}${path}`, {
    method,
    headers: { authorization: `token ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was refused with ${response.status}: ${text}`);
  const reply: unknown = text === "" ? {} : JSON.parse(text);
  if (typeof reply === "object" && reply !== null && "errors" in reply)
    throw new Error(`${method} ${path} failed: ${text}`);
  return typeof reply === "object" && reply !== null ? { ...reply } : {};
}

async function pushCommit(
  world: World,
  login: string,
  repoName: string,
  files: Record<string, string | null>,
  message: string,
  branch?: string,
): Promise<string> {
  const repo = getRepo(world, repoName);
  const dir = repoDir(world, repo);
  const ref = `refs/heads/${branch ?? repo.defaultBranch}`;
  return world.locked(repo, async () => {
    const before = await readRef(dir, ref);
    const parent = before ?? (await readRef(dir, `refs/heads/${repo.defaultBranch}`));
    const changes: FileChange[] = Object.entries(files).map(([path, content]) => ({ path, content }));
    const tree = await writeTree(dir, parent === null ? null : (await readCommit(dir, parent)).tree, changes);
    const author = personOf(getAccount(world, login), now());
    const sha = await writeCommit(dir, {
      tree,
      parents: parent === null ? [] : [parent],
      message,
      author,
      committer: author,
    });
    if (!(await moveRef(dir, ref, sha, before))) throw new Error(`${ref} moved while ${login} was pushing`);
    await afterRefUpdate(world, repo, { ref, before, after: sha, by: login });
    return sha;
  });
}

/** A person at work in one repository. Throws where GitHub would refuse the action. */
export function createPerson(world: World, login: string, token: string, repoName: string): Person {
  const repo = getRepo(world, repoName);
  const at = `/repos/${fullName(repo)}`;
  const api = (method: string, path: string, body?: unknown) => call(world, token, method, `${at}${path}`, body);
  const mutate = async (name: string, number: number) => {
    const query = `mutation($id:ID!){${name}(input:{pullRequestId:$id}){pullRequest{isDraft}}}`;
    await call(world, token, "POST", "/graphql", { query, variables: { id: nodeId("PR", inRepo(repo, number)) } });
  };
  return {
    login,
    token,
    openIssue: async (title, body, labels) => Number((await api("POST", "/issues", { title, body, labels })).number),
    comment: async (number, body) => Number((await api("POST", `/issues/${number}/comments`, { body })).id),
    closeIssue: async (number, reason = "completed") =>
      void (await api("PATCH", `/issues/${number}`, { state: "closed", state_reason: reason })),
    reopenIssue: async (number) => void (await api("PATCH", `/issues/${number}`, { state: "open" })),
    label: async (number, labels) => void (await api("POST", `/issues/${number}/labels`, { labels })),
    openPullRequest: async (input) =>
      Number((await api("POST", "/pulls", { base: repo.defaultBranch, ...input })).number),
    merge: async (number, method = "merge") =>
      String((await api("PUT", `/pulls/${number}/merge`, { merge_method: method })).sha),
    markReady: (number) => mutate("markPullRequestReadyForReview", number),
    convertToDraft: (number) => mutate("convertPullRequestToDraft", number),
    closePullRequest: async (number) => void (await api("PATCH", `/pulls/${number}`, { state: "closed" })),
    review: async (number, review) =>
      Number((await api("POST", `/pulls/${number}/reviews`, { event: "COMMENT", ...review })).id),
    reply: async (number, commentId, body) =>
      Number((await api("POST", `/pulls/${number}/comments/${commentId}/replies`, { body })).id),
    push: (files, message, branch) => pushCommit(world, login, repoName, files, message, branch),
  };
}
