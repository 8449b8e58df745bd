import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Bench } from "../support/context.ts";
import { PROJECT } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import {
  CART_AFTER,
  createReviewBench,
  goOn,
  LOOP,
  openReviewed,
  proposed,
  type Script,
  scriptedReviewer,
  tellFeedback,
} from "../support/review-flow.ts";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createReviewBench(database);
});

const use = (script: Partial<Script> = {}) => {
  const scripted = scriptedReviewer({ review: () => proposed({ findings: [LOOP] }), ...script });
  bench.useModel(scripted.model);
  return scripted;
};
const thread = () => {
  const [first] = bench.reviewed.threads;
  if (!first) throw new Error("nothing was said");
  return first;
};
const said = () => thread().comments.map(({ text }) => text);

async function say(login: string, text: string): Promise<void> {
  bench.reviewed.say(thread().id, login, text);
  await tellFeedback(bench, { event: "pull_request_review_comment", action: "created", number: 1 });
  await goOn(bench);
}

describe("under a comment of ours", () => {
  it("a question is answered once, from the file as it is", async () => {
    const { prompts } = use({ reply: () => ({ text: "The last index is `length - 1`.", isWithdrawn: false }) });
    await openReviewed(bench);
    await say("ann", "Why does this read too far?");
    await tellFeedback(bench, { event: "pull_request_review_comment", action: "created", number: 1 });
    await goOn(bench);
    expect(said()).toHaveLength(3);
    expect(said()[2]).toBe("The last index is `length - 1`.");
    expect(prompts).toHaveLength(3);
    expect(prompts[2]).toContain("Why does this read too far?");
    expect(prompts[2]).toContain("cart.coupon.percent");
    expect(thread().isResolved).toBe(false);
  });

  it("a finding that the answer takes back is settled, and the summary says so", async () => {
    use({ reply: () => ({ text: "You are right.", isWithdrawn: true }) });
    await openReviewed(bench);
    await say("ann", "Is `items` not padded by the parser?");
    expect(thread().isResolved).toBe(true);
    expect(await bench.findings()).toMatchObject([{ state: "dismissed", reason: "taken back after ann asked" }]);
    expect(bench.reviewed.summaries[0]?.body).toContain("dismissed");
    expect(bench.reviewed.checkRuns).toMatchObject([{ conclusion: "success" }]);
  });

  it("replies are bounded, and letting go never is", async () => {
    use();
    bench.configure({
      env: { LLM_MODEL: "anthropic/claude-haiku-4-5", ANTHROPIC_API_KEY: "test-key-of-the-model" },
      policy: { review: { maxReplies: 2, noChecksSeconds: 0 } },
    });
    await openReviewed(bench);
    for (let round = 0; round < 5; round += 1) await say("ann", `Why is that, number ${round}?`);
    expect(said().filter((text) => text === "Yes.")).toHaveLength(2);
    await say("ann", "never mind");
    expect(thread().isResolved).toBe(true);
  });

  it("'fixed' is looked at: what is still there stays open, what is gone is resolved", async () => {
    use();
    await openReviewed(bench);
    await say("ann", "Fixed.");
    expect(said()[2]).toMatch(/the code is as it was/);
    expect(thread().isResolved).toBe(false);
    bench.reviewed.push(1, { "src/cart.js": CART_AFTER.replace("i <= cart", "i < cart") });
    await say("ann", "Fixed now.");
    expect(said()[4]).toMatch(/it is fixed/);
    expect(thread().isResolved).toBe(true);
    expect(await bench.findings()).toMatchObject([{ state: "resolved" }]);
  });

  it.each([
    ["a bot", "other[bot]", "Why is that?"],
    ["a stranger without rights", "eve", "Why is that?"],
    ["talk", "ann", "hm, I see"],
    ["a command", "ann", "/patchpilot status"],
  ])("%s gets no answer", async (_, login, text) => {
    const { prompts } = use();
    await openReviewed(bench);
    await say(login, text);
    expect(said()).toHaveLength(2);
    expect(prompts).toHaveLength(2);
  });

  it("the author of a fork's pull request is answered without any right in the repository", async () => {
    use();
    bench.reviewed.permissions.delete("ann");
    await openReviewed(bench);
    await say("ann", "Why is that?");
    expect(said()[2]).toBe("Yes.");
  });

  it("a dry run answers nobody, and asks no model", async () => {
    const { prompts } = use();
    await openReviewed(bench);
    bench.configure({
      dryRun: true,
      env: { LLM_MODEL: "anthropic/claude-haiku-4-5", ANTHROPIC_API_KEY: "test-key-of-the-model" },
    });
    await say("ann", "Why is that?");
    expect(said()).toHaveLength(2);
    expect(prompts).toHaveLength(2);
  });
});

