import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { HostedCheck } from "../../repair/feedback-model.ts";
import type { HeadCheck } from "../../review/ports.ts";
import type { GitHubClient } from "./client.ts";

const runSchema = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullish(),
  html_url: z.string().nullish(),
});
const runsSchema = z.object({ check_runs: z.array(runSchema) }).transform((page) => page.check_runs);
const statusesSchema = z
  .object({
    statuses: z.array(
      z.object({ id: z.number(), context: z.string(), state: z.string(), target_url: z.string().nullish() }),
    ),
  })
  .transform((page) => page.statuses);
const detailSchema = z.object({
  name: z.string(),
  conclusion: z.string().nullish(),
  details_url: z.string().nullish(),
  output: z
    .object({ title: z.string().nullish(), summary: z.string().nullish(), text: z.string().nullish() })
    .nullish(),
});
const annotationsSchema = z.array(
  z.object({
    path: z.string(),
    start_line: z.number(),
    annotation_level: z.string(),
    message: z.string(),
  }),
);

/** A cancelled or stale check says nothing of the code, and `action_required` is a person's to click. */
const FAILURES = new Set(["failure", "timed_out", "startup_failure"]);
const OWN_PREFIX = "patchpilot/";

interface Checks {
  failedChecks: HostedCheck[];
  pendingChecks: string[];
}

/** The newest run of each name; ours is left out, it judged the patch before anybody saw it. */
async function listRuns(client: GitHubClient, sha: string): Promise<z.infer<typeof runSchema>[]> {
  const runs: z.infer<typeof runSchema>[] = [];
  const route = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
  for await (const run of client.list(route, { ref: sha, filter: "latest" }, runsSchema)) runs.push(run);
  return runs.filter((run) => !run.name.startsWith(OWN_PREFIX));
}

/** Statuses need a permission of their own (`Commit statuses: read`); without it there are checks only. */
async function listStatuses(client: GitHubClient, sha: string): Promise<z.infer<typeof statusesSchema>> {
  const route = "GET /repos/{owner}/{repo}/commits/{ref}/status";
  const statuses: z.infer<typeof statusesSchema> = [];
  try {
    for await (const status of client.list(route, { ref: sha }, statusesSchema)) statuses.push(status);
    return statuses;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "provider_forbidden") return [];
    throw thrown;
  }
}

const isFailure = (state: string) => state === "failure" || state === "error";

async function listFailingNames(client: GitHubClient, sha: string): Promise<Set<string>> {
  const runs = await listRuns(client, sha);
  const statuses = await listStatuses(client, sha);
  return new Set([
    ...runs.filter((run) => FAILURES.has(run.conclusion ?? "")).map((run) => run.name),
    ...statuses.filter((one) => isFailure(one.state)).map((one) => one.context),
  ]);
}

/**
 * Checks and statuses of a commit without ours: the newest of each name, and of each suite where two run one of a name. A
 * check that was cancelled, skipped or waits for a person's click counts as passed: it says nothing against the code.
 */
export async function listChecks(client: GitHubClient, sha: string): Promise<HeadCheck[]> {
  const runs = await listRuns(client, sha);
  const statuses = await listStatuses(client, sha);
  return [
    ...runs.map((run): HeadCheck => {
      const ended = FAILURES.has(run.conclusion ?? "") ? "failed" : "passed";
      const state = run.status === "completed" ? ended : "pending";
      return { externalId: `run:${run.id}`, name: run.name, state, url: run.html_url ?? null };
    }),
    ...statuses.map(({ id, context, state, target_url: url }): HeadCheck => {
      const ended = isFailure(state) ? "failed" : "passed";
      return {
        externalId: `status:${id}`,
        name: context,
        state: state === "pending" ? state : ended,
        url: url ?? null,
      };
    }),
  ];
}

/** Checks of the head that failed or run on. The base is asked for its own only where something failed. */
export async function readChecks(
  client: GitHubClient,
  { headSha, baseSha }: { headSha: string; baseSha: string },
): Promise<Checks> {
  const runs = await listRuns(client, headSha);
  const statuses = await listStatuses(client, headSha);
  const failed = [
    ...runs
      .filter((run) => FAILURES.has(run.conclusion ?? ""))
      .map((run) => ({
        externalId: `run:${run.id}`,
        name: run.name,
        conclusion: run.conclusion ?? "",
        url: run.html_url,
      })),
    ...statuses
      .filter((one) => isFailure(one.state))
      .map((one) => ({
        externalId: `status:${one.id}`,
        name: one.context,
        conclusion: one.state,
        url: one.target_url,
      })),
  ];
  const onBase = failed.length === 0 ? new Set<string>() : await listFailingNames(client, baseSha);
  return {
    failedChecks: failed.map((one) => ({ ...one, url: one.url ?? null, failsOnBase: onBase.has(one.name) })),
    pendingChecks: [
      ...runs.filter((run) => run.status !== "completed").map((run) => run.name),
      ...statuses.filter((one) => one.state === "pending").map((one) => one.context),
    ],
  };
}

/** The log of an Actions job, whose id is its check run's; null without the right `actions: read`, or once it is gone. */
async function readLog(client: GitHubClient, jobId: number): Promise<string | null> {
  try {
    return await client.get("GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs", { job_id: jobId }, z.string());
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.retry === "never") return null;
    throw thrown;
  }
}

/** What a failed check says, the end of its log last: at most `limit` characters, cut at the beginning of the log. */
export async function readCheck(
  client: GitHubClient,
  { externalId, limit }: { externalId: string; limit: number },
): Promise<string> {
  const id = Number(/^run:(\d+)$/.exec(externalId)?.[1]);
  // A commit status has a state and a link, and nothing more to read.
  if (!Number.isInteger(id)) return "";
  const route = "GET /repos/{owner}/{repo}/check-runs/{check_run_id}";
  const run = await client.get(route, { check_run_id: id }, detailSchema);
  const annotations = await client.get(`${route}/annotations`, { check_run_id: id, per_page: 30 }, annotationsSchema);
  const isActions = /\/actions\/runs\/\d+\/job\/\d+/.test(run.details_url ?? "");
  const log = isActions ? await readLog(client, id) : null;
  const head = [
    `${run.name}: ${run.conclusion ?? "unknown"}`,
    run.output?.title,
    run.output?.summary,
    ...annotations.map((one) => `${one.path}:${one.start_line} ${one.annotation_level}: ${one.message}`),
    run.output?.text,
  ]
    .filter((part) => typeof part === "string" && part !== "")
    .join("\n")
    .slice(0, limit);
  if (log === null || head.length >= limit - 10) return head;
  return `${head}\n…\n${log.slice(-(limit - head.length - 3))}`;
}
