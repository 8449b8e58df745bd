import * as z from "zod";
import { GitHubError } from "./errors.ts";
import { findCommit, isAncestor } from "./git.ts";
import { issueOfPull } from "./pull-events.ts";
import type { PullRecord, RepoRecord, ReviewRecord } from "./records.ts";
import { Draft, type Misplaced } from "./review-comments.ts";
import { pullRange } from "./serialize-pull.ts";
import { repoDir, type World } from "./world.ts";

/** Bodies of reviews and of their comments: as long as any of GitHub's. */
const MAX_BODY = 65_536;

export const ReviewBody = z.object({
  body: z.string().optional(),
  event: z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]).optional(),
  commit_id: z.string().optional(),
  comments: z.array(Draft).optional(),
});

type ReviewInput = z.infer<typeof ReviewBody>;

/** GitHub's 422 of a review, whose errors are plain sentences. */
export const refused = (...errors: string[]) => new GitHubError(422, "Unprocessable Entity", { errors });

/** GitHub's words, as its users quote them; a file or line outside the diff is told with both. */
export const MISPLACED: Record<Misplaced, { field: string; message: string }> = {
  path: { field: "path", message: "diff path could not be resolved" },
  line: { field: "line", message: "must be part of the diff" },
  start_line: { field: "start_line", message: "must be part of the same hunk as the line." },
  order: { field: "start_line", message: "must precede the end line." },
};

/** Throws 422 for a text that is longer than GitHub takes. */
export function assertFits(field: string, body: string): void {
  if (body.length > MAX_BODY) throw refused(`${field} is too long (maximum is ${MAX_BODY} characters)`);
}

/** The commit that a review or comment is of; only one of the pull request's own will do. */
export async function commitOf(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  sha: string | undefined,
): Promise<string> {
  if (sha === undefined || sha === pull.headSha) return pull.headSha;
  const dir = repoDir(world, repo);
  const { base } = await pullRange(world, repo, pull);
  const found = await findCommit(dir, sha);
  const isPart = found === sha && (await isAncestor(dir, sha, pull.headSha)) && !(await isAncestor(dir, sha, base));
  if (!isPart) throw refused("commit_id is not part of the pull request");
  return sha;
}

/** What GitHub refuses of a review before it looks at lines. */
export function assertReview(
  world: World,
  repo: RepoRecord,
  pull: PullRecord,
  author: string,
  input: ReviewInput,
): void {
  const { event, body = "", comments = [] } = input;
  const isOwn = issueOfPull(world, repo, pull).author === author;
  if (isOwn && event === "APPROVE") throw refused("Can not approve your own pull request");
  if (isOwn && event === "REQUEST_CHANGES") throw refused("Can not request changes on your own pull request");
  const needsBody = event === "REQUEST_CHANGES" || event === "COMMENT";
  if (needsBody && body === "" && comments.length === 0) throw refused("Review body can't be blank");
  assertFits("Body", body);
  for (const comment of comments) {
    if (comment.body.trim() === "") throw refused("Pull request review comment body can't be blank");
    assertFits("Pull request review comment body", comment.body);
  }
  const isPending = (one: ReviewRecord) =>
    one.repoId === repo.id && one.number === pull.number && one.author === author && one.state === "PENDING";
  if (world.store.reviews.where(isPending).length > 0)
    throw refused("User can only have one pending review per pull request");
}
