import type { FailedCheck, RelatedIncident } from "./compose-review-message.ts";
import type { ReviewSuspicion } from "./decide-suspicions.ts";
import type { ProposedReview, Reading } from "./model.ts";

/** What a review came to, as far as it is told: the findings that stand are rows of their own. */
export interface ReviewOutcome extends Pick<ProposedReview, "summary" | "risk" | "riskWhy"> {
  reading: Reading;
  failedChecks: FailedCheck[];
  incidents: RelatedIncident[];
  /** What was proposed and does not stand, with the reason. */
  dropped: { path: string; line: number; title: string; reason: string }[];
  suspicions: ReviewSuspicion[];
  notes: string[];
  model: string;
  promptVersion: string;
}

/** An answer in a thread that was decided and is not written yet: it is kept first, so that a crash loses and repeats nothing. */
export interface PendingReply {
  threadId: string;
  /** The person's comment that it answers. */
  commentId: string;
  body: string;
  /** Whether the thread is settled by it. */
  resolves: boolean;
}
