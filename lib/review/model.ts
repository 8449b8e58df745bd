import * as z from "zod";
import { SEVERITIES, type Severity } from "./policy-model.ts";

export type { ReviewPolicy, Severity } from "./policy-model.ts";

export const FINDING_KINDS = ["bug", "security", "performance", "missing_test", "style"] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];
export const RISKS = ["low", "medium", "high"] as const;

/** LEFT is the base's text, RIGHT the head's, as GitHub names them. */
export type Side = "LEFT" | "RIGHT";

/** A finding as a model writes it down. Lines count from 1 on the side that is named. */
export const proposedFindingSchema = z.object({
  path: z.string().max(1_000),
  side: z.enum(["LEFT", "RIGHT"]).default("RIGHT"),
  startLine: z.number().int().positive(),
  endLine: z.number().int().positive(),
  /** The text of the last line of the range, copied from the diff; what it is checked by. */
  quote: z.string().max(2_000),
  severity: z.enum(SEVERITIES),
  confidence: z.number().min(0).max(1),
  kind: z.enum(FINDING_KINDS),
  title: z.string().min(1).max(200),
  why: z.string().min(1).max(2_000),
  /** What stands in the range instead, without diff signs; null where no exact text can be given. */
  suggestion: z.string().max(4_000).nullable(),
});
export type ProposedFinding = z.infer<typeof proposedFindingSchema>;

/** The whole first answer. `earlier` judges what was said in earlier reviews, by id. */
export const proposedReviewSchema = z.object({
  summary: z.string().min(1).max(3_000),
  risk: z.enum(RISKS),
  riskWhy: z.string().max(600),
  findings: z.array(proposedFindingSchema).max(60),
  earlier: z
    .array(z.object({ id: z.string(), state: z.enum(["fixed", "still_there", "unknown"]), why: z.string().max(400) }))
    .max(100),
});
export type ProposedReview = z.infer<typeof proposedReviewSchema>;

/** The second pass: one verdict a finding, by its number in what was sent. */
export const refutationSchema = z.object({
  verdicts: z
    .array(
      z.object({
        finding: z.number().int().positive(),
        verdict: z.enum(["holds", "refuted", "unsure"]),
        confidence: z.number().min(0).max(1),
        why: z.string().max(600),
      }),
    )
    .max(60),
});
export type Refutation = z.infer<typeof refutationSchema>;

/** What is said to a person's question under a comment of ours. `isWithdrawn`: they are right, and the finding goes. */
export const proposedReplySchema = z.object({ text: z.string().min(1).max(2_000), isWithdrawn: z.boolean() });
export type ProposedReply = z.infer<typeof proposedReplySchema>;

/** A first answer to an issue. `isKnown` false: what was shown does not answer it. */
export const proposedAnswerSchema = z.object({
  isKnown: z.boolean(),
  text: z.string().min(1).max(3_000),
  places: z
    .array(z.object({ path: z.string().max(1_000), line: z.number().int().positive(), quote: z.string().max(1_000) }))
    .max(10),
  related: z.array(z.number().int().positive()).max(10),
});
export type ProposedAnswer = z.infer<typeof proposedAnswerSchema>;

/** Where a comment goes, in the fields that GitHub takes. `startLine` is null for one line. */
export interface Place {
  path: string;
  side: Side;
  startLine: number | null;
  line: number;
}

/** A finding that stands on a line of the diff. `key` is the same for the same remark about the same text in later pushes. */
export interface Finding {
  key: string;
  place: Place;
  /** The text of the range, as the diff shows it. */
  anchor: string;
  severity: Severity;
  confidence: number;
  kind: FindingKind;
  title: string;
  why: string;
  /** Only where it replaces exactly the range, on the head's side. */
  suggestion: string | null;
}

/**
 * open: posted, not settled · listed: kept in the summary only · dropped: not posted, with its reason · resolved: the
 * code was changed so that it is gone · dismissed: people settled it or told us to let go.
 */
export const FINDING_STATES = ["open", "listed", "dropped", "resolved", "dismissed"] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/**
 * waiting: for quiet or checks · reading: the model is asked · ready: decided, to be posted · posted · stale: another head
 * came first · skipped: policy or nothing to read · failed: no answer, said in the check run.
 */
export const REVIEW_STATES = ["waiting", "reading", "ready", "posted", "stale", "skipped", "failed"] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

/** One file of a pull request as the host lists it. */
export interface ChangedFile {
  path: string;
  /** Set for a rename. */
  previousPath: string | null;
  status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed" | "unchanged";
  addedLines: number;
  deletedLines: number;
  /** Hunks as git writes them, from the first `@@`; null where the host shows none (binary, too large, pure rename). */
  patch: string | null;
}

/** What of the change was sent to the model, and what was not, with the reason. */
export interface Reading {
  sent: { path: string; how: "whole" | "part" }[];
  left: { path: string; why: string }[];
  changedLines: number;
  sentLines: number;
}
