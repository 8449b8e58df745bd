import { describe, expect, it, test } from "vitest";
import { decideThread, readThreadAsk, type ThreadAsk } from "../../lib/review/decide-thread.ts";
import type { ReviewThread } from "../../lib/review/ports.ts";

const ASKS: Record<ThreadAsk, string[]> = {
  question: [
    "Why is this a problem?",
    "How would that happen",
    "Doesn't the caller check this already?",
    "Are you sure? It's fixed in the caller.",
    "We could do that. But what about the old clients?",
    "Fixed? I still see it.",
    "is this by design?",
    "should we ignore this?",
    "Can you explain what `items[i]` would be here?",
    "> The loop reads past the last item\n\nWhere do you see that?",
  ],
  says_fixed: [
    "Fixed.",
    "fixed in 1a2b3c4d",
    "Done",
    "done, thanks!",
    "Good catch, fixed.",
    "Addressed in the latest commit.",
    "I've pushed a fix.",
    "I changed it, thanks.",
    "This has been fixed now",
    "Applied the suggestion",
    "Thanks! Updated.",
  ],
  let_go: [
    "won't fix",
    "Wontfix",
    "Not a bug, the caller checks it.",
    "This is intended.",
    "That's by design.",
    "false positive",
    "Please ignore this.",
    "let it go",
    "Never mind, we know.",
    "It works as intended",
    "out of scope for this PR",
    "Leave it as is.",
    "Ignore",
    "No change needed here.",
    "it's fine",
    "We accept the risk.",
  ],
  command: ["/patchpilot review", "/patchpilot status please"],
  nothing: [
    "",
    "Thanks!",
    "Hmm.",
    "I will look at it tomorrow.",
    "This is not fixed yet.",
    "We'll get it fixed later.",
    "Not done yet",
    "Don't ignore this.",
    "I don't think this is intended.",
    "@bob what did you mean to say, see below",
    "> won't fix",
    "`not a bug`",
    "```\nfixed\n```",
    "This needs to be fixed before the release.",
    "If it is fixed upstream we are good.",
  ],
};

describe("what a comment below ours asks for", () => {
  const cases = Object.entries(ASKS).flatMap(([ask, texts]) => texts.map((text) => [text, ask] as const));
  it.each(cases)("%j is %s", (text, ask) => {
    expect(readThreadAsk(text)).toBe(ask);
  });
});

type Comment = ReviewThread["comments"][number];
const OURS = { login: "patchpilot", isBot: true, isOurs: true };
const ADA = { login: "ada", isBot: false, isOurs: false };
const BOT = { login: "bot", isBot: true, isOurs: false };
const say = (author: Comment["author"], text: string, id = "c1"): Comment => ({ id, author, text, at: "", url: "" });
const decide = (comments: Comment[], maxReplies = 3, isResolved = false) =>
  decideThread({ comments, isResolved }, { maxReplies });

describe("what is done about a thread", () => {
  const remark = say(OURS, "The loop reads past the last item", "c0");
  const asked = say(ADA, "Why?");
  const answered = [asked, say(OURS, "Because.", "r")];
  test("a person's newest comment is answered", () => {
    expect(decide([remark, asked])).toEqual({ type: "question", commentId: "c1", by: "ada" });
    expect(decide([remark, ...answered, say(ADA, "Fixed.", "c2")])).toEqual({
      type: "says_fixed",
      commentId: "c2",
      by: "ada",
    });
  });
  test("thanks, a bot or a command after it do not hide what was asked", () => {
    const after = [say(ADA, "Thanks!", "c2"), say(BOT, "Why?", "c3"), say(ADA, "/patchpilot review", "c4")];
    expect(decide([remark, say(ADA, "won't fix"), ...after])).toEqual({ type: "let_go", commentId: "c1", by: "ada" });
  });
  const NOTHING: [name: string, comments: Comment[]][] = [
    ["nobody answered", [remark]],
    ["no comments", []],
    ["we said the last word", [remark, ...answered]],
    ["a bot answers", [remark, say(BOT, "Why?")]],
    ["under another's comment", [asked, asked]],
    ["what asks for nothing", [remark, say(ADA, "Hm.")]],
    ["a command", [remark, say(ADA, "/patchpilot review")]],
  ];
  it.each(NOTHING)("nothing: %s", (_name, comments) => {
    expect(decide(comments)).toEqual({ type: "nothing", reason: expect.stringMatching(/\w/) });
  });
  test("a resolved thread is left alone", () => {
    expect(decide([remark, asked], 3, true).type).toBe("nothing");
  });
  test("replies end at their limit, and letting go has none", () => {
    const twice = [remark, ...answered, ...answered, asked];
    expect(decide(twice, 3).type).toBe("question");
    expect(decide(twice, 2).type).toBe("nothing");
    expect(decide([remark, asked], 0).type).toBe("nothing");
    expect(decide([remark, ...answered, say(ADA, "won't fix")], 0).type).toBe("let_go");
  });
});
