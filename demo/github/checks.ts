import * as z from "zod";
import { repoFor } from "./auth.ts";
import { type Api, type Ctx, numberParam, param } from "./context.ts";
import { GitHubError, invalid, notFound } from "./errors.ts";
import { findCommit, listRefs } from "./git.ts";
import { paged, readBody } from "./http.ts";
import type { CheckRunRecord, CheckSuiteRecord, RepoRecord } from "./records.ts";
import { latestRuns, serializeCheckRun, serializeSuite } from "./serialize-check.ts";
import { htmlUrl, serializeRepository } from "./serialize-repository.ts";
import { emit } from "./webhooks.ts";
import { botLogin, inRepo, now, repoDir, type World } from "./world.ts";

const READ = { area: "checks", level: "read" } as const;

const WRITE = { area: "checks", level: "write" } as const;

const MAX_TEXT = 65_535;

const Annotation = z.object({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  start_column: z.number().int().optional(),
  end_column: z.number().int().optional(),
  annotation_level: z.enum(["notice", "warning", "failure"]),
  message: z.string(),
  title: z.string().optional(),
  raw_details: z.string().optional(),
});

const Patch = z.object({
  name: z.string().optional(),
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  conclusion: z
    .enum(["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"])
    .optional(),
  external_id: z.string().optional(),
  details_url: z.string().optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  output: z
    .object({
      title: z.string(),
      summary: z.string(),
      text: z.string().optional(),
      annotations: z.array(Annotation).optional(),
    })
    .optional(),
});

const Create = Patch.extend({ name: z.string(), head_sha: z.string() });

async function ensureSuite(world: World, repo: RepoRecord, sha: string, by?: string): Promise<CheckSuiteRecord> {
  const key = inRepo(repo, by === undefined ? sha : `${sha}/${by}`);
  const existing = world.store.checkSuites.get(key);
  if (existing) return existing;
  const branch = (await listRefs(repoDir(world, repo), "refs/heads/")).find((ref) => ref.sha === sha);
  const at = now();
  const headBranch = branch?.ref.slice("refs/heads/".length) ?? null;
  return world.store.checkSuites.put(key, {
    id: world.store.nextId(),
    repoId: repo.id,
    headSha: sha,
    headBranch,
    ...(by !== undefined && { by }),
    createdAt: at,
    updatedAt: at,
  });
}

async function emitRun(
  world: World,
  repo: RepoRecord,
  run: CheckRunRecord,
  action: "created" | "completed",
): Promise<void> {
  const suite = await serializeSuite(world, repo, await ensureSuite(world, repo, run.headSha, run.by));
  const { latest_check_runs_count: _count, check_runs_url: _url, head_commit: _commit, ...shortSuite } = suite;
  const deployment = { ...serializeCheckRun(world, repo, run), check_suite: shortSuite };
  const sender = run.by === undefined ? botLogin(world) : `${run.by}[bot]`;
  emit(world, { event: "check_run", action, repo, sender, payload: { check_run: deployment } });
  if (action === "completed" && suite.status === "completed")
    emit(world, { event: "check_suite", action, repo, sender, payload: { check_suite: suite } });
}

/** The run after a create or update. A conclusion completes it; completing needs one. */
function applied(run: CheckRunRecord, input: z.infer<typeof Patch>): CheckRunRecord {
  const status = input.conclusion === undefined ? (input.status ?? run.status) : "completed";
  const conclusion = status === "completed" ? (input.conclusion ?? run.conclusion) : null;
  if (status === "completed" && conclusion === null)
    throw invalid("Invalid request.\n\nconclusion is required when status is completed.");
  const { output } = input;
  if ((output?.annotations?.length ?? 0) > 50)
    throw invalid("Invalid request.\n\nNo more than 50 items are allowed; annotations had more.");
  if ((output?.summary.length ?? 0) > MAX_TEXT || (output?.text?.length ?? 0) > MAX_TEXT)
    throw invalid("Invalid request.\n\nOnly 65535 characters are allowed.");
  const annotations = (output?.annotations ?? []).map((one) => ({
    ...one,
    start_column: one.start_column ?? null,
    end_column: one.end_column ?? null,
    title: one.title ?? null,
    raw_details: one.raw_details ?? null,
  }));
  return {
    ...run,
    name: input.name ?? run.name,
    status,
    conclusion,
    externalId: input.external_id ?? run.externalId,
    detailsUrl: input.details_url ?? run.detailsUrl,
    startedAt: input.started_at ?? run.startedAt ?? now(),
    completedAt: status === "completed" ? (input.completed_at ?? run.completedAt ?? now()) : null,
    title: output?.title ?? run.title,
    summary: output?.summary ?? run.summary,
    text: output?.text ?? run.text,
    annotations: [...run.annotations, ...annotations],
  };
}

function assertAppActs(c: Ctx): void {
  if (c.get("actor").kind !== "installation") throw new GitHubError(403, "You must authenticate via a GitHub App.");
}

async function createRun(c: Ctx, world: World): Promise<Response> {
  assertAppActs(c);
  const repo = repoFor(c, world, WRITE);
  const run = await putRun(world, repo, await readBody(c, Create));
  return c.json(serializeCheckRun(world, repo, run), 201);
}

