import * as z from "zod";
import { type DiffFile, placeInPatch } from "./git-diff.ts";
import { emitWithPull } from "./pull-events.ts";
import type { PullRecord, RepoRecord, ReviewCommentRecord, ReviewRecord, ReviewState } from "./records.ts";
import { serializeReview, serializeReviewComment } from "./serialize-pull.ts";
import { now, type World } from "./world.ts";

export type Place = Pick<
  ReviewCommentRecord,
  "path" | "line" | "side" | "startLine" | "startSide" | "position" | "subjectType" | "diffHunk"
>;

const Side = z.enum(["LEFT", "RIGHT"]);

export const Draft = z.object({
  path: z.string(),
  body: z.string(),
  line: z.number().int().optional(),
  side: Side.optional(),
  start_line: z.number().int().nullable().optional(),
  start_side: Side.nullable().optional(),
  subject_type: z.enum(["line", "file"]).optional(),
});

/** Why a comment stands nowhere: no such file, no such line in its hunks, a start in another hunk, a start after the end. */
export type Misplaced = "path" | "line" | "start_line" | "order";

/** Where a comment stands in the diff of the pull request at one of its commits, or the reason why it stands nowhere. */
export function placeComment(files: readonly DiffFile[], draft: z.infer<typeof Draft>): Place | Misplaced {
  const file = files.find((one) => one.filename === draft.path);
  if (!file) return "path";
  const side = draft.side ?? "RIGHT";
  const base = { path: draft.path, side, startLine: null, startSide: null };
  if (draft.subject_type === "file")
    return { ...base, line: null, position: 1, subjectType: "file", diffHunk: file.patch ?? "" };
  const place = draft.line === undefined ? null : placeInPatch(file.patch ?? "", draft.line, side);
  if (!place || draft.line === undefined) return "line";
  const startLine = draft.start_line ?? null;
  const startSide = startLine === null ? null : (draft.start_side ?? side);
  if (startLine !== null) {
    const start = placeInPatch(file.patch ?? "", startLine, startSide ?? side);
    if (!start || start.hunkIndex !== place.hunkIndex) return "start_line";
    if (start.position >= place.position) return "order";
  }
  return {
    ...base,
    line: draft.line,
    startLine,
    startSide,
    position: place.position,
    subjectType: "line",
    diffHunk: place.hunk,
  };
}

export function putReview(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  by: { author: string; viaApp: boolean },
  body: string,
  state: ReviewState,
  commitId = pull.headSha,
): ReviewRecord {
  const id = world.store.nextId();
  const at = now();
  const review = {
    id,
    repoId: repo.id,
    number: pull.number,
    ...by,
    createdAt: at,
    updatedAt: at,
    body,
    state,
    commitId,
  };
  return world.store.reviews.put(id, review);
}

interface NewComment {
  review: ReviewRecord;
  body: string;
  inReplyTo: number | null;
  place: Place;
}

export function putReviewComment(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  input: NewComment,
): ReviewCommentRecord {
  const id = world.store.nextId();
  const { author, viaApp, createdAt, updatedAt } = input.review;
  const comment = {
    id,
    repoId: repo.id,
    number: pull.number,
    reviewId: input.review.id,
    author,
    viaApp,
    createdAt,
    updatedAt,
    body: input.body,
    commitId: input.review.commitId,
    originalCommitId: input.review.commitId,
    ...input.place,
    inReplyTo: input.inReplyTo,
    resolvedBy: null,
    minimizedReason: null,
  };
  return world.store.reviewComments.put(id, comment);
}

export function emitReview(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  review: ReviewRecord,
  comments: ReviewCommentRecord[],
): void {
  const serialized = { ...serializeReview(world, repo, review), state: review.state.toLowerCase() };
  emitWithPull(world, repo, pull, "pull_request_review", "submitted", review.author, { review: serialized });
  for (const comment of comments)
    emitWithPull(world, repo, pull, "pull_request_review_comment", "created", review.author, {
      comment: serializeReviewComment(world, repo, comment),
    });
}

/** A reply in the thread of `rootId`, as a review of its own, the way GitHub records it. */
export function replyTo(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  root: ReviewCommentRecord,
  body: string,
  by: { author: string; viaApp: boolean },
): ReviewCommentRecord {
  const review = putReview(world, repo, pull, by, "", "COMMENTED");
  const { path, line, side, startLine, startSide, position, subjectType, diffHunk } = root;
  const place = { path, line, side, startLine, startSide, position, subjectType, diffHunk };
  const reply = putReviewComment(world, repo, pull, { review, body, inReplyTo: root.inReplyTo ?? root.id, place });
  emitReview(world, repo, pull, review, [reply]);
  return reply;
}
