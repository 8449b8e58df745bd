import * as z from "zod";
import { actingAccount, assertMay, authorship, repoFor } from "./auth.ts";
import { type Api, type Ctx, numberParam } from "./context.ts";
import { notFound, validationFailed } from "./errors.ts";
import { paged, readBody } from "./http.ts";
import { ensureLabels, setLabels } from "./labels.ts";
import { closeIssue, emitIssue } from "./pull-events.ts";
import type { IssueRecord, RepoRecord } from "./records.ts";
import { serializeIssue, serializeLabel } from "./serialize-issue.ts";
import { type Json, serializeLogin } from "./serialize-repository.ts";
import { findAccount, findIssue, hasRole, inRepo, now, putIssue, takeNumber, type World } from "./world.ts";

const MAX_TITLE = 256;

const MAX_BODY = 65_536;

const LabelInput = z.union([z.string(), z.object({ name: z.string() })]);

const IssueBody = z.object({
  title: z.union([z.string(), z.number()]).transform(String),
  body: z.string().nullable().optional(),
  labels: z.array(LabelInput).optional(),
  assignees: z.array(z.string()).optional(),
});

const IssuePatch = IssueBody.partial().extend({
  state: z.enum(["open", "closed"]).optional(),
  state_reason: z.enum(["completed", "not_planned", "duplicate", "reopened"]).nullable().optional(),
});

const nameOf = (label: z.infer<typeof LabelInput>): string => (typeof label === "string" ? label : label.name);

function assertTexts(title: string | undefined, body: string | null | undefined): void {
  if (title !== undefined && title.trim() === "")
    throw validationFailed({ resource: "Issue", code: "missing_field", field: "title" });
  if ((title ?? "").length > MAX_TITLE)
    throw validationFailed({
      resource: "Issue",
      code: "custom",
      field: "title",
      message: `title is too long (maximum is ${MAX_TITLE} characters)`,
    });
  if ((body ?? "").length > MAX_BODY)
    throw validationFailed({
      resource: "Issue",
      code: "custom",
      field: "body",
      message: `body is too long (maximum is ${MAX_BODY} characters)`,
    });
}

/** Labels and assignees of people without triage rights are silently dropped, as on GitHub. */
function mayTriage(c: Ctx, world: World): boolean {
  const actor = c.get("actor");
  return actor.kind === "installation" || (actor.kind === "user" && hasRole(findAccount(world, actor.login), "triage"));
}

async function createIssue(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: "issues", level: "write", role: "none" });
  const input = await readBody(c, IssueBody);
  assertTexts(input.title, input.body);
  const { author, viaApp } = authorship(world, c.get("actor"));
  const at = now();
  const isTrusted = mayTriage(c, world);
  const issue = putIssue(world, repo, {
    id: world.store.nextId(),
    repoId: repo.id,
    number: takeNumber(world, repo),
    isPull: false,
    title: input.title,
    body: input.body ?? null,
    state: "open",
    stateReason: null,
    labels: isTrusted ? ensureLabels(world, repo, (input.labels ?? []).map(nameOf)) : [],
    assignees: isTrusted ? (input.assignees ?? []).filter((login) => findAccount(world, login) !== null) : [],
    author,
    viaApp,
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    closedBy: null,
  });
  await emitIssue(world, repo, issue, "opened", author);
  for (const name of issue.labels) {
    const label = world.store.labels.get(inRepo(repo, name.toLowerCase()));
    if (label) await emitIssue(world, repo, issue, "labeled", author, { label: serializeLabel(world, repo, label) });
  }
  return c.json(full(world, repo, issue), 201);
}

const full = (world: World, repo: RepoRecord, issue: IssueRecord): Json => ({
  ...serializeIssue(world, repo, issue),
  closed_by: serializeLogin(world, issue.closedBy),
});

function issueFor(c: Ctx, world: World, repo: RepoRecord): IssueRecord {
  const issue = findIssue(world, repo, numberParam(c, "number"));
  if (!issue) throw notFound();
  return issue;
}

/** Title and body of an issue or pull request; fires edited with what they were before. */
export async function editTexts(
  world: World,
  repo: RepoRecord,
  issue: IssueRecord,
  texts: { title?: string | undefined; body?: string | null | undefined },
  sender: string,
): Promise<IssueRecord> {
  assertTexts(texts.title, texts.body);
  const title = texts.title ?? issue.title;
  const body = texts.body === undefined ? issue.body : texts.body;
  if (title === issue.title && body === issue.body) return issue;
  const changes = {
    ...(title === issue.title ? {} : { title: { from: issue.title } }),
    ...(body === issue.body ? {} : { body: { from: issue.body ?? "" } }),
  };
  const next = putIssue(world, repo, { ...issue, title, body, updatedAt: now() });
  await emitIssue(world, repo, next, "edited", sender, { changes });
  return next;
}

