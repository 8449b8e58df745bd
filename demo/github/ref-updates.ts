import { isAncestor, logCommits } from "./git.ts";
import { diffFiles } from "./git-diff.ts";
import { moveRef } from "./git-write.ts";
import { closeIssue, closeNamedIssues, emitPull, issueOfPull } from "./pull-events.ts";
import type { PullRecord, RepoRecord } from "./records.ts";
import { emailOf, serializePushCommit } from "./serialize-git.ts";
import { htmlUrl, type Json } from "./serialize-repository.ts";
import { emit } from "./webhooks.ts";
import { getAccount, now, openPulls, putIssue, putPull, repoDir, type World } from "./world.ts";

const NO_OBJECT = "0".repeat(40);

/** GitHub itself lists at most 2048; the demo never pushes as many. */
const MAX_PUSH_COMMITS = 100;

interface RefUpdate {
  ref: string;
  /** null: the ref was created */
  before: string | null;
  /** null: the ref was deleted */
  after: string | null;
  /** login of who moved it */
  by: string;
}

async function pushPayload(world: World, repo: RepoRecord, update: RefUpdate): Promise<Json> {
  const dir = repoDir(world, repo);
  const { before, after, ref } = update;
  const base = before ?? (ref === `refs/heads/${repo.defaultBranch}` ? null : `refs/heads/${repo.defaultBranch}`);
  const range = base === null ? [after ?? ""] : [`${base}..${after}`];
  const commits =
    after === null ? [] : await logCommits(dir, ["--reverse", `--max-count=${MAX_PUSH_COMMITS}`, ...range]);
  const withFiles = async (commit: (typeof commits)[number]) =>
    serializePushCommit(world, repo, commit, await diffFiles(dir, commit.parents[0] ?? null, commit.sha));
  const listed = await Promise.all(commits.map(withFiles));
  const [head] = after === null ? [] : await Promise.all((await logCommits(dir, ["-1", after])).map(withFiles));
  const pusher = getAccount(world, update.by);
  return {
    ref,
    before: before ?? NO_OBJECT,
    after: after ?? NO_OBJECT,
    created: before === null,
    deleted: after === null,
    forced: before !== null && after !== null && !(await isAncestor(dir, before, after)),
    base_ref: null,
    compare: `${htmlUrl(world, repo)}/compare/${(before ?? NO_OBJECT).slice(0, 12)}...${(after ?? NO_OBJECT).slice(0, 12)}`,
    commits: listed,
    head_commit: head ?? null,
    pusher: { name: pusher.login, email: emailOf(pusher) },
  };
}

async function synchronize(world: World, repo: RepoRecord, pull: PullRecord, update: RefUpdate): Promise<void> {
  if (update.after === null) {
    await closeIssue(world, repo, issueOfPull(world, repo, pull), update.by, null);
    return;
  }
  const before = pull.headSha;
  putPull(world, repo, { ...pull, headSha: update.after });
  putIssue(world, repo, { ...issueOfPull(world, repo, pull), updatedAt: now() });
  await moveRef(repoDir(world, repo), `refs/pull/${pull.number}/head`, update.after, before);
  await emitPull(world, repo, pull.number, "synchronize", update.by, { before, after: update.after });
}

/** A push to the base that contains the head merges the pull request, as GitHub notices. */
async function noticeMerge(world: World, repo: RepoRecord, pull: PullRecord, update: RefUpdate): Promise<void> {
  const { after } = update;
  if (after === null) {
    await closeIssue(world, repo, issueOfPull(world, repo, pull), update.by, null);
    return;
  }
  if (pull.merging !== null || !(await isAncestor(repoDir(world, repo), pull.headSha, after))) return;
  await recordMerge(world, repo, { ...pull, baseSha: update.before ?? pull.baseSha }, pull.headSha, update.by);
}

/**
 * Marks a pull request as merged and closed and fires its event; the commit is on the base branch already. `merging` is
 * cleared together with the event, so that a merge in which the process was killed is told after the restart.
 */
export async function recordMerge(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  sha: string,
  by: string,
): Promise<void> {
  const at = pull.mergedAt ?? now();
  const merging = pull.merging ?? { sha, by };
  const merged = putPull(world, repo, { ...pull, merging, mergedAt: at, mergedBy: by, mergeCommitSha: sha });
  const issue = issueOfPull(world, repo, pull);
  const closed = putIssue(world, repo, { ...issue, state: "closed", closedAt: at, closedBy: by, updatedAt: at });
  await emitPull(world, repo, pull.number, "closed", by);
  putPull(world, repo, { ...merged, merging: null });
  if (pull.baseRef === repo.defaultBranch) await closeNamedIssues(world, repo, closed.body ?? "", by);
}

/** What follows when a ref has moved: the push event, pull requests of that branch, issues that the commits close. */
export async function afterRefUpdate(world: World, repo: RepoRecord, update: RefUpdate): Promise<void> {
  world.store.repos.put(repo.id, { ...(world.store.repos.get(repo.id) ?? repo), pushedAt: now() });
  emit(world, {
    event: "push",
    action: null,
    repo,
    sender: update.by,
    payload: await pushPayload(world, repo, update),
  });
  const branch = /^refs\/heads\/(.+)$/.exec(update.ref)?.[1];
  if (branch === undefined) return;
  for (const pull of openPulls(world, repo)) {
    if (pull.headRef === branch) await synchronize(world, repo, pull, update);
    else if (pull.baseRef === branch) await noticeMerge(world, repo, pull, update);
  }
  if (branch !== repo.defaultBranch || update.after === null || update.before === null) return;
  const commits = await logCommits(repoDir(world, repo), [
    `--max-count=${MAX_PUSH_COMMITS}`,
    `${update.before}..${update.after}`,
  ]);
  for (const commit of commits) await closeNamedIssues(world, repo, commit.message, update.by);
}
