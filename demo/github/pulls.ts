import * as z from "zod";
import { actingAccount, assertMay, authorship, repoFor } from "./auth.ts";
import { answerDiff } from "./commits.ts";
import { type Api, type Ctx, numberParam } from "./context.ts";
import { GitHubError, notFound, validationFailed } from "./errors.ts";
import { countCommits, logCommits, mergeBase, readRef } from "./git.ts";
import { withinAnswer } from "./git-diff.ts";
import { moveRef } from "./git-write.ts";
import { paged, readBody } from "./http.ts";
import { editTexts, reopenIssue, sorted } from "./issues.ts";
import { mergeBaseIntoHead, mergePull } from "./merges.ts";
import { closeIssue, emitPull, issueOfPull } from "./pull-events.ts";
import type { PullRecord, RepoRecord } from "./records.ts";
import { serializeCommit, serializeFile } from "./serialize-git.ts";
import { pullFiles, pullRange, serializePull, serializePullSimple } from "./serialize-pull.ts";
import { apiUrl } from "./serialize-repository.ts";
import { findIssue, findPull, now, openPulls, putIssue, putPull, repoDir, takeNumber, type World } from "./world.ts";

const READ = { area: "pull_requests", level: "read" } as const;

const WRITE = { area: "pull_requests", level: "write" } as const;

/** GitHub lists at most this many files of a pull request. */
const MAX_FILES = 3000;

const PullBody = z.object({
  title: z.string().optional(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullable().optional(),
  draft: z.boolean().optional(),
  maintainer_can_modify: z.boolean().optional(),
});

const PullPatch = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(["open", "closed"]).optional(),
  base: z.string().optional(),
});

const MergeBody = z.object({
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(["merge", "squash", "rebase"]).optional(),
});

const custom = (message: string): GitHubError => validationFailed({ resource: "PullRequest", code: "custom", message });

const badField = (field: string): GitHubError => validationFailed({ resource: "PullRequest", field, code: "invalid" });

const draftsUnsupported = (): GitHubError =>
  new GitHubError(422, "Draft pull requests are not supported in this repository.", {
    docs: "https://docs.github.com/rest/pulls/pulls#create-a-pull-request",
  });

/** Both ends of a pull request to be made. Throws 422 as GitHub does: unknown branch, nothing to merge, one is open already. */
async function checkedEnds(
  world: World,
  repo: RepoRecord,
  head: string,
  baseRef: string,
): Promise<Pick<PullRecord, "headRef" | "headSha" | "baseRef" | "baseSha">> {
  const dir = repoDir(world, repo);
  const headRef = head.replace(new RegExp(`^${repo.owner}:`, "i"), "");
  const headSha = await readRef(dir, `refs/heads/${headRef}`);
  const baseSha = await readRef(dir, `refs/heads/${baseRef}`);
  if (baseSha === null) throw badField("base");
  if (headSha === null) throw badField("head");
  if (openPulls(world, repo).some((pull) => pull.headRef === headRef && pull.baseRef === baseRef))
    throw custom(`A pull request already exists for ${repo.owner}:${headRef}.`);
  if ((await mergeBase(dir, baseSha, headSha)) === null)
    throw custom(`The ${headRef} branch has no history in common with ${baseRef}`);
  if ((await countCommits(dir, baseSha, headSha)) === 0) throw custom(`No commits between ${baseRef} and ${headRef}`);
  return { headRef, headSha, baseRef, baseSha };
}

async function createPull(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { ...WRITE, role: "read" });
  const input = await readBody(c, PullBody);
  const by = authorship(world, c.get("actor"));
  if ((input.title ?? "").trim() === "")
    throw validationFailed({ resource: "PullRequest", code: "missing_field", field: "title" });
  if (input.draft === true && !repo.allowsDrafts) throw draftsUnsupported();
  return world.locked(repo, async () => {
    const ends = await checkedEnds(world, repo, input.head, input.base);
    const at = now();
    const id = world.store.nextId();
    const number = takeNumber(world, repo);
    const base = { id, repoId: repo.id, number };
    const pull = {
      ...base,
      ...ends,
      draft: input.draft ?? false,
      mergedAt: null,
      mergedBy: null,
      mergeCommitSha: null,
      merging: null,
    };
    const closed = { closedAt: null, closedBy: null };
    const texts = { title: input.title ?? "", body: input.body ?? null, labels: [], assignees: [] };
    const issue = {
      ...base,
      isPull: true,
      ...texts,
      state: "open" as const,
      stateReason: null,
      ...by,
      createdAt: at,
      updatedAt: at,
      ...closed,
    };
    putIssue(world, repo, issue);
    putPull(world, repo, pull);
    await moveRef(repoDir(world, repo), `refs/pull/${number}/head`, pull.headSha, null);
    await emitPull(world, repo, number, "opened", by.author);
    return c.json(await serializePull(world, repo, pull, issue), 201);
  });
}

function pullFor(c: Ctx, world: World, repo: RepoRecord): PullRecord {
  const pull = findPull(world, repo, numberParam(c, "number"));
  if (!pull) throw notFound();
  return pull;
}

