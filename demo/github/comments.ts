import * as z from "zod";
import { actingAccount, assertMay, authorship, repoFor } from "./auth.ts";
import { type Api, type Ctx, numberParam } from "./context.ts";
import { notFound, validationFailed } from "./errors.ts";
import { paged, readBody } from "./http.ts";
import type { CommentRecord, IssueRecord, RepoRecord } from "./records.ts";
import { commentsOf, serializeComment, serializeIssue } from "./serialize-issue.ts";
import type { Json } from "./serialize-repository.ts";
import { emit } from "./webhooks.ts";
import { findIssue, now, putIssue, type World } from "./world.ts";

const AREA = ["issues", "pull_requests"];

const CommentBody = z.object({ body: z.string() });

function assertBody(body: string): void {
  if (body.trim() === "") throw validationFailed({ resource: "IssueComment", code: "missing_field", field: "body" });
  if (body.length > 65_536)
    throw validationFailed({
      resource: "IssueComment",
      code: "custom",
      field: "body",
      message: "Body is too long (maximum is 65536 characters)",
    });
}

function emitComment(
  world: World,
  repo: RepoRecord,
  comment: CommentRecord,
  action: string,
  sender: string,
  extra: Json = {},
): void {
  const issue = findIssue(world, repo, comment.number);
  if (!issue) return;
  const payload = {
    ...extra,
    issue: serializeIssue(world, repo, issue),
    comment: serializeComment(world, repo, comment),
  };
  emit(world, { event: "issue_comment", action, repo, sender, payload });
}

async function createComment(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: AREA, level: "write", role: "none" });
  const issue: IssueRecord | null = findIssue(world, repo, numberParam(c, "number"));
  if (!issue) throw notFound();
  const { body } = await readBody(c, CommentBody);
  assertBody(body);
  const id = world.store.nextId();
  const by = authorship(world, c.get("actor"));
  const at = now();
  const comment = {
    id,
    repoId: repo.id,
    number: issue.number,
    body,
    ...by,
    createdAt: at,
    updatedAt: at,
    minimizedReason: null,
  };
  world.store.comments.put(id, comment);
  putIssue(world, repo, { ...issue, updatedAt: at });
  emitComment(world, repo, comment, "created", by.author);
  return c.json(serializeComment(world, repo, comment), 201);
}

function commentFor(c: Ctx, world: World, repo: RepoRecord): CommentRecord {
  const comment = world.store.comments.get(numberParam(c, "id"));
  if (!comment || comment.repoId !== repo.id) throw notFound();
  return comment;
}

/** People without write rights may change their own comments only. */
function ownOrWrite(c: Ctx, world: World, repo: RepoRecord, comment: CommentRecord): string {
  const sender = actingAccount(world, c.get("actor")).login;
  assertMay(world, c.get("actor"), repo, {
    area: AREA,
    level: "write",
    role: sender === comment.author ? "none" : "write",
  });
  return sender;
}

async function updateComment(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { area: AREA, level: "write", role: "none" });
  const comment = commentFor(c, world, repo);
  const sender = ownOrWrite(c, world, repo, comment);
  const { body } = await readBody(c, CommentBody);
  assertBody(body);
  const next = world.store.comments.put(comment.id, { ...comment, body, updatedAt: now() });
  if (body !== comment.body)
    emitComment(world, repo, next, "edited", sender, { changes: { body: { from: comment.body } } });
  return c.json(serializeComment(world, repo, next));
}

function deleteComment(c: Ctx, world: World): Response {
  const repo = repoFor(c, world, { area: AREA, level: "write", role: "none" });
  const comment = commentFor(c, world, repo);
  const sender = ownOrWrite(c, world, repo, comment);
  world.store.comments.delete(comment.id);
  emitComment(world, repo, comment, "deleted", sender);
  return c.body(null, 204);
}

function since(c: Ctx, comments: CommentRecord[]): CommentRecord[] {
  const from = c.req.query("since");
  return from === undefined
    ? comments
    : comments.filter((comment) => Date.parse(comment.updatedAt) >= Date.parse(from));
}

/** Comments on issues and, in the conversation, on pull requests. */
export function commentRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo/issues";
  const read = { area: AREA, level: "read" } as const;
  api.get(`${base}/comments`, (c) => {
    const repo = repoFor(c, world, read);
    const all = since(
      c,
      world.store.comments.where((comment) => comment.repoId === repo.id),
    );
    return c.json(paged(c, world, all).map((comment) => serializeComment(world, repo, comment)));
  });
  api.get(`${base}/comments/:id`, (c) => {
    const repo = repoFor(c, world, read);
    return c.json(serializeComment(world, repo, commentFor(c, world, repo)));
  });
  api.patch(`${base}/comments/:id`, (c) => updateComment(c, world));
  api.delete(`${base}/comments/:id`, (c) => deleteComment(c, world));
  api.get(`${base}/:number/comments`, (c) => {
    const repo = repoFor(c, world, read);
    const issue = findIssue(world, repo, numberParam(c, "number"));
    if (!issue) throw notFound();
    return c.json(
      paged(c, world, since(c, commentsOf(world, issue))).map((comment) => serializeComment(world, repo, comment)),
    );
  });
  api.post(`${base}/:number/comments`, (c) => createComment(c, world));
}
