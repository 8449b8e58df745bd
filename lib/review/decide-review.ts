import { matchesNames } from "../kernel/match-glob.ts";
import type { ReviewPolicy } from "./model.ts";
import type { HeadCheck, ReviewedPull } from "./ports.ts";

export interface ReviewFacts {
  pull: Pick<ReviewedPull, "state" | "isDraft" | "author" | "baseRef" | "changedFiles">;
  defaultBranch: string;
  /** Checks and statuses of the head that are not ours. */
  checks: readonly Pick<HeadCheck, "name" | "state">[];
  /** No review of this pull request was posted yet. */
  isFirstReview: boolean;
  /** This head was reviewed, or its review ended for good. */
  isHeadReviewed: boolean;
  /** When this head was first seen by us. */
  headSeenAt: string;
  /** When the newest push was seen; the same as `headSeenAt`, where nothing else is known. */
  lastPushAt: string;
  now: string;
  /** Login of the person who asked by `/patchpilot review` since the last review; null: nobody did. */
  askedBy: string | null;
  /** Reviews of this pull request that were begun. */
  reviews: number;
}

export const REVIEW_TRIGGERS = ["command", "first", "checks_failed", "push"] as const;
export type ReviewTrigger = (typeof REVIEW_TRIGGERS)[number];

export type ReviewDecision =
  | { type: "review"; trigger: ReviewTrigger; reason: string }
  /** Look again then, or when something is heard. */
  | { type: "wait"; until: string; reason: string }
  | { type: "skip"; reason: string }
  | { type: "done"; reason: string };

/** A finished check tells by webhook; the look after this time is for one that is lost. */
const LOST_SECONDS = 60;

const bareLogin = (login: string) => login.toLowerCase().replace(/\[bot\]$/, "");

const later = (from: string, seconds: number) => Date.parse(from) + seconds * 1_000;

function matchesBranch(patterns: readonly string[], branch: string): boolean {
  return patterns.some((pattern) => matchesNames(pattern.split("/"), branch.split("/"), "whole"));
}

/** Why policy leaves this pull request alone, or null. What a person asked for is not asked again. */
function whyLeft({ pull, defaultBranch }: ReviewFacts, policy: ReviewPolicy): string | null {
  const { author } = pull;
  if (author.isOurs) return policy.ownPulls ? null : "Patchpilot's own pull requests are not reviewed by policy";
  if (pull.isDraft && !policy.drafts) return "drafts are not reviewed by policy";
  if (author.isBot && !policy.bots) return `${author.login} is a bot, and bots are not reviewed by policy`;
  if (policy.ignoredAuthors.some((login) => bareLogin(login) === bareLogin(author.login)))
    return `${author.login} is left alone by policy`;
  const branches = policy.baseBranches;
  if (branches.length === 0) {
    return pull.baseRef === defaultBranch ? null : `it goes into ${pull.baseRef}, not into the default branch`;
  }
  return matchesBranch(branches, pull.baseRef) ? null : `it goes into ${pull.baseRef}, which policy does not name`;
}

/** Quiet after a push, then, for the first review, the end of the checks; null: nothing to wait for. */
function decideWait(facts: ReviewFacts, policy: ReviewPolicy): ReviewDecision | null {
  const now = Date.parse(facts.now);
  const wait = (until: number, reason: string): ReviewDecision => ({
    type: "wait",
    until: new Date(until).toISOString(),
    reason,
  });
  // A clock ahead of ours must not make it wait longer than policy says.
  const quiet = Math.min(later(facts.lastPushAt, policy.settleSeconds), later(facts.now, policy.settleSeconds));
  if (now < quiet) return wait(quiet, "a newer push may follow");
  if (!facts.isFirstReview) return null;
  const pending = facts.checks.filter((check) => check.state === "pending");
  const most = later(facts.headSeenAt, policy.checksMinutes * 60);
  if (pending.length > 0 && now < most) {
    const names = pending.slice(0, 5).map((check) => check.name);
    return wait(Math.min(later(facts.now, LOST_SECONDS), most), `checks are running: ${names.join(", ")}`);
  }
  const begun = later(facts.headSeenAt, policy.noChecksSeconds);
  return facts.checks.length === 0 && now < begun ? wait(begun, "a check may begin") : null;
}

function triggerOf(facts: ReviewFacts): ReviewDecision {
  const failed = facts.checks.filter((check) => check.state === "failed");
  const review = (trigger: ReviewTrigger, reason: string): ReviewDecision => ({ type: "review", trigger, reason });
  if (facts.askedBy !== null) return review("command", `${facts.askedBy} asked for it`);
  if (failed.length > 0)
    return review("checks_failed", `${failed.length} check${failed.length === 1 ? "" : "s"} failed`);
  if (!facts.isFirstReview) return review("push", "a new head");
  return review("first", facts.checks.length === 0 ? "no check began" : "the checks ended");
}

/** Whether this head is to be read now, later, or not at all. */
export function decideReview(facts: ReviewFacts, policy: ReviewPolicy): ReviewDecision {
  const skip = (reason: string): ReviewDecision => ({ type: "skip", reason });
  const { pull } = facts;
  if (!policy.enabled) return skip("reviews are off by policy");
  if (pull.state !== "open") return skip("it is closed");
  if (facts.isHeadReviewed) return { type: "done", reason: "this head was reviewed" };
  if (pull.changedFiles === 0) return skip("it changes nothing");
  const left = facts.askedBy === null ? whyLeft(facts, policy) : null;
  if (left !== null) return skip(left);
  if (facts.reviews >= policy.maxReviewsPerPull)
    return skip(`${facts.reviews} reviews were made, and ${policy.maxReviewsPerPull} is the limit`);
  const wait = facts.askedBy === null ? decideWait(facts, policy) : null;
  return wait ?? triggerOf(facts);
}