async function listPulls(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const state = c.req.query("state") ?? "open";
  const head = c.req.query("head");
  const base = c.req.query("base");
  const headParts = /^([^:]+):(.+)$/.exec(head ?? "");
  const found = world.store.pulls.where((pull) => {
    if (pull.repoId !== repo.id) return false;
    if (state !== "all" && issueOfPull(world, repo, pull).state !== state) return false;
    if (base !== undefined && pull.baseRef !== base) return false;
    // A head that is not OWNER:BRANCH is ignored, as GitHub ignores it.
    return !headParts || (headParts[1]?.toLowerCase() === repo.owner.toLowerCase() && headParts[2] === pull.headRef);
  });
  const issues = sorted(
    c,
    found.map((pull) => issueOfPull(world, repo, pull)),
  );
  const page = paged(c, world, issues).flatMap((issue) => {
    const pull = findPull(world, repo, issue.number);
    return pull ? [serializePullSimple(world, repo, pull, issue)] : [];
  });
  return c.json(page);
}

async function changeBase(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  base: string,
  sender: string,
): Promise<void> {
  const sha = await readRef(repoDir(world, repo), `refs/heads/${base}`);
  if (sha === null) throw badField("base");
  putPull(world, repo, { ...pull, baseRef: base, baseSha: sha });
  await emitPull(world, repo, pull.number, "edited", sender, {
    changes: { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } },
  });
}

async function updatePull(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { ...WRITE, role: "none" });
  const pull = pullFor(c, world, repo);
  const sender = actingAccount(world, c.get("actor")).login;
  const issue = issueOfPull(world, repo, pull);
  assertMay(world, c.get("actor"), repo, { ...WRITE, role: sender === issue.author ? "none" : "write" });
  const input = await readBody(c, PullPatch);
  await editTexts(world, repo, issue, input, sender);
  if (input.base !== undefined && input.base !== pull.baseRef) await changeBase(world, repo, pull, input.base, sender);
  const current = () => findIssue(world, repo, pull.number) ?? issue;
  if (input.state === "closed") await closeIssue(world, repo, current(), sender, null);
  if (input.state === "open" && current().state === "closed") {
    if (pull.mergedAt !== null) throw custom("Cannot reopen a merged pull request");
    if ((await readRef(repoDir(world, repo), `refs/heads/${pull.headRef}`)) === null)
      throw custom(`The ${pull.headRef} branch was deleted.`);
    await reopenIssue(world, repo, current(), sender);
  }
  return c.json(await serializePull(world, repo, findPull(world, repo, pull.number) ?? pull, current()));
}

/** Draft to ready or back, as the GraphQL mutations do; fires ready_for_review or converted_to_draft. */
export async function setDraft(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  draft: boolean,
  sender: string,
): Promise<PullRecord> {
  if (draft && !repo.allowsDrafts) throw draftsUnsupported();
  if (pull.draft === draft) return pull;
  const next = putPull(world, repo, { ...pull, draft });
  putIssue(world, repo, { ...issueOfPull(world, repo, pull), updatedAt: now() });
  await emitPull(world, repo, pull.number, draft ? "converted_to_draft" : "ready_for_review", sender);
  return next;
}

async function getPull(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const pull = pullFor(c, world, repo);
  if (/\b(diff|patch)\b/.test(c.req.header("accept") ?? "")) {
    const { from, to } = await pullRange(world, repo, pull);
    return answerDiff(c, repoDir(world, repo), from, to);
  }
  return c.json(await serializePull(world, repo, pull, issueOfPull(world, repo, pull)));
}

async function merge(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: "contents", level: "write" });
  const pull = pullFor(c, world, repo);
  const input = await readBody(c, MergeBody);
  const by = actingAccount(world, c.get("actor"));
  const { merge_method: method = "merge", sha, commit_title: title, commit_message: message } = input;
  const merged = await mergePull(world, repo, pull.number, { method, sha, title, message, by });
  return c.json({ sha: merged, merged: true, message: "Pull Request successfully merged" });
}

/** Merges the base into the head. Real GitHub answers first and merges right after; this world merges first. */
async function updateBranch(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const pull = pullFor(c, world, repo);
  const input = await readBody(c, z.object({ expected_head_sha: z.string().optional() }));
  await mergeBaseIntoHead(world, repo, pull.number, {
    expectedSha: input.expected_head_sha,
    by: actingAccount(world, c.get("actor")),
  });
  const url = `${apiUrl(world, repo)}/pulls/${pull.number}`;
  return c.json({ message: "Updating pull request branch.", url }, 202);
}

/** Pull requests, their files and commits, and merging them. */
export function pullRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo/pulls";
  api.get(base, (c) => listPulls(c, world));
  api.post(base, (c) => createPull(c, world));
  api.get(`${base}/:number`, (c) => getPull(c, world));
  api.patch(`${base}/:number`, (c) => updatePull(c, world));
  api.get(`${base}/:number/files`, async (c) => {
    const repo = repoFor(c, world, READ);
    const pull = pullFor(c, world, repo);
    const files = (await pullFiles(world, repo, pull)).slice(0, MAX_FILES);
    return c.json(withinAnswer(paged(c, world, files)).map((file) => serializeFile(world, repo, file, pull.headSha)));
  });
  api.get(`${base}/:number/commits`, async (c) => {
    const repo = repoFor(c, world, READ);
    const { base: from, to } = await pullRange(world, repo, pullFor(c, world, repo));
    const commits = await logCommits(repoDir(world, repo), ["--reverse", "--topo-order", `${from}..${to}`]);
    return c.json(paged(c, world, commits).map((commit) => serializeCommit(world, repo, commit)));
  });
  api.get(`${base}/:number/merge`, (c) => {
    const repo = repoFor(c, world, READ);
    if (pullFor(c, world, repo).mergedAt === null) throw notFound();
    return c.body(null, 204);
  });
  api.put(`${base}/:number/merge`, (c) => merge(c, world));
  api.put(`${base}/:number/update-branch`, (c) => updateBranch(c, world));
}
