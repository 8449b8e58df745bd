import { plural } from "./render-said.ts";

/** The body of a review: the comments speak for themselves, the summary is elsewhere. */
export function composeReviewBody(facts: {
  posted: number;
  listed: number;
  headSha: string;
  event: "comment" | "request_changes";
}): string {
  const { posted, listed } = facts;
  const more = listed > 0 ? ` ${plural(listed, "more")} in the summary.`.replace(/mores/, "more") : "";
  const asks = facts.event === "request_changes" ? " By this repository's policy they ask for changes." : "";
  return `Read ${facts.headSha.slice(0, 12)}: ${plural(posted, "comment")}.${more}${asks}`;
}
