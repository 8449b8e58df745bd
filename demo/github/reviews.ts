import * as z from "zod";
import { assertMay, authorship, repoFor } from "./auth.ts";
import { type Api, type Ctx, numberParam, param } from "./context.ts";
import { GitHubError, notFound, validationFailed } from "./errors.ts";
import { paged, readBody } from "./http.ts";
import { issueOfPull } from "./pull-events.ts";
import type { PullRecord, RepoRecord, ReviewCommentRecord, ReviewState } from "./records.ts";
import {
  Draft,
  emitReview,
  type Place,
  placeComment,
  putReview,
  putReviewComment,
  replyTo,
} from "./review-comments.ts";
import { reviewCommentsOf, serializeReview, serializeReviewComment } from "./serialize-pull.ts";
import { findPull, now, type World } from "./world.ts";

const READ = { area: "pull_requests", level: "read" } as const;

const WRITE = { area: "pull_requests", level: "write", role: "read" } as const;

const ReviewBody = z.object({
  body: z.string().optional(),
  event: z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]).optional(),
  commit_id: z.string().optional(),
  comments: z.array(Draft).optional(),
});

const CommentBody = Draft.partial({ path: true }).extend({
  commit_id: z.string().optional(),
  in_reply_to: z.number().int().optional(),
});

const STATES: Record<string, ReviewState> = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};

function pullFor(c: Ctx, world: World, repo: RepoRecord): PullRecord {
  const pull = findPull(world, repo, numberParam(c, "number"));
  if (!pull) throw notFound();
  return pull;
}

/** A review with all its comments, or none of it where one of them is outside the diff. */
async function createReview(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const pull = pullFor(c, world, repo);
  const input = await readBody(c, ReviewBody);
  const by = authorship(world, c.get("actor"));
  const event = input.event ?? "COMMENT";
  const drafts = input.comments ?? [];
  const isOwn = issueOfPull(world, repo, pull).author === by.author;
  if (isOwn && event === "APPROVE")
    throw new GitHubError(422, "Unprocessable Entity", { errors: ["Can not approve your own pull request"] });
  if (isOwn && event === "REQUEST_CHANGES")
    throw new GitHubError(422, "Unprocessable Entity", {
      errors: ["Can not request changes on your own pull request"],
    });
  if (event !== "APPROVE" && (input.body ?? "") === "" && drafts.length === 0)
    throw new GitHubError(422, "Unprocessable Entity", { errors: ["Review body can't be blank"] });
  const places: Place[] = [];
  for (const draft of drafts) {
    const place = await placeComment(world, repo, pull, draft);
    if (typeof place === "string")
      throw new GitHubError(422, "Unprocessable Entity", {
        errors: [place === "path" ? "Path could not be resolved" : "Line could not be resolved"],
      });
    places.push(place);
  }
  const review = putReview(world, repo, pull, by, input.body ?? "", STATES[event] ?? "COMMENTED");
  const comments = places.map((place, i) =>
    putReviewComment(world, repo, pull, { review, body: drafts[i]?.body ?? "", inReplyTo: null, place }),
  );
  emitReview(world, repo, pull, review, comments);
  return c.json(serializeReview(world, repo, review));
}

const outside = (field: string): GitHubError =>
  validationFailed({
    resource: "PullRequestReviewComment",
    code: "custom",
    field: `pull_request_review_thread.${field}`,
    message: `pull_request_review_thread.${field} ${field === "path" ? "diff path could not be resolved" : "must be part of the diff"}`,
  });