describe("an issue", () => {
  const ISSUE = { number: 7, title: "Carts without coupon crash", body: "See `src/cart.js`.", state: "open" as const };
  let opened = 0;

  async function openIssue(changes: { sender?: string; senderType?: string; textRefusal?: string | null } = {}) {
    opened += 1;
    if (!bench.reviewed.issues.some((one) => one.number === ISSUE.number)) bench.reviewed.issues.push({ ...ISSUE });
    const from = { sender: "eve", senderType: "User", textRefusal: "not in Sentry's form" };
    const at = { kind: "github_issue", repository: "acme/shop", issueNumber: ISSUE.number } as const;
    await bench.receive({ ...at, action: "opened", state: "open", ...from, ...changes }, `issue-${opened}`);
    await goOn(bench);
  }

  it("gets no answer unless policy wants it", async () => {
    const { prompts } = use();
    await openIssue();
    await bench.run("review.answer-issue", { projectId: PROJECT, issueNumber: 7 });
    expect(bench.reviewed.answers).toEqual([]);
    expect(prompts).toEqual([]);
  });

  describe("where policy wants it", () => {
    beforeEach(async () => {
      bench = await createReviewBench(database, { policy: { answersIssues: true } });
    });

    it("gets one answer, however often it is told of", async () => {
      const { prompts } = use({
        answer: () => ({ isKnown: true, text: "`total` reads `cart.coupon`.", places: [], related: [] }),
      });
      await openIssue();
      await openIssue();
      await bench.run("review.answer-issue", { projectId: PROJECT, issueNumber: 7 });
      expect(bench.reviewed.answers).toMatchObject([{ number: 7, body: expect.stringContaining("`total` reads") }]);
      expect(prompts).toHaveLength(1);
      expect(prompts[0]).toContain("Carts without coupon crash");
    });

    it("'I don't know' is an answer", async () => {
      use();
      await openIssue();
      expect(bench.reviewed.answers[0]?.body).toMatch(/^I don't know\./);
    });

    it("a process that dies after the comment posts it once", async () => {
      use();
      bench.script.crashAfter("ensureIssueComment");
      await openIssue();
      expect(bench.reviewed.answers).toHaveLength(1);
    });

    it.each([
      ["by a bot", { sender: "sentry-io[bot]", senderType: "Bot" }],
      ["in the form that Sentry writes", { textRefusal: null }],
    ])("%s gets none", async (_, changes) => {
      const { prompts } = use();
      await openIssue(changes);
      expect(prompts).toEqual([]);
      expect(bench.reviewed.answers).toEqual([]);
    });

    it("a dry run posts none, and keeps it", async () => {
      use();
      bench.configure({
        dryRun: true,
        env: { LLM_MODEL: "anthropic/claude-haiku-4-5", ANTHROPIC_API_KEY: "test-key-of-the-model" },
        policy: { review: { answersIssues: true } },
      });
      await openIssue();
      expect(bench.reviewed.answers).toEqual([]);
    });
  });
});
