import type { FeedbackKind, FeedbackPolicy, FeedbackVerdict, HostedRemark, Permission } from "./feedback-model.ts";
import { readRemark } from "./read-remark.ts";

export interface FeedbackFacts {
  kind: FeedbackKind;
  author: { login: string; isBot: boolean; permission: Permission };
  text: string;
  reviewState: HostedRemark["reviewState"];
  /** Whether a review has comments on lines of its own: its text is then their summary. */
  hasInline: boolean;
  /** It is said below a comment of our own review, where talk and questions are the reviewer's to answer. */
  isUnderOurs?: boolean;
  isResolved: boolean;
  isOutdated: boolean;
  /** Of a check: it fails on the base branch too. */
  failsOnBase: boolean;
  /** Rounds that bots alone caused so far. */
  botRounds: number;
  ownLogin: string | null;
}

export interface FeedbackDecision {
  verdict: FeedbackVerdict;
  reason: string;
}

const WRITERS: readonly Permission[] = ["admin", "maintain", "write"];
const sameLogin = (one: string, other: string) =>
  one.toLowerCase().replace(/\[bot\]$/, "") === other.toLowerCase().replace(/\[bot\]$/, "");

/** Whether this bot is one that the operator listens to. */
export function isAllowedBot(login: string, bots: readonly string[]): boolean {
  return bots.some((bot) => sameLogin(bot, login));
}

/**
 * What one item of feedback is. Only people with write permission and bots that the policy names can ask for anything;
 * what no longer stands asks for nothing.
 */
export function decideFeedback(facts: FeedbackFacts, policy: FeedbackPolicy): FeedbackDecision {
  const is = (verdict: FeedbackVerdict, reason: string): FeedbackDecision => ({ verdict, reason });
  if (facts.kind === "conflict") return is("actionable", "the branch does not merge into its base any more");
  if (facts.kind === "check") {
    return facts.failsOnBase
      ? is("no_change_needed", "this check fails on the base branch too")
      : is("actionable", "a check failed on the branch, and not on its base");
  }
  const refusal = refuseAuthor(facts, policy);
  if (refusal !== null) return is("not_entitled", refusal);
  if (facts.reviewState === "DISMISSED") return is("withdrawn", "the review was dismissed");
  if (facts.isResolved) return is("withdrawn", "its thread is resolved");
  if (facts.isOutdated) return is("outdated", "the line that it is about has changed since");
  const reading = judgeWords(facts);
  const asks = reading.verdict === "actionable" || reading.verdict === "body_only";
  if (facts.author.isBot && asks && facts.botRounds >= policy.maxBotRounds)
    return is(
      "bot_over_cap",
      `review bots have caused ${facts.botRounds} rounds, and ${policy.maxBotRounds} is the limit`,
    );
  return reading;
}

function refuseAuthor({ author }: FeedbackFacts, policy: FeedbackPolicy): string | null {
  if (author.isBot) {
    return isAllowedBot(author.login, policy.bots)
      ? null
      : `${author.login} is a bot that policy.repair.feedback.bots does not name`;
  }
  if (WRITERS.includes(author.permission)) return null;
  return `${author.login} has ${author.permission} permission, and write is needed`;
}

const UNDER_OURS = "talk below a comment of our own review, which is answered there";

function judgeWords(facts: FeedbackFacts): FeedbackDecision {
  const is = (verdict: FeedbackVerdict, reason: string): FeedbackDecision => ({ verdict, reason });
  const reading = readRemark(facts.text, facts.ownLogin);
  const isRequest = reading === "request" || reading === "suggestion";
  if (facts.kind === "review" && facts.reviewState === "APPROVED" && !isRequest)
    return is("approval", `${facts.author.login} approved`);
  switch (reading) {
    case "command":
      return is("no_change_needed", "a command, which is carried out as such");
    case "empty":
      return is("no_change_needed", "it says nothing");
    case "elsewhere":
      return is("no_change_needed", "it speaks to somebody else");
    case "praise":
      return is("no_change_needed", "praise or thanks");
    case "no_change_needed":
      return is("no_change_needed", "it says that nothing is to be changed");
    case "body_only":
      return facts.author.isBot
        ? is("no_change_needed", "a bot's word on the description")
        : is("body_only", "only the description is asked for");
    case "question":
      if (facts.isUnderOurs) return is("no_change_needed", UNDER_OURS);
      return is("question", "a question, which asks for an answer and not for a change");
    default:
      return judgePlace(facts, isRequest);
  }
}

/** A statement on a line is a request there; in a conversation it is talk. */
function judgePlace(facts: FeedbackFacts, isRequest: boolean): FeedbackDecision {
  const yes = (reason: string): FeedbackDecision => ({ verdict: "actionable", reason });
  const no = (reason: string): FeedbackDecision => ({ verdict: "no_change_needed", reason });
  if (facts.isUnderOurs && !isRequest) return no(UNDER_OURS);
  if (facts.kind === "inline") return yes("a remark on a line of the patch");
  if (facts.kind === "review" && facts.hasInline && (facts.author.isBot || !isRequest))
    return no("the summary of a review; its remarks on lines count");
  if (facts.author.isBot) {
    return facts.kind === "review" && facts.reviewState === "CHANGES_REQUESTED"
      ? yes("a review that requests changes")
      : no("a bot's summary");
  }
  if (facts.kind === "review" && facts.reviewState !== "APPROVED") return yes("a review's own words");
  return isRequest ? yes("it asks for a change") : no("talk that asks for nothing");
}