async function createReviewComment(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const pull = pullFor(c, world, repo);
  const input = await readBody(c, CommentBody);
  const by = authorship(world, c.get("actor"));
  const root =
    input.in_reply_to === undefined
      ? undefined
      : reviewCommentsOf(world, repo, pull.number).find((one) => one.id === input.in_reply_to);
  if (root) return c.json(serializeReviewComment(world, repo, replyTo(world, repo, pull, root, input.body, by)), 201);
  if (input.path === undefined || input.commit_id === undefined)
    throw validationFailed({
      resource: "PullRequestReviewComment",
      code: "missing_field",
      field: input.path === undefined ? "path" : "commit_id",
    });
  const place = await placeComment(world, repo, pull, { ...input, path: input.path });
  if (typeof place === "string") throw outside(place);
  const review = putReview(world, repo, pull, by, "", "COMMENTED");
  const comment = putReviewComment(world, repo, pull, { review, body: input.body, inReplyTo: null, place });
  emitReview(world, repo, pull, review, [comment]);
  return c.json(serializeReviewComment(world, repo, comment), 201);
}

async function createReply(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const pull = pullFor(c, world, repo);
  const root = reviewCommentsOf(world, repo, pull.number).find((one) => one.id === numberParam(c, "id"));
  if (!root) throw notFound();
  const { body } = await readBody(c, z.object({ body: z.string() }));
  return c.json(
    serializeReviewComment(world, repo, replyTo(world, repo, pull, root, body, authorship(world, c.get("actor")))),
    201,
  );
}

function commentFor(c: Ctx, world: World, repo: RepoRecord): ReviewCommentRecord {
  const comment = world.store.reviewComments.get(numberParam(c, "id"));
  if (!comment || comment.repoId !== repo.id) throw notFound();
  return comment;
}

async function updateReviewComment(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, { ...WRITE, role: "none" });
  const comment = commentFor(c, world, repo);
  const isOwn = authorship(world, c.get("actor")).author === comment.author;
  assertMay(world, c.get("actor"), repo, { ...WRITE, role: isOwn ? "none" : "write" });
  const { body } = await readBody(c, z.object({ body: z.string() }));
  return c.json(
    serializeReviewComment(
      world,
      repo,
      world.store.reviewComments.put(comment.id, { ...comment, body, updatedAt: now() }),
    ),
  );
}

/** Reviews and comments on lines. */
export function reviewRoutes(api: Api, world: World): void {
  const base = "/repos/:owner/:repo/pulls";
  const listed = (c: Ctx, comments: ReviewCommentRecord[], repo: RepoRecord) =>
    c.json(paged(c, world, comments).map((comment) => serializeReviewComment(world, repo, comment)));
  api.get(`${base}/comments`, (c) => {
    const repo = repoFor(c, world, READ);
    return listed(
      c,
      world.store.reviewComments.where((one) => one.repoId === repo.id),
      repo,
    );
  });
  api.get(`${base}/comments/:id`, (c) => {
    const repo = repoFor(c, world, READ);
    return c.json(serializeReviewComment(world, repo, commentFor(c, world, repo)));
  });
  api.patch(`${base}/comments/:id`, (c) => updateReviewComment(c, world));
  api.post(`${base}/:number/reviews`, (c) => createReview(c, world));
  api.get(`${base}/:number/reviews`, (c) => {
    const repo = repoFor(c, world, READ);
    const pull = pullFor(c, world, repo);
    const reviews = world.store.reviews.where((one) => one.repoId === repo.id && one.number === pull.number);
    return c.json(paged(c, world, reviews).map((review) => serializeReview(world, repo, review)));
  });
  api.get(`${base}/:number/reviews/:id/comments`, (c) => {
    const repo = repoFor(c, world, READ);
    const pull = pullFor(c, world, repo);
    return listed(
      c,
      reviewCommentsOf(world, repo, pull.number).filter((one) => String(one.reviewId) === param(c, "id")),
      repo,
    );
  });
  api.get(`${base}/:number/comments`, (c) => {
    const repo = repoFor(c, world, READ);
    return listed(c, reviewCommentsOf(world, repo, pullFor(c, world, repo).number), repo);
  });
  api.post(`${base}/:number/comments`, (c) => createReviewComment(c, world));
  api.post(`${base}/:number/comments/:id/replies`, (c) => createReply(c, world));
}
