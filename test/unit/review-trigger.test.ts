import { describe, expect, it, test } from "vitest";
import { decideReview, type ReviewFacts } from "../../lib/review/decide-review.ts";
import { reviewPolicySchema } from "../../lib/review/policy-model.ts";

const POLICY = reviewPolicySchema.parse({});
const AT = "2026-11-20T12:00:00.000Z";
const after = (seconds: number) => new Date(Date.parse(AT) + seconds * 1_000).toISOString();
const PERSON = { login: "ada", isBot: false, isOurs: false };
const BOT = { login: "renovate", isBot: true, isOurs: false };
const OURS = { login: "patchpilot", isBot: true, isOurs: true };

const PULL: ReviewFacts["pull"] = { state: "open", isDraft: false, author: PERSON, baseRef: "main", changedFiles: 3 };
const FACTS: ReviewFacts = {
  pull: PULL,
  defaultBranch: "main",
  checks: [{ name: "test", state: "passed" }],
  isFirstReview: true,
  isHeadReviewed: false,
  headSeenAt: AT,
  lastPushAt: AT,
  now: after(600),
  askedBy: null,
  reviews: 0,
};

type Change = Partial<Omit<ReviewFacts, "pull">> & { pull?: Partial<ReviewFacts["pull"]> };
type Policy = Partial<typeof POLICY>;
const decide = ({ pull, ...facts }: Change, policy: Policy = {}) =>
  decideReview({ ...FACTS, ...facts, pull: { ...PULL, ...pull } }, { ...POLICY, ...policy });

const RUNNING = [{ name: "test", state: "pending" }] as const;
const FAILED = [{ name: "test", state: "failed" }] as const;

/** What differs from an open pull request of a person into the default branch, whose checks passed ten minutes ago. */
const CASES: [name: string, change: Change, policy: Policy, outcome: string][] = [
  ["as it is", {}, {}, "review first"],
  ["reviews off", {}, { enabled: false }, "skip"],
  ["reviews off, though asked", { askedBy: "ada" }, { enabled: false }, "skip"],
  ["closed", { pull: { state: "closed" } }, {}, "skip"],
  ["closed, though asked", { pull: { state: "closed" }, askedBy: "ada" }, {}, "skip"],
  ["a head that was reviewed", { isHeadReviewed: true }, {}, "done"],
  ["a head that was reviewed, though asked", { isHeadReviewed: true, askedBy: "ada" }, {}, "done"],
  ["nothing changed", { pull: { changedFiles: 0 } }, {}, "skip"],
  ["a draft", { pull: { isDraft: true } }, {}, "skip"],
  ["a draft, wanted by policy", { pull: { isDraft: true } }, { drafts: true }, "review first"],
  ["a draft, asked for", { pull: { isDraft: true }, askedBy: "ada" }, {}, "review command"],
  ["a bot's", { pull: { author: BOT } }, {}, "skip"],
  ["a bot's, wanted by policy", { pull: { author: BOT } }, { bots: true }, "review first"],
  [
    "a bot's, ignored by its full name",
    { pull: { author: BOT } },
    { bots: true, ignoredAuthors: ["Renovate[bot]"] },
    "skip",
  ],
  ["an ignored author", {}, { ignoredAuthors: ["Ada"] }, "skip"],
  ["another ignored author", {}, { ignoredAuthors: ["adam"] }, "review first"],
  ["our own, a draft", { pull: { author: OURS, isDraft: true } }, {}, "review first"],
  ["our own, left out by policy", { pull: { author: OURS } }, { ownPulls: false }, "skip"],
  ["our own, left out, asked for", { pull: { author: OURS }, askedBy: "ada" }, { ownPulls: false }, "review command"],
  ["into another branch", { pull: { baseRef: "next" } }, {}, "skip"],
  [
    "into a branch that policy names",
    { pull: { baseRef: "release/1.2" } },
    { baseBranches: ["release/*"] },
    "review first",
  ],
  ["into one below it", { pull: { baseRef: "release/1.2/hot" } }, { baseBranches: ["release/*"] }, "skip"],
  ["into any", { pull: { baseRef: "a/b/c" } }, { baseBranches: ["**"] }, "review first"],
  ["into the default branch, which policy does not name", {}, { baseBranches: ["release/*"] }, "skip"],
  ["one review less than the limit", { reviews: 49 }, {}, "review first"],
  ["as many reviews as the limit", { reviews: 50 }, {}, "skip"],
  ["as many, though asked", { reviews: 50, askedBy: "ada" }, {}, "skip"],
  ["just before it settled", { now: after(29) }, {}, "wait 30"],
  ["just when it settled", { now: after(30) }, {}, "review first"],
  ["another settling time", { now: after(30) }, { settleSeconds: 60 }, "wait 60"],
  ["a push after the head was seen", { lastPushAt: after(590) }, {}, "wait 620"],
  ["a clock ahead of ours", { lastPushAt: after(9_000) }, {}, "wait 630"],
  ["no settling, asked for", { now: after(1), askedBy: "ada" }, {}, "review command"],
  ["checks running", { checks: RUNNING }, {}, "wait 660"],
  ["checks running, near the end of patience", { checks: RUNNING, now: after(1_180) }, {}, "wait 1200"],
  ["checks running at the end of patience", { checks: RUNNING, now: after(1_200) }, {}, "review first"],
  ["checks running, no patience", { checks: RUNNING }, { checksMinutes: 0 }, "review first"],
  ["one failed, another running", { checks: [...FAILED, ...RUNNING] }, {}, "wait 660"],
  ["checks running at a later push", { checks: RUNNING, isFirstReview: false }, {}, "review push"],
  ["checks running, asked for", { checks: RUNNING, askedBy: "ada" }, {}, "review command"],
  ["failed checks", { checks: FAILED }, {}, "review checks_failed"],
  ["failed checks of a later push", { checks: FAILED, isFirstReview: false }, {}, "review checks_failed"],
  ["no checks, just before one is given up", { checks: [], now: after(89) }, {}, "wait 90"],
  ["no checks", { checks: [], now: after(90) }, {}, "review first"],
  ["no checks, no patience", { checks: [], now: after(31) }, { noChecksSeconds: 0 }, "review first"],
  ["no checks at a later push", { checks: [], now: after(31), isFirstReview: false }, {}, "review push"],
];

const told = (decision: ReturnType<typeof decide>) => {
  if (decision.type === "review") return `review ${decision.trigger}`;
  return decision.type === "wait" ? `wait ${(Date.parse(decision.until) - Date.parse(AT)) / 1_000}` : decision.type;
};

describe("whether a head is read", () => {
  it.each(CASES)("%s", (_name, change, policy, outcome) => {
    const decision = decide(change, policy);
    expect(told(decision)).toBe(outcome);
    expect(decision.reason).toMatch(/\w/);
  });

  test("a wait ends after now, so that it always comes back and never spins", () => {
    for (const [, change, policy] of CASES) {
      const decision = decide(change, policy);
      if (decision.type === "wait")
        expect(Date.parse(decision.until)).toBeGreaterThan(Date.parse(change.now ?? FACTS.now));
    }
  });
});
