import { readCommit } from "./git.ts";
import { nodeId } from "./node-ids.ts";
import type { CheckRunRecord, CheckSuiteRecord, RepoRecord } from "./records.ts";
import { serializeApp, serializeOtherApp } from "./serialize-issue.ts";
import { serializePullMinimal } from "./serialize-pull.ts";
import { apiUrl, htmlUrl, type Json } from "./serialize-repository.ts";
import { openPulls, repoDir, type World } from "./world.ts";

export const latestRuns = (world: World, repo: RepoRecord, sha: string): CheckRunRecord[] =>
  world.store.checkRuns.where((run) => run.repoId === repo.id && run.headSha === sha);

const pullsAt = (world: World, repo: RepoRecord, sha: string): Json[] =>
  openPulls(world, repo)
    .filter((pull) => pull.headSha === sha)
    .map((pull) => serializePullMinimal(world, repo, pull));

const appOf = (world: World, { by }: { by?: string }): Json =>
  by === undefined ? serializeApp(world) : serializeOtherApp(world, by);

/** The schema `check-run`. */
export function serializeCheckRun(world: World, repo: RepoRecord, run: CheckRunRecord): Json {
  const url = `${apiUrl(world, repo)}/check-runs/${run.id}`;
  const htmlUrlOfRun = `${htmlUrl(world, repo)}/commit/${run.headSha}#check-${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("CR", run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: htmlUrlOfRun,
    details_url: run.detailsUrl ?? appOf(world, run).external_url,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suiteId },
    app: appOf(world, run),
    pull_requests: pullsAt(world, repo, run.headSha),
  };
}

function suiteState(runs: CheckRunRecord[]): { status: string; conclusion: string | null } {
  if (runs.length === 0) return { status: "queued", conclusion: null };
  if (runs.some((run) => run.status !== "completed")) return { status: "in_progress", conclusion: null };
  const order = ["failure", "timed_out", "cancelled", "action_required", "success", "neutral", "skipped"];
  const conclusions = runs.map((run) => run.conclusion);
  return { status: "completed", conclusion: order.find((one) => conclusions.includes(one)) ?? "neutral" };
}

export async function serializeSuite(world: World, repo: RepoRecord, suite: CheckSuiteRecord): Promise<Json> {
  const runs = latestRuns(world, repo, suite.headSha).filter((run) => run.suiteId === suite.id);
  const commit = await readCommit(repoDir(world, repo), suite.headSha);
  const url = `${apiUrl(world, repo)}/check-suites/${suite.id}`;
  const person = ({ name, email }: { name: string; email: string }) => ({ name, email });
  return {
    id: suite.id,
    node_id: nodeId("CS", suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    ...suiteState(runs),
    url,
    before: commit.parents[0] ?? null,
    after: suite.headSha,
    pull_requests: pullsAt(world, repo, suite.headSha),
    app: appOf(world, suite),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
    latest_check_runs_count: runs.length,
    check_runs_url: `${url}/check-runs`,
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: commit.committer.date,
      author: person(commit.author),
      committer: person(commit.committer),
    },
  };
}
