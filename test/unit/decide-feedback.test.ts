import { describe, expect, it } from "vitest";
import { decideAnswer } from "../../lib/repair/decide-answer.ts";
import { decideFeedback, type FeedbackFacts } from "../../lib/repair/decide-feedback.ts";
import { decideRound, type OpenItem, type RoundFacts } from "../../lib/repair/decide-round.ts";
import { isRunWanted } from "../../lib/repair/decide-run-wanted.ts";
import { feedbackPolicySchema } from "../../lib/repair/feedback-model.ts";
import { readDiff } from "../../lib/repair/read-diff.ts";

const policy = feedbackPolicySchema.parse({ bots: ["strict-reviewer[bot]"] });
const PERSON = { login: "ada", isBot: false, permission: "write" } as const;
const BOT = { login: "strict-reviewer", isBot: true, permission: "none" } as const;

const remark = (changes: Partial<FeedbackFacts> = {}): FeedbackFacts => ({
  kind: "inline",
  author: PERSON,
  text: "This allocates on every call.",
  reviewState: null,
  hasInline: false,
  isResolved: false,
  isOutdated: false,
  failsOnBase: false,
  botRounds: 0,
  ownLogin: "patchpilot",
  ...changes,
});

const CASES: [string, Partial<FeedbackFacts>, string][] = [
  ["a writer's remark on a line", {}, "actionable"],
  ["a statement below a comment of our own review", { isUnderOurs: true, text: "Fixed." }, "no_change_needed"],
  ["a question below one", { isUnderOurs: true, text: "Why is that?" }, "no_change_needed"],
  ["a request below one", { isUnderOurs: true, text: "Please fix this." }, "actionable"],
  ["a reader's", { author: { ...PERSON, permission: "read" } }, "not_entitled"],
  ["one with triage rights only", { author: { ...PERSON, permission: "triage" } }, "not_entitled"],
  ["an outsider's", { author: { ...PERSON, permission: "none" } }, "not_entitled"],
  ["a bot's that is named, with or without [bot]", { author: BOT }, "actionable"],
  ["a bot's that is not", { author: { ...BOT, login: "other" } }, "not_entitled"],
  ["a person's who has a named bot's login", { author: { ...BOT, isBot: false } }, "not_entitled"],
  [
    "a bot's with write permission that is not named",
    { author: { ...BOT, login: "other", permission: "admin" } },
    "not_entitled",
  ],
  ["a named bot's after its rounds are spent", { author: BOT, botRounds: 2 }, "bot_over_cap"],
  ["a person's after the bots' rounds are spent", { botRounds: 9 }, "actionable"],
  ["one whose thread is resolved", { isResolved: true }, "withdrawn"],
  ["an outdated one", { isOutdated: true }, "outdated"],
  ["one of a review that was dismissed", { kind: "review", reviewState: "DISMISSED" }, "withdrawn"],
  ["an approval", { kind: "review", reviewState: "APPROVED", text: "LGTM" }, "approval"],
  ["an approval without a word", { kind: "review", reviewState: "APPROVED", text: "" }, "approval"],
  [
    "an approval that asks for something",
    { kind: "review", reviewState: "APPROVED", text: "LGTM, but please rename it." },
    "actionable",
  ],
  ["a review that requests changes", { kind: "review", reviewState: "CHANGES_REQUESTED" }, "actionable"],
  [
    "the summary of a review with remarks on lines",
    { kind: "review", reviewState: "COMMENTED", hasInline: true },
    "no_change_needed",
  ],
  ["talk in the conversation", { kind: "comment" }, "no_change_needed"],
  ["a request in the conversation", { kind: "comment", text: "Please rename it." }, "actionable"],
  [
    "a bot's request in the conversation",
    { kind: "comment", author: BOT, text: "Please rename it." },
    "no_change_needed",
  ],
  ["a bot's summary", { kind: "review", author: BOT, reviewState: "COMMENTED" }, "no_change_needed"],
  ["a question", { text: "Why is this 0?" }, "question"],
  ["what says that nothing is to be changed", { text: "No code change needed." }, "no_change_needed"],
  ["what only asks for the description", { kind: "comment", text: "Please update the PR description." }, "body_only"],
  ["a bot's word on the description", { author: BOT, text: "Update the description." }, "no_change_needed"],
  ["a command", { kind: "comment", text: "/patchpilot status" }, "no_change_needed"],
  ["a failed check", { kind: "check", author: { ...PERSON, permission: "none" } }, "actionable"],
  ["a check that fails on the base too", { kind: "check", failsOnBase: true }, "no_change_needed"],
  ["a conflict", { kind: "conflict", author: { ...PERSON, permission: "none" } }, "actionable"],
];

describe("an item of feedback", () => {
  it.each(CASES)("%s", (_name, changes, verdict) => {
    expect(decideFeedback(remark(changes), policy)).toEqual({ verdict, reason: expect.stringMatching(/\S/) });
  });
});

const NOW = "2026-03-01T12:00:00.000Z";
const ago = (seconds: number) => new Date(Date.parse(NOW) - seconds * 1_000).toISOString();
const item = (changes: Partial<OpenItem> = {}): OpenItem => ({
  id: "fbk_1",
  by: "person",
  isConflict: false,
  seenAt: ago(60),
  ...changes,
});
const facts = (changes: Partial<RoundFacts> = {}): RoundFacts => ({
  now: NOW,
  isMergeable: true,
  isBehind: false,
  wasUpdated: false,
  otherAuthors: [],
  items: [item()],
  rounds: [],
  pendingChecks: [],
  approvedBy: [],
  ...changes,
});
const decide = (changes: Partial<RoundFacts> = {}) => decideRound(facts(changes), policy);
const round = (cause: "person" | "bot" | "host", remarks = 1) => ({ cause, remarks });
const times = (count: number, cause: "person" | "bot") => Array.from({ length: count }, () => round(cause));

