export { answerIssue } from "./answer-issue.ts";
export { answerThreads } from "./answer-threads.ts";
export { failReview } from "./fail-review.ts";
export { lookAtPull } from "./look-at-pull.ts";
export { noteEvent } from "./note-event.ts";
export type { ReviewOutside } from "./outside.ts";
export { postReview } from "./post-review.ts";
export { sweepPulls } from "./sweep-pulls.ts";
export { writeReview } from "./write-review.ts";
