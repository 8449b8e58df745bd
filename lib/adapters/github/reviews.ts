import * as z from "zod";
import type { WritePermit } from "../../kernel/write.ts";
import type { Place } from "../../review/model.ts";
import type { ReviewHost } from "../../review/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import { nullWhenMissing } from "../http.ts";
import { authoredSchema, type GitHubClient } from "./client.ts";
import type { Markers } from "./markers.ts";

const PULL = "/repos/{owner}/{repo}/pulls/{pull_number}";

const reviewSchema = z.object({
  ...authoredSchema.shape,
  id: z.number(),
  html_url: z.string(),
  body: z.string().nullish(),
  state: z.string(),
});

type Input = Parameters<ReviewHost["ensureReview"]>[1];

/** A comment on one line has no start: GitHub refuses a range that ends where it begins. */
function placeFields({ path, side, startLine, line }: Place) {
  const isRange = startLine !== null && startLine < line;
  return { path, side, line, ...(isRange && { start_line: startLine, start_side: side }) };
}

/** GitHub refuses to request changes on the author's own pull request. */
async function eventFor(client: GitHubClient, { number, event }: Input): Promise<"COMMENT" | "REQUEST_CHANGES"> {
  if (event === "comment") return "COMMENT";
  const pull = await client.get(`GET ${PULL}`, { pull_number: number }, authoredSchema);
  return (await client.isOurs(pull)) ? "COMMENT" : "REQUEST_CHANGES";
}

/**
 * The review that carries `marker`, found or made with all its comments in one request: GitHub takes all of them or none.
 * A review that somebody with our App's credentials began and never sent is taken away first, since one user has one
 * unsent review at most and GitHub refuses every further one with 422.
 */
export async function ensureReview(
  client: GitHubClient,
  markers: Markers,
  permit: WritePermit,
  input: Input,
): Promise<{ url: string }> {
  assertPermit(permit, "github.review");
  const target = { pull_number: input.number };
  let unsent: number | null = null;
  for await (const review of client.list(`GET ${PULL}/reviews`, target, z.array(reviewSchema))) {
    if (!(await client.isOurs(review))) continue;
    if (review.state === "PENDING") unsent = review.id;
    else if (await markers.isIn(review.body, input.marker)) return { url: review.html_url };
  }
  if (unsent !== null) {
    const route = `DELETE ${PULL}/reviews/{review_id}`;
    await nullWhenMissing(client.write(permit, "github.review", route, { ...target, review_id: unsent }, z.unknown()));
  }
  const comments = await Promise.all(
    input.comments.map(async ({ place, marker, body }) => ({
      ...placeFields(place),
      body: await markers.append(body, marker),
    })),
  );
  const review = {
    commit_id: input.headSha,
    event: await eventFor(client, input),
    body: await markers.append(input.body, input.marker),
    comments,
  };
  const made = await client.write(
    permit,
    "github.review",
    `POST ${PULL}/reviews`,
    { ...target, ...review },
    reviewSchema,
  );
  return { url: made.html_url };
}
