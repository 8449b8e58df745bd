import * as z from "zod";
import { actingAccount, repoFor } from "./auth.ts";
import { type Api, type Ctx, numberParam, param } from "./context.ts";
import { GitHubError, notFound, validationFailed } from "./errors.ts";
import { paged, readBody } from "./http.ts";
import { emitIssue } from "./pull-events.ts";
import type { IssueRecord, LabelRecord, RepoRecord } from "./records.ts";
import { labelsOf, serializeLabel } from "./serialize-issue.ts";
import { findIssue, inRepo, now, putIssue, type World } from "./world.ts";

const ISSUES_READ = { area: ["issues", "pull_requests"], level: "read" } as const;

const ISSUES_WRITE = { area: ["issues", "pull_requests"], level: "write", role: "triage" } as const;

const MAX_NAME = 50;

const LabelBody = z.object({
  name: z.string(),
  color: z.string().optional(),
  description: z.string().nullable().optional(),
});

const LabelList = z.union([
  z.array(z.union([z.string(), z.object({ name: z.string() })])),
  z.object({ labels: z.array(z.union([z.string(), z.object({ name: z.string() })])) }),
  z.object({}).transform(() => ({ labels: [] as string[] })),
]);

const labelKey = (repo: RepoRecord, name: string): string => inRepo(repo, name.toLowerCase());

function makeLabel(
  world: World,
  repo: RepoRecord,
  name: string,
  color: string,
  description: string | null,
): LabelRecord {
  return world.store.labels.put(labelKey(repo, name), {
    id: world.store.nextId(),
    repoId: repo.id,
    name,
    color,
    description,
  });
}

async function createLabel(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { ...ISSUES_WRITE, role: "write" });
  const { name, color = "ededed", description = null } = await readBody(c, LabelBody);
  if (world.store.labels.get(labelKey(repo, name)))
    throw validationFailed({ resource: "Label", code: "already_exists", field: "name" });
  if (name.trim() === "" || name.length > MAX_NAME)
    throw validationFailed({ resource: "Label", code: "invalid", field: "name" });
  if (!/^[0-9a-f]{6}$/i.test(color)) throw validationFailed({ resource: "Label", code: "invalid", field: "color" });
  return c.json(serializeLabel(world, repo, makeLabel(world, repo, name, color, description)), 201);
}

function labelFor(c: Ctx, world: World, repo: RepoRecord): LabelRecord {
  const label = world.store.labels.get(labelKey(repo, param(c, "name")));
  if (!label) throw notFound();
  return label;
}

async function updateLabel(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { ...ISSUES_WRITE, role: "write" });
  const label = labelFor(c, world, repo);
  const body = await readBody(c, LabelBody.partial().extend({ new_name: z.string().optional() }));
  const name = body.new_name ?? label.name;
  world.store.labels.delete(labelKey(repo, label.name));
  const next = { ...label, name, color: body.color ?? label.color, description: body.description ?? label.description };
  for (const issue of world.store.issues.where((one) => one.repoId === repo.id && one.labels.includes(label.name)))
    putIssue(world, repo, { ...issue, labels: issue.labels.map((one) => (one === label.name ? name : one)) });
  return c.json(serializeLabel(world, repo, world.store.labels.put(labelKey(repo, name), next)));
}

function deleteLabel(c: Ctx, world: World): Response {
  const repo = repoFor(c, world, { ...ISSUES_WRITE, role: "write" });
  const label = labelFor(c, world, repo);
  for (const issue of world.store.issues.where((one) => one.repoId === repo.id && one.labels.includes(label.name)))
    putIssue(world, repo, { ...issue, labels: issue.labels.filter((one) => one !== label.name) });
  world.store.labels.delete(labelKey(repo, label.name));
  return c.body(null, 204);
}

/** Names as the repository writes them; labels that do not exist yet are made, as GitHub does for those who may write. */
export function ensureLabels(world: World, repo: RepoRecord, names: string[]): string[] {
  const unique = new Map(names.map((name) => [name.toLowerCase(), name]));
  return [...unique.values()].map((name) => {
    if (name.trim() === "" || name.length > MAX_NAME)
      throw validationFailed({ resource: "Label", code: "invalid", field: "name", value: name });
    return (world.store.labels.get(labelKey(repo, name)) ?? makeLabel(world, repo, name, "ededed", null)).name;
  });
}