/** Opens an issue or pull request again and fires reopened. */
export async function reopenIssue(
  world: World,
  repo: RepoRecord,
  issue: IssueRecord,
  sender: string,
): Promise<IssueRecord> {
  if (issue.state === "open") return issue;
  const stateReason = issue.isPull ? null : "reopened";
  const next = putIssue(world, repo, {
    ...issue,
    state: "open",
    stateReason,
    closedAt: null,
    closedBy: null,
    updatedAt: now(),
  });
  await emitIssue(world, repo, next, "reopened", sender);
  return next;
}

async function updateIssue(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: ["issues", "pull_requests"], level: "write", role: "none" });
  let issue = issueFor(c, world, repo);
  const sender = actingAccount(world, c.get("actor")).login;
  const area = issue.isPull ? ["issues", "pull_requests"] : "issues";
  assertMay(world, c.get("actor"), repo, { area, level: "write", role: sender === issue.author ? "none" : "triage" });
  const input = await readBody(c, IssuePatch);
  issue = await editTexts(world, repo, issue, input, sender);
  if (input.labels && mayTriage(c, world))
    issue = await setLabels(world, repo, issue, input.labels.map(nameOf), sender);
  if (input.assignees)
    issue = putIssue(world, repo, {
      ...issue,
      assignees: input.assignees.filter((login) => findAccount(world, login)),
    });
  if (input.state === "closed") {
    const reason = input.state_reason === "reopened" ? "completed" : (input.state_reason ?? "completed");
    if (issue.state === "closed" && !issue.isPull) issue = putIssue(world, repo, { ...issue, stateReason: reason });
    issue = await closeIssue(world, repo, issue, sender, issue.isPull ? null : reason);
  }
  if (input.state === "open") issue = await reopenIssue(world, repo, issue, sender);
  return c.json(full(world, repo, issue));
}

const SORTS: Record<string, (issue: IssueRecord) => string | number> = {
  created: (issue) => `${issue.createdAt} ${String(issue.number).padStart(9, "0")}`,
  updated: (issue) => `${issue.updatedAt} ${String(issue.number).padStart(9, "0")}`,
};

/** Sorts as `sort` and `direction` ask; newest first by default. */
export function sorted(c: Ctx, issues: IssueRecord[]): IssueRecord[] {
  const key = SORTS[c.req.query("sort") ?? "created"] ?? ((issue: IssueRecord) => issue.number);
  const sign = c.req.query("direction") === "asc" || c.req.query("order") === "asc" ? 1 : -1;
  return [...issues].sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
}

/** Pull requests are in the list too, as on GitHub. */
function listIssues(c: Ctx, world: World): Response {
  const repo = repoFor(c, world, { area: ["issues", "pull_requests"], level: "read" });
  const state = c.req.query("state") ?? "open";
  if (!["open", "closed", "all"].includes(state))
    throw validationFailed({ resource: "Issue", code: "invalid", field: "state", value: state });
  const labels = (c.req.query("labels") ?? "").split(",").filter((name) => name !== "");
  const since = c.req.query("since");
  const creator = c.req.query("creator");
  const found = world.store.issues.where(
    (issue) =>
      issue.repoId === repo.id &&
      (state === "all" || issue.state === state) &&
      labels.every((name) => issue.labels.some((one) => one.toLowerCase() === name.toLowerCase())) &&
      (since === undefined || Date.parse(issue.updatedAt) >= Date.parse(since)) &&
      (creator === undefined || issue.author.toLowerCase() === creator.toLowerCase()),
  );
  return c.json(paged(c, world, sorted(c, found)).map((issue) => serializeIssue(world, repo, issue)));
}

/** Issues. */
export function issueRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo/issues";
  api.get(base, (c) => listIssues(c, world));
  api.post(base, (c) => createIssue(c, world));
  api.get(`${base}/:number`, (c) => {
    const repo = repoFor(c, world, { area: ["issues", "pull_requests"], level: "read" });
    return c.json(full(world, repo, issueFor(c, world, repo)));
  });
  api.patch(`${base}/:number`, (c) => updateIssue(c, world));
}
