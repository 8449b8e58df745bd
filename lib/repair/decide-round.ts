import type { FeedbackPolicy, Round } from "./feedback-model.ts";

export interface OpenItem {
  id: string;
  by: "person" | "bot" | "host";
  isConflict: boolean;
  /** When we first saw it; a provider's clock may be off. */
  seenAt: string;
}

export interface PastRound {
  cause: Round["cause"];
  /** Remarks of people and bots that it was for. */
  remarks: number;
}

export interface RoundFacts {
  now: string;
  /** null while the host finds out. */
  isMergeable: boolean | null;
  isBehind: boolean;
  /** The host was asked before to merge the base into this head. */
  wasUpdated: boolean;
  /** Logins of others who have commits on the branch. */
  otherAuthors: readonly string[];
  /** Actionable items that nobody has worked on. */
  items: readonly OpenItem[];
  /** Ended rounds since a person last asked for more, oldest first. */
  rounds: readonly PastRound[];
  pendingChecks: readonly string[];
  /** Who approved, and still does. */
  approvedBy: readonly string[];
}

export type RoundDecision =
  /** `round` of `of` rounds that this cause may have. */
  | { type: "round"; mode: Round["mode"]; cause: Round["cause"]; round: number; of: number; itemIds: string[] }
  | { type: "update_branch" }
  | { type: "wait"; until: string; reason: string }
  /** A person is asked, and no further round begins by itself. */
  | { type: "ask_person"; reason: string }
  | { type: "done"; reason: string }
  | { type: "idle"; reason: string };

/** How long GitHub may take to find out whether a pull request merges (docs.github.com, "Get a pull request"). */
const MERGEABLE_WAIT_SECONDS = 30;

const later = (from: string, seconds: number) => new Date(Date.parse(from) + seconds * 1_000).toISOString();
const isRemark = (item: OpenItem) => item.by !== "host";

function causeOf(items: readonly OpenItem[]): Round["cause"] {
  if (items.some((item) => item.by === "person")) return "person";
  return items.some((item) => item.by === "host") ? "host" : "bot";
}

/** What follows from what was said of an open pull request and how it stands. */
export function decideRound(facts: RoundFacts, policy: FeedbackPolicy): RoundDecision {
  const { items, rounds } = facts;
  const spent = rounds.filter((round) => round.cause !== "bot").length;
  const spentByBots = rounds.length - spent;
  const begin = (mode: Round["mode"], cause: Round["cause"]): RoundDecision => ({
    type: "round",
    mode,
    cause,
    round: (cause === "bot" ? spentByBots : spent) + 1,
    of: cause === "bot" ? policy.maxBotRounds : policy.maxRounds,
    itemIds: items.map((item) => item.id),
  });
  const capped: RoundDecision = {
    type: "ask_person",
    reason: `${spent} of ${policy.maxRounds} review rounds are spent, and more is asked for`,
  };
  if (facts.isMergeable === false) {
    if (facts.otherAuthors.length > 0) {
      const who = facts.otherAuthors.join(", ");
      return {
        type: "ask_person",
        reason: `the branch conflicts with its base and has commits of ${who}, which stay as they are`,
      };
    }
    const cause = causeOf(items.filter(isRemark)) === "person" ? "person" : "host";
    return spent >= policy.maxRounds ? capped : begin("redo", cause);
  }
  if (facts.isBehind && !facts.wasUpdated) return { type: "update_branch" };
  const asking = items.filter((item) => !item.isConflict);
  if (asking.length === 0) return restful(facts);
  const cause = causeOf(asking);
  if (cause === "bot" && spentByBots >= policy.maxBotRounds)
    return {
      type: "idle",
      reason: `review bots have caused ${spentByBots} rounds, and ${policy.maxBotRounds} is the limit`,
    };
  if (cause !== "bot" && spent >= policy.maxRounds) return capped;
  return decideDivergence(facts) ?? decideWait(facts, policy) ?? begin("on_top", cause);
}

function restful(facts: RoundFacts): RoundDecision {
  if (facts.isMergeable === null)
    return {
      type: "wait",
      until: later(facts.now, MERGEABLE_WAIT_SECONDS),
      reason: "the host is finding out whether it merges",
    };
  if (facts.approvedBy.length > 0) return { type: "done", reason: `approved by ${facts.approvedBy.join(", ")}` };
  return { type: "idle", reason: "nothing is asked for" };
}

/** Each round leaves more to say than the one before: more rounds will not end it. */
function decideDivergence({ items, rounds }: RoundFacts): RoundDecision | null {
  const now = items.filter(isRemark).length;
  const [before, last] = rounds.slice(-2).map((round) => round.remarks);
  if (before === undefined || last === undefined || !(now > last && last > before)) return null;
  return {
    type: "ask_person",
    reason: `review is not coming to an end: ${before}, then ${last}, now ${now} remarks in three rounds`,
  };
}

function decideWait({ now, items, pendingChecks }: RoundFacts, policy: FeedbackPolicy): RoundDecision | null {
  const newest =
    items
      .map((item) => item.seenAt)
      .sort()
      .at(-1) ?? now;
  const settled = later(newest, policy.settleSeconds);
  if (items.some(isRemark) && Date.parse(now) < Date.parse(settled))
    return { type: "wait", until: settled, reason: "a reviewer may not be done yet" };
  const checked = later(newest, policy.checksMinutes * 60);
  if (pendingChecks.length > 0 && Date.parse(now) < Date.parse(checked)) {
    // A finished check tells by webhook; this look is for one that is lost.
    const until = new Date(Math.min(Date.parse(later(now, 60)), Date.parse(checked))).toISOString();
    return { type: "wait", until, reason: `checks are running: ${pendingChecks.slice(0, 5).join(", ")}` };
  }
  return null;
}