/** Gives an issue exactly these labels and fires labeled and unlabeled for what changed. */
export async function setLabels(
  world: World,
  repo: RepoRecord,
  issue: IssueRecord,
  names: string[],
  sender: string,
): Promise<IssueRecord> {
  const labels = ensureLabels(world, repo, names);
  const added = labels.filter((name) => !issue.labels.includes(name));
  const removed = issue.labels.filter((name) => !labels.includes(name));
  if (added.length === 0 && removed.length === 0) return issue;
  const next = putIssue(world, repo, { ...issue, labels, updatedAt: now() });
  for (const [action, changed] of [
    ["labeled", added],
    ["unlabeled", removed],
  ] as const)
    for (const name of changed) {
      const label = world.store.labels.get(labelKey(repo, name));
      if (label) await emitIssue(world, repo, next, action, sender, { label: serializeLabel(world, repo, label) });
    }
  return next;
}

function issueFor(c: Ctx, world: World, repo: RepoRecord): IssueRecord {
  const issue = findIssue(world, repo, numberParam(c, "number"));
  if (!issue) throw notFound();
  return issue;
}

/** POST adds to what the issue has, PUT replaces it. */
async function changeLabels(c: Ctx, world: World, isReplacing: boolean): Promise<Response> {
  const repo = repoFor(c, world, ISSUES_WRITE);
  const issue = issueFor(c, world, repo);
  const body = await readBody(c, LabelList);
  const names = (Array.isArray(body) ? body : body.labels).map((label) =>
    typeof label === "string" ? label : label.name,
  );
  const sender = actingAccount(world, c.get("actor")).login;
  const next = await setLabels(world, repo, issue, isReplacing ? names : [...issue.labels, ...names], sender);
  return c.json(labelsOf(world, repo, next));
}

async function removeLabels(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, ISSUES_WRITE);
  const issue = issueFor(c, world, repo);
  const name = param(c, "name");
  const sender = actingAccount(world, c.get("actor")).login;
  if (name === "") {
    await setLabels(world, repo, issue, [], sender);
    return c.body(null, 204);
  }
  const held = issue.labels.find((one) => one.toLowerCase() === name.toLowerCase());
  if (held === undefined) throw new GitHubError(404, "Label does not exist");
  const next = await setLabels(
    world,
    repo,
    issue,
    issue.labels.filter((one) => one !== held),
    sender,
  );
  return c.json(labelsOf(world, repo, next));
}

/** Labels of a repository and of issues. */
export function labelRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo";
  api.get(`${base}/labels`, (c) => {
    const repo = repoFor(c, world, ISSUES_READ);
    const labels = world.store.labels.where((label) => label.repoId === repo.id);
    return c.json(paged(c, world, labels).map((label) => serializeLabel(world, repo, label)));
  });
  api.post(`${base}/labels`, (c) => createLabel(c, world));
  api.get(`${base}/labels/:name`, (c) => {
    const repo = repoFor(c, world, ISSUES_READ);
    return c.json(serializeLabel(world, repo, labelFor(c, world, repo)));
  });
  api.patch(`${base}/labels/:name`, (c) => updateLabel(c, world));
  api.delete(`${base}/labels/:name`, (c) => deleteLabel(c, world));
  api.get(`${base}/issues/:number/labels`, (c) => {
    const repo = repoFor(c, world, ISSUES_READ);
    return c.json(paged(c, world, labelsOf(world, repo, issueFor(c, world, repo))));
  });
  api.post(`${base}/issues/:number/labels`, (c) => changeLabels(c, world, false));
  api.put(`${base}/issues/:number/labels`, (c) => changeLabels(c, world, true));
  api.delete(`${base}/issues/:number/labels`, (c) => removeLabels(c, world));
  api.delete(`${base}/issues/:number/labels/:name`, (c) => removeLabels(c, world));
}
