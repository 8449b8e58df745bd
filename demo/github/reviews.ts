import * as z from "zod";
import { assertMay, authorship, repoFor } from "./auth.ts";
import { type Api, type Ctx, numberParam } from "./context.ts";
import { type GitHubError, notFound, validationFailed } from "./errors.ts";
import { paged, readBody } from "./http.ts";
import type { PullRecord, RepoRecord, ReviewCommentRecord, ReviewRecord, ReviewState } from "./records.ts";
import {
  Draft,
  emitReview,
  type Misplaced,
  placeComment,
  putReview,
  putReviewComment,
  replyTo,
} from "./review-comments.ts";
import { assertFits, assertReview, commitOf, MISPLACED, ReviewBody, refused } from "./review-rules.ts";
import { isSent, pullFiles, reviewCommentsOf, serializeReview, serializeReviewComment } from "./serialize-pull.ts";
import { findPull, now, type World } from "./world.ts";

const READ = { area: "pull_requests", level: "read" } as const;

const WRITE = { area: "pull_requests", level: "write", role: "read" } as const;

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

/** A review with all its comments, or none of it where one of them is outside the diff; unsent where no event is named. */
async function createReview(c: Ctx, world: World): Promise<Response> {
  const repo = repoFor(c, world, WRITE);
  const pull = pullFor(c, world, repo);
  const input = await readBody(c, ReviewBody);
  const by = authorship(world, c.get("actor"));
  assertReview(world, repo, pull, by.author, input);
  const commit = await commitOf(world, repo, pull, input.commit_id);
  const files = await pullFiles(world, repo, pull, commit);
  const drafts = input.comments ?? [];
  const places = drafts.map((draft) => {
    const place = placeComment(files, draft);
    if (typeof place !== "string") return place;
    if (place === "path") throw refused("Path could not be resolved");
    if (place === "line") throw refused("Line could not be resolved");
    const { field, message } = MISPLACED[place];
    throw refused(`Pull request review thread ${field.replace("_", " ")} ${message}`);
  });
  const state = input.event === undefined ? "PENDING" : (STATES[input.event] ?? "COMMENTED");
  const review = putReview(world, repo, pull, by, input.body ?? "", state, commit);
  const comments = places.map((place, i) =>
    putReviewComment(world, repo, pull, { review, body: drafts[i]?.body ?? "", inReplyTo: null, place }),
  );
  if (state !== "PENDING") emitReview(world, repo, pull, review, comments);
  return c.json(serializeReview(world, repo, review));
}

/** A pending review of who asks. Somebody else's is not there for them. */
function pendingFor(c: Ctx, world: World): { repo: RepoRecord; pull: PullRecord; review: ReviewRecord } {
  const repo = repoFor(c, world, WRITE);
  const pull = pullFor(c, world, repo);
  const review = world.store.reviews.get(numberParam(c, "id"));
  const { author } = authorship(world, c.get("actor"));
  if (!review || review.repoId !== repo.id || review.number !== pull.number) throw notFound();
  if (review.state === "PENDING" && review.author !== author) throw notFound();
  if (review.state !== "PENDING") throw refused("Can not change a submitted pull request review");
  return { repo, pull, review };
}

const commentsOfReview = (world: World, review: ReviewRecord) =>
  world.store.reviewComments.where((one) => one.reviewId === review.id);

async function submitReview(c: Ctx, world: World): Promise<Response> {
  const { repo, pull, review } = pendingFor(c, world);
  const { event, body } = await readBody(c, ReviewBody.pick({ event: true, body: true }));
  if (event === undefined) throw refused("Event can't be blank");
  const at = now();
  const said = { body: body ?? review.body, state: STATES[event] ?? "COMMENTED" };
  const sent = world.store.reviews.put(review.id, { ...review, ...said, createdAt: at, updatedAt: at });
  emitReview(world, repo, pull, sent, commentsOfReview(world, sent));
  return c.json(serializeReview(world, repo, sent));
}

function deleteReview(c: Ctx, world: World): Response {
  const { repo, review } = pendingFor(c, world);
  for (const comment of commentsOfReview(world, review)) world.store.reviewComments.delete(comment.id);
  world.store.reviews.delete(review.id);
  return c.json(serializeReview(world, repo, review));
}

const outside = (place: Misplaced): GitHubError => {
  const field = `pull_request_review_thread.${MISPLACED[place].field}`;
  const message = `${field} ${MISPLACED[place].message}`;
  return validationFailed({ resource: "PullRequestReviewComment", code: "custom", field, message });
};

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
  assertFits("body", input.body);
  const commit = await commitOf(world, repo, pull, input.commit_id);
  const place = placeComment(await pullFiles(world, repo, pull, commit), { ...input, path: input.path });
  if (typeof place === "string") throw outside(place);
  const review = putReview(world, repo, pull, by, "", "COMMENTED", commit);
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
  const isShown = (c: Ctx, review: ReviewRecord) =>
    review.state !== "PENDING" ||
    (c.get("actor").kind !== "anonymous" && authorship(world, c.get("actor")).author === review.author);
  const listed = (c: Ctx, comments: ReviewCommentRecord[], repo: RepoRecord) =>
    c.json(paged(c, world, comments).map((comment) => serializeReviewComment(world, repo, comment)));
  api.get(`${base}/comments`, (c) => {
    const repo = repoFor(c, world, READ);
    return listed(
      c,
      world.store.reviewComments.where((one) => one.repoId === repo.id && isSent(world, one)),
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
    const reviews = world.store.reviews.where(
      (one) => one.repoId === repo.id && one.number === pull.number && isShown(c, one),
    );
    return c.json(paged(c, world, reviews).map((review) => serializeReview(world, repo, review)));
  });
  api.get(`${base}/:number/reviews/:id/comments`, (c) => {
    const repo = repoFor(c, world, READ);
    const pull = pullFor(c, world, repo);
    const review = world.store.reviews.get(numberParam(c, "id"));
    if (!review || review.repoId !== repo.id || review.number !== pull.number || !isShown(c, review)) throw notFound();
    return listed(c, commentsOfReview(world, review), repo);
  });
  api.post(`${base}/:number/reviews/:id/events`, (c) => submitReview(c, world));
  api.delete(`${base}/:number/reviews/:id`, (c) => deleteReview(c, world));
  api.get(`${base}/:number/comments`, (c) => {
    const repo = repoFor(c, world, READ);
    return listed(c, reviewCommentsOf(world, repo, pullFor(c, world, repo).number), repo);
  });
  api.post(`${base}/:number/comments`, (c) => createReviewComment(c, world));
  api.post(`${base}/:number/comments/:id/replies`, (c) => createReply(c, world));
}
