import { GitHubError } from "./errors.ts";
import { type GitPerson, isAncestor, logCommits, readRef } from "./git.ts";
import { mergeTree, moveRef, rebaseOnto, writeCommit } from "./git-write.ts";
import { issueOfPull } from "./pull-events.ts";
import type { AccountRecord, IssueRecord, PullRecord, RepoRecord } from "./records.ts";
import { afterRefUpdate, recordMerge } from "./ref-updates.ts";
import { personOf, webFlow } from "./serialize-git.ts";
import { findPull, getAccount, inRepo, now, putPull, repoDir, type World } from "./world.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

interface MergeInput {
  method: MergeMethod;
  /** the head that the caller means; another is refused */
  sha?: string | undefined;
  title?: string | undefined;
  message?: string | undefined;
  by: AccountRecord;
}

const notAllowed = (message: string): GitHubError => new GitHubError(405, message);

/** Records that GitHub signed this commit itself. */
export function markSigned(world: World, repo: RepoRecord, sha: string): void {
  world.store.signedCommits.put(inRepo(repo, sha), { repoId: repo.id, sha, signedAt: now() });
}

function assertMergeable(pull: PullRecord, issue: IssueRecord, input: MergeInput): void {
  if (issue.state !== "open") throw notAllowed("Pull Request is not mergeable");
  if (pull.draft) throw notAllowed("Pull Request is still a draft");
  if (input.sha !== undefined && input.sha !== pull.headSha)
    throw new GitHubError(409, "Head branch was modified. Review and try the merge again.");
}

async function squashText(
  dir: string,
  base: string,
  pull: PullRecord,
  issue: IssueRecord,
  input: MergeInput,
): Promise<string> {
  const commits = await logCommits(dir, ["--reverse", `${base}..${pull.headSha}`]);
  const list =
    commits.length === 1
      ? (commits[0]?.message.split("\n").slice(2).join("\n") ?? "")
      : commits.map((one) => `* ${one.message}`).join("\n\n");
  return `${input.title ?? `${issue.title} (#${pull.number})`}\n\n${input.message ?? list}`.trimEnd();
}

interface Made {
  sha: string;
  isSigned: boolean;
}

/** Writes the commit (or commits) of the merge; the base branch does not move yet. Null on conflict. */
async function makeMerge(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  base: string,
  input: MergeInput,
): Promise<Made | null> {
  const dir = repoDir(world, repo);
  const date = now();
  const by: GitPerson = personOf(input.by, date);
  if (input.method === "rebase") {
    const sha = await rebaseOnto(dir, base, pull.headSha, by);
    return sha === null ? null : { sha, isSigned: false };
  }
  const tree = await mergeTree(dir, base, pull.headSha);
  if (tree === null) return null;
  const issue = issueOfPull(world, repo, pull);
  const isSquash = input.method === "squash";
  const title = input.title ?? `Merge pull request #${pull.number} from ${repo.owner}/${pull.headRef}`;
  const message = isSquash
    ? await squashText(dir, base, pull, issue, input)
    : `${title}\n\n${input.message ?? issue.title}`.trimEnd();
  const author = isSquash ? personOf(getAccount(world, issue.author), date) : by;
  const parents = isSquash ? [base] : [base, pull.headSha];
  return { sha: await writeCommit(dir, { tree, parents, message, author, committer: webFlow(date) }), isSigned: true };
}

/** Merges a pull request for real and answers the merge commit. Throws 405 (not mergeable) or 409 (another head). */
export function mergePull(world: World, repo: RepoRecord, number: number, input: MergeInput): Promise<string> {
  return world.locked(repo, async () => {
    const pull = findPull(world, repo, number);
    if (!pull) throw new GitHubError(404, "Not Found");
    assertMergeable(pull, issueOfPull(world, repo, pull), input);
    const dir = repoDir(world, repo);
    const ref = `refs/heads/${pull.baseRef}`;
    const base = await readRef(dir, ref);
    if (base === null) throw notAllowed("Base branch does not exist");
    const made = await makeMerge(world, repo, pull, base, input);
    if (made === null) throw notAllowed("Pull Request is not mergeable");
    if (made.isSigned) markSigned(world, repo, made.sha);
    const merging = { ...pull, baseSha: base, merging: { sha: made.sha, by: input.by.login } };
    putPull(world, repo, merging);
    if (!(await moveRef(dir, ref, made.sha, base))) {
      putPull(world, repo, pull);
      throw new GitHubError(409, "Base branch was modified. Review and try the merge again.");
    }
    await recordMerge(world, repo, merging, made.sha, input.by.login);
    await afterRefUpdate(world, repo, { ref, before: base, after: made.sha, by: input.by.login });
    return made.sha;
  });
}

/** Brings a pull request's branch up to date by a merge commit. Throws 422 for another head, a conflict, or nothing new. */
export function mergeBaseIntoHead(
  world: World,
  repo: RepoRecord,
  number: number,
  input: { expectedSha?: string | undefined; by: AccountRecord },
): Promise<string> {
  return world.locked(repo, async () => {
    const refuse = (message: string) => new GitHubError(422, message);
    const pull = findPull(world, repo, number);
    if (!pull || issueOfPull(world, repo, pull).state !== "open") throw refuse("Pull request is closed");
    if (input.expectedSha !== undefined && input.expectedSha !== pull.headSha)
      throw refuse("expected head sha didn't match current head ref.");
    const dir = repoDir(world, repo);
    const base = await readRef(dir, `refs/heads/${pull.baseRef}`);
    if (base === null || (await isAncestor(dir, base, pull.headSha)))
      throw refuse("There are no new commits on the base branch.");
    const tree = await mergeTree(dir, pull.headSha, base);
    if (tree === null) throw refuse("merge conflict between base and head");
    const date = now();
    const sha = await writeCommit(dir, {
      tree,
      parents: [pull.headSha, base],
      message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
      author: personOf(input.by, date),
      committer: webFlow(date),
    });
    markSigned(world, repo, sha);
    const ref = `refs/heads/${pull.headRef}`;
    if (!(await moveRef(dir, ref, sha, pull.headSha))) throw refuse("Head branch was modified.");
    await afterRefUpdate(world, repo, { ref, before: pull.headSha, after: sha, by: input.by.login });
    return sha;
  });
}

/** Finishes or forgets the merges in which the process was killed. */
export async function resumeMerges(world: World): Promise<void> {
  for (const pull of world.store.pulls.where((one) => one.merging !== null)) {
    const repo = world.store.repos.get(pull.repoId);
    if (!repo || pull.merging === null) continue;
    const { sha, by } = pull.merging;
    const base = await readRef(repoDir(world, repo), `refs/heads/${pull.baseRef}`);
    if (base !== null && (await isAncestor(repoDir(world, repo), sha, base)))
      await recordMerge(world, repo, pull, sha, by);
    else putPull(world, repo, { ...pull, merging: null });
  }
}