describe("what follows", () => {
  it("one remark that is a minute old: a round", () => {
    expect(decide()).toEqual({ type: "round", mode: "on_top", cause: "person", round: 1, of: 5, itemIds: ["fbk_1"] });
  });

  it.each<[string, Partial<RoundFacts>, object]>([
    ["nothing is asked for", { items: [] }, { type: "idle" }],
    ["approved, and nothing is asked for", { items: [], approvedBy: ["ada"] }, { type: "done" }],
    ["approved, and something is asked for after it", { approvedBy: ["ada"] }, { type: "round" }],
    [
      "the reviewer may not be done",
      { items: [item({ seenAt: ago(59) })] },
      { type: "wait", until: "2026-03-01T12:00:01.000Z" },
    ],
    ["a second remark begins the quiet time anew", { items: [item(), item({ seenAt: ago(1) })] }, { type: "wait" }],
    ["a check needs no quiet time", { items: [item({ by: "host", seenAt: NOW })] }, { type: "round", cause: "host" }],
    ["checks run", { pendingChecks: ["ci"] }, { type: "wait", until: "2026-03-01T12:01:00.000Z" }],
    ["checks run for too long", { pendingChecks: ["ci"], items: [item({ seenAt: ago(900) })] }, { type: "round" }],
    ["the last round is left", { rounds: times(4, "person") }, { type: "round", round: 5 }],
    ["no round is left", { rounds: times(5, "person") }, { type: "ask_person" }],
    ["bots' rounds do not count as people's", { rounds: times(9, "bot") }, { type: "round", round: 1 }],
    [
      "bots alone have a round left",
      { items: [item({ by: "bot" })], rounds: times(1, "bot") },
      { type: "round", cause: "bot", round: 2, of: 2 },
    ],
    ["bots alone have none left", { items: [item({ by: "bot" })], rounds: times(2, "bot") }, { type: "idle" }],
    [
      "people's rounds do not reset bots'",
      { items: [item({ by: "bot" })], rounds: [...times(2, "bot"), round("person")] },
      { type: "idle" },
    ],
    [
      "a bot's remark beside a person's is the person's round",
      { items: [item({ by: "bot" }), item()], rounds: times(2, "bot") },
      { type: "round", cause: "person" },
    ],
    [
      "remarks grew twice in a row",
      { rounds: [round("person", 1), round("person", 2)], items: [item(), item(), item()] },
      { type: "ask_person" },
    ],
    [
      "remarks grew once",
      { rounds: [round("person", 2), round("person", 2)], items: [item(), item(), item()] },
      { type: "round" },
    ],
    [
      "failed checks are no remarks that grow",
      { rounds: [round("person", 1), round("person", 2)], items: [item({ by: "host" }), item({ by: "host" }), item()] },
      { type: "round" },
    ],
    [
      "a conflict",
      { isMergeable: false, items: [item({ by: "host", isConflict: true })] },
      { type: "round", mode: "redo", cause: "host" },
    ],
    ["a conflict, and others' commits", { isMergeable: false, otherAuthors: ["bob"] }, { type: "ask_person" }],
    ["a conflict, and no round left", { isMergeable: false, rounds: times(5, "person") }, { type: "ask_person" }],
    ["others' commits alone", { otherAuthors: ["bob"] }, { type: "round", mode: "on_top" }],
    ["behind its base", { isBehind: true, items: [] }, { type: "update_branch" }],
    [
      "behind its base, and the host was asked for this head",
      { isBehind: true, wasUpdated: true, items: [] },
      { type: "idle" },
    ],
    ["the host does not know yet whether it merges", { isMergeable: null, items: [] }, { type: "wait" }],
    ["the host does not know yet, and a round is due", { isMergeable: null }, { type: "round" }],
  ])("%s", (_name, changes, expected) => expect(decide(changes)).toMatchObject(expected));

  it("no policy lets more rounds happen than it says", () => {
    const none = feedbackPolicySchema.parse({ maxRounds: 0, maxBotRounds: 0 });
    expect(decideRound(facts(), none)).toMatchObject({ type: "ask_person" });
    expect(decideRound(facts({ items: [item({ by: "bot" })] }), none)).toMatchObject({ type: "idle" });
  });
});

describe("an answer", () => {
  const reading = readDiff(`diff --git a/src/a.js b/src/a.js
index 1111111..2222222 100644
--- a/src/a.js
+++ b/src/a.js
@@ -8,5 +8,6 @@
 eight
 nine
-ten
+TEN
+and more
 eleven
 twelve
`);
  const files = reading.ok ? reading.files : [];
  it.each([
    [10, "changed_here"],
    [8, "changed_here"],
    [12, "changed_here"],
    [7, "changed_file"],
    [14, "changed_file"],
    [null, "changed_here"],
  ] as const)("on line %s: %s", (line, outcome) => {
    expect(decideAnswer({ item: { kind: "inline", path: "src/a.js", line }, files })).toBe(outcome);
  });

  it("on another file, or on none, was not met at its place", () => {
    expect(decideAnswer({ item: { kind: "inline", path: "src/b.js", line: 10 }, files })).toBe("changed_elsewhere");
    expect(decideAnswer({ item: { kind: "comment", path: null, line: null }, files })).toBe("changed_elsewhere");
  });
});

it("a follow-up is wanted while its pull request is in review, every other run before", () => {
  expect(isRunWanted("followup", "in_review")).toBe(true);
  expect(isRunWanted("followup", "repairing")).toBe(false);
  expect(isRunWanted("bugfix", "repairing")).toBe(true);
  expect(isRunWanted("bugfix", "in_review")).toBe(false);
});