async function putRun(
  world: World,
  repo: RepoRecord,
  input: z.infer<typeof Create>,
  by?: string,
): Promise<CheckRunRecord> {
  const sha = await findCommit(repoDir(world, repo), input.head_sha);
  if (sha === null || sha !== input.head_sha) throw invalid(`No commit found for SHA: ${input.head_sha}`);
  const suite = await ensureSuite(world, repo, sha, by);
  const texts = { title: null, summary: null, text: null, annotations: [] };
  const fresh = {
    id: world.store.nextId(),
    repoId: repo.id,
    suiteId: suite.id,
    ...(by !== undefined && { by }),
    name: input.name,
    headSha: sha,
    status: "queued" as const,
  };
  const times = { startedAt: null, completedAt: null };
  const run = applied({ ...fresh, conclusion: null, externalId: "", detailsUrl: null, ...times, ...texts }, input);
  world.store.checkRuns.put(run.id, run);
  await emitRun(world, repo, run, "created");
  if (run.status === "completed") await emitRun(world, repo, run, "completed");
  return run;
}

export type CheckInput = z.input<typeof Create>;

/** A check run of another App, such as a CI's: made, or brought on where that App has one of this name on the commit. */
export async function checkByApp(world: World, repo: RepoRecord, slug: string, input: CheckInput): Promise<number> {
  const parsed = Create.parse(input);
  const before = latestRuns(world, repo, parsed.head_sha).find((run) => run.by === slug && run.name === parsed.name);
  const run = before ? await updated(world, repo, before, parsed) : await putRun(world, repo, parsed, slug);
  return run.id;
}

function runFor(c: Ctx, world: World, repo: RepoRecord): CheckRunRecord {
  const run = world.store.checkRuns.get(numberParam(c, "id"));
  if (!run || run.repoId !== repo.id) throw notFound();
  return run;
}

async function updateRun(c: Ctx, world: World): Promise<Response> {
  assertAppActs(c);
  const repo = repoFor(c, world, WRITE);
  const before = runFor(c, world, repo);
  if (before.by !== undefined) throw new GitHubError(403, "Invalid app_id for check run.");
  return c.json(serializeCheckRun(world, repo, await updated(world, repo, before, await readBody(c, Patch))));
}

async function updated(
  world: World,
  repo: RepoRecord,
  before: CheckRunRecord,
  input: z.infer<typeof Patch>,
): Promise<CheckRunRecord> {
  const run = applied(before, input);
  world.store.checkRuns.put(run.id, run);
  if (run.status === "completed" && before.status !== "completed") await emitRun(world, repo, run, "completed");
  return run;
}

/** `filter=latest` (the default) keeps the newest run of each name in each suite; `all` keeps every one. */
async function listRuns(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const sha = await findCommit(repoDir(world, repo), param(c, "ref"));
  if (sha === null) throw invalid(`No commit found for SHA: ${param(c, "ref")}`);
  const { filter = "latest", check_name: name, status } = c.req.query();
  const runs = latestRuns(world, repo, sha).sort((a, b) => b.id - a.id);
  const seen = new Set<string>();
  const isFirst = ({ suiteId, name: own }: CheckRunRecord) => {
    const key = `${suiteId} ${own}`;
    return !seen.has(key) && seen.add(key);
  };
  const found = runs.filter(
    (run) =>
      (filter === "all" || isFirst(run)) &&
      (name === undefined || run.name === name) &&
      (status === undefined || run.status === status),
  );
  return c.json({
    total_count: found.length,
    check_runs: paged(c, world, found).map((run) => serializeCheckRun(world, repo, run)),
  });
}

async function listSuites(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, READ);
  const sha = await findCommit(repoDir(world, repo), param(c, "ref"));
  if (sha === null) throw invalid(`No commit found for SHA: ${param(c, "ref")}`);
  const suites = world.store.checkSuites.where((suite) => suite.repoId === repo.id && suite.headSha === sha);
  const repository = serializeRepository(world, repo);
  const check_suites = await Promise.all(
    paged(c, world, suites).map(async (suite) => ({ ...(await serializeSuite(world, repo, suite)), repository })),
  );
  return c.json({ total_count: suites.length, check_suites });
}

/** Check runs, which only Apps may make, and their suites. */
export function checkRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo";
  api.post(`${base}/check-runs`, (c) => createRun(c, world));
  api.get(`${base}/check-runs/:id`, (c) => {
    const repo = repoFor(c, world, READ);
    return c.json(serializeCheckRun(world, repo, runFor(c, world, repo)));
  });
  api.patch(`${base}/check-runs/:id`, (c) => updateRun(c, world));
  api.get(`${base}/check-runs/:id/annotations`, (c) => {
    const repo = repoFor(c, world, READ);
    const blob = (path: string, sha: string) => `${htmlUrl(world, repo)}/blob/${sha}/${path}`;
    const run = runFor(c, world, repo);
    return c.json(paged(c, world, run.annotations).map((one) => ({ ...one, blob_href: blob(one.path, run.headSha) })));
  });
  api.get(`${base}/commits/:ref{.+}/check-runs`, (c) => listRuns(c, world));
  api.get(`${base}/commits/:ref{.+}/check-suites`, (c) => listSuites(c, world));
}
