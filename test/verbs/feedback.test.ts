import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { HostedCheck } from "../../lib/repair/feedback-model.ts";
import { type Bench, createBench, MINUTE_MS, mustRun } from "../support/context.ts";
import { expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { claim, comment, FIX, mustClaim, openPublished, report } from "../support/repair-flow.ts";

const COLLECT = "repair.collect-feedback";
const ANSWER = "repair.answer-feedback";
const CART = "src/cart.js";

/** What the reviewer asks for, on top of the first patch; and the pull request with it. */
const ROUND = `diff --git a/src/cart.js b/src/cart.js
index 2222222..4444444 100644
--- a/src/cart.js
+++ b/src/cart.js
@@ -1,4 +1,4 @@
 export function total(cart) {
-  const discount = cart.coupon === null ? 0 : cart.coupon.percent;
+  const discount = cart.coupon == null ? 0 : cart.coupon.percent;
   return cart.items.reduce((sum, item) => sum + item.price, 0) - discount;
 }
`;
const WHOLE = FIX.replace("coupon === null ? 0", "coupon == null ? 0");
const WORKFLOW = `diff --git a/.github/workflows/ci.yml b/.github/workflows/ci.yml
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/.github/workflows/ci.yml
@@ -0,0 +1,1 @@
+on: push
`;

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;
let incidentId: string;
let number: number;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());

async function open(policy: Record<string, unknown> = {}) {
  const feedback = { settleSeconds: 60, bots: ["strict-reviewer"], ...policy };
  bench = await createBench(database, { policy: { repair: { feedback } } });
  incidentId = (await openPublished(bench)).incidentId;
  number = bench.repository.pulls[0]?.number ?? 0;
  bench.repository.permissions.set("ada", "write");
  bench.repository.permissions.set("bob", "admin");
  bench.repository.permissions.set("eve", "read");
  await bench.settle();
  await bench.forgetJobs();
}
beforeEach(() => open());

const now = () => bench.clock.now();
const collect = () => mustRun(bench, COLLECT, { incidentId });
const head = () => bench.repository.getHead(bench.repository.getPull(number).headRef);
const remark = (login = "ada", text = "Please use == null here, a coupon may be undefined.", line = 2) =>
  bench.reviews.review(number, login, { lines: [{ path: CART, line, text }] }, now());
const rounds = async () => (await bench.runs(incidentId)).filter((run) => run.taskKind === "followup");

/** The remark is read, its reviewer had time to say more, and the round begins. */
async function begin() {
  await collect();
  bench.clock.advance(2 * MINUTE_MS);
  await collect();
}

async function work(changes: Parameters<typeof report>[2] = { diff: ROUND, wholeDiff: WHOLE }) {
  const run = await mustClaim(bench);
  await report(bench, run, changes);
  await mustRun(bench, "repair.publish-patch", { runId: run.runId });
  return run;
}

describe("a person's remark", () => {
  it("becomes one item and, once the reviewer was quiet, one round on the pull request's branch", async () => {
    remark();
    await collect();
    expect(await bench.feedback(incidentId)).toEqual([
      expect.objectContaining({
        kind: "inline",
        author: "ada",
        permission: "write",
        verdict: "actionable",
        state: "open",
      }),
    ]);
    expect(await rounds()).toEqual([]);
    expect((await bench.waitingJobs())[COLLECT]).toEqual(new Date(now().getTime() + MINUTE_MS));
    bench.clock.advance(2 * MINUTE_MS);
    await expectOnce(bench, COLLECT, { incidentId });
    const [round, ...more] = await rounds();
    expect(more).toEqual([]);
    expect(round).toMatchObject({
      state: "queued",
      baseSha: head().sha,
      baseBranch: bench.repository.getPull(number).headRef,
      brief: {
        round: { mode: "on_top", round: 1, of: 5, cause: "person", items: [{ author: "ada", path: CART, line: 2 }] },
      },
    });
    expect(await bench.incident(incidentId)).toMatchObject({ state: "in_review", attempts: 1 });
    expect(await bench.said(incidentId, "round_started")).toEqual([
      `round 1 of 5: working on 1 remark on pull request #${number}`,
    ]);
  });

  it("is answered in its thread, which is resolved, by one verified commit on top", async () => {
    remark();
    await begin();
    const before = head().sha;
    const run = await work();
    expect(head()).toMatchObject({ parent: before, message: expect.stringContaining(`Patchpilot-Run: ${run.runId}`) });
    expect(head().files.get(CART)).toContain("coupon == null");
    await expectOnce(bench, ANSWER, { incidentId });
    expect(bench.reviews.replies).toEqual([
      expect.objectContaining({ threadId: "T_1", body: `Changed in ${head().sha.slice(0, 12)}.` }),
    ]);
    expect(bench.reviews.threads[0]?.isResolved).toBe(true);
    expect(bench.reviews.comments).toEqual([]);
    expect(await bench.pulls(incidentId)).toEqual([expect.objectContaining({ headSha: head().sha, state: "open" })]);
    expect(bench.repository.checkRuns.at(-1)).toMatchObject({ sha: head().sha, conclusion: "success" });
    await collect();
    expect(await rounds()).toHaveLength(1);
  });

  it("on a place that the round did not change stays unresolved, and says so", async () => {
    remark("ada", "This should be documented.", 40);
    await begin();
    await work();
    await mustRun(bench, ANSWER, { incidentId });
    expect(bench.reviews.replies[0]?.body).toContain("changes this file, but not this place");
    expect(bench.reviews.threads[0]?.isResolved).toBe(false);
  });

  it("that cannot be met is told why, and not tried again", async () => {
    remark();
    await begin();
    await work({ outcome: "no_patch", diff: "", summary: "null and undefined are told apart on purpose" });
    await mustRun(bench, ANSWER, { incidentId });
    expect(bench.reviews.replies[0]?.body).toContain("told apart on purpose");
    expect(bench.reviews.comments[0]?.body).toContain("nothing was published");
    await collect();
    expect(await rounds()).toHaveLength(1);
    expect((await bench.incident(incidentId)).state).toBe("in_review");
  });

  it("that is resolved, approved or deleted before the round begins starts none", async () => {
    for (const undo of [
      () => Object.assign(bench.reviews.threads[0] ?? {}, { isResolved: true }),
      () => bench.reviews.review(number, "ada", { state: "APPROVED" }, now()),
      () => bench.reviews.remarks.splice(0),
    ]) {
      await open();
      remark();
      await collect();
      undo();
      bench.clock.advance(2 * MINUTE_MS);
      await collect();
      expect((await bench.feedback(incidentId)).find((row) => row.kind === "inline")?.state).toBe("settled");
      expect(await rounds()).toEqual([]);
    }
  });

  it("that is settled while its round waits for a runner ends the round", async () => {
    remark();
    await begin();
    Object.assign(bench.reviews.threads[0] ?? {}, { isResolved: true });
    await collect();
    expect((await rounds())[0]?.state).toBe("failed");
    expect(await claim(bench)).toBeNull();
  });
});

describe("who is listened to", () => {
  it("is nobody without write permission, and no bot that the policy does not name", async () => {
    remark("eve");
    remark("other-bot[bot]");
    bench.reviews.comment(number, "eve", "Please rename this.", now());
    await begin();
    expect((await bench.feedback(incidentId)).map((row) => row.verdict)).toEqual(Array(3).fill("not_entitled"));
    expect(await rounds()).toEqual([]);
  });

  it("allowed bots cause so many rounds and no more, and people's are counted apart", async () => {
    await open({ maxBotRounds: 1 });
    remark("strict-reviewer[bot]");
    await begin();
    await work();
    remark("strict-reviewer[bot]", "Consider a helper for this.");
    await begin();
    expect((await bench.feedback(incidentId)).at(-1)).toMatchObject({ verdict: "bot_over_cap", state: "noted" });
    remark("ada", "Please name the variable `off`.");
    await begin();
    expect((await rounds()).map((run) => [run.brief.round?.cause, run.brief.round?.round])).toEqual([
      ["bot", 1],
      ["person", 1],
    ]);
  });

  it("our own words and empty reviews make no items", async () => {
    remark("patchpilot[bot]");
    bench.reviews.review(number, "ada", {}, now());
    await collect();
    expect(await bench.feedback(incidentId)).toEqual([]);
  });
});

describe("limits", () => {
  it("spent rounds end with a person, and a person's word begins them anew", async () => {
    await open({ maxRounds: 1 });
    remark();
    await begin();
    await work();
    remark("ada", "Also rename it, please.");
    await begin();
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect(await bench.said(incidentId, "escalated")).toEqual([
      "1 of 1 review rounds are spent, and more is asked for",
    ]);
    await bench.forgetJobs();
    bench.clock.advance(1_000);
    await comment(bench, "ada", "/patchpilot retry", { isPullRequest: true, issueNumber: number });
    expect((await bench.incident(incidentId)).state).toBe("in_review");
    await collect();
    expect(await rounds()).toHaveLength(2);
  });

  it("a review that grows two rounds in a row is given to a person", async () => {
    for (const remarks of [1, 2, 3]) {
      for (let line = 1; line <= remarks; line += 1) remark("ada", `Please change ${remarks}.${line}`, line);
      await begin();
      if (remarks < 3) await work({ outcome: "worker_failed", diff: "", detail: "no" });
    }
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect((await bench.said(incidentId, "escalated"))[0]).toContain("review is not coming to an end");
  });

  it("a patch that the gate refuses is not published, and a person is asked", async () => {
    remark();
    await begin();
    const before = head().sha;
    await work({ diff: ROUND + WORKFLOW, wholeDiff: WHOLE + WORKFLOW });
    expect(head().sha).toBe(before);
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect((await rounds())[0]).toMatchObject({ state: "denied" });
  });

  it("a whole diff that hides what the round does is found out", async () => {
    remark();
    await begin();
    const before = head().sha;
    await work({ diff: ROUND, wholeDiff: FIX });
    expect(head().sha).toBe(before);
    expect((await rounds())[0]?.gate).toMatchObject({ verdict: "deny", reasons: [{ rule: "whole-diff" }] });
  });

  it("nothing is started while the incident is paused", async () => {
    remark();
    await comment(bench, "ada", "/patchpilot pause", { isPullRequest: true, issueNumber: number });
    await begin();
    expect(await rounds()).toEqual([]);
    expect((await bench.feedback(incidentId))[0]?.state).toBe("open");
  });
});

describe("a branch that moved", () => {
  it("is never overwritten: the same round is made again on the person's head", async () => {
    remark();
    await begin();
    const run = await mustClaim(bench);
    const pushed = bench.repository.push(bench.repository.getPull(number).headRef, { "NOTES.md": "by hand\n" });
    await report(bench, run, { diff: ROUND, wholeDiff: WHOLE });
    await mustRun(bench, "repair.publish-patch", { runId: run.runId });
    expect(head().sha).toBe(pushed);
    expect(await rounds()).toEqual([expect.objectContaining({ id: run.runId, state: "queued", baseSha: pushed })]);
    expect((await bench.feedback(incidentId))[0]?.state).toBe("working");
    await work();
    expect(head()).toMatchObject({ parent: pushed });
    expect(head().files.get("NOTES.md")).toBe("by hand\n");
    expect((await rounds()).map((one) => one.state)).toEqual(["published"]);
  });

  it("is seen between the look and the commit, too", async () => {
    remark();
    await begin();
    const run = await mustClaim(bench);
    await report(bench, run, { diff: ROUND, wholeDiff: WHOLE });
    let pushed = "";
    bench.script.during("readFeedback", async () => {
      pushed = bench.repository.push(bench.repository.getPull(number).headRef, { "NOTES.md": "by hand\n" });
    });
    await mustRun(bench, "repair.publish-patch", { runId: run.runId });
    expect(head().sha).toBe(pushed);
    expect((await rounds())[0]).toMatchObject({ state: "queued", baseSha: pushed });
  });

  it("after our own commit and a crash is not taken for a person's", async () => {
    remark();
    await begin();
    const run = await mustClaim(bench);
    await report(bench, run, { diff: ROUND, wholeDiff: WHOLE });
    bench.script.crashAfter("ensureCommit");
    await bench.run("repair.publish-patch", { runId: run.runId });
    const made = head().sha;
    bench.repository.push(bench.repository.getPull(number).headRef, { "NOTES.md": "by hand\n" });
    await bench.runWaiting("repair.publish-patch", { runId: run.runId });
    expect((await rounds())[0]).toMatchObject({ state: "published", commitSha: made });
    expect(head().parent).toBe(made);
  });
});

describe("a conflict with the base", () => {
  it("has the patch made anew on the base as it is, merged in by one commit", async () => {
    const before = head().sha;
    bench.repository.push("main", { "src/server.js": "export const handle = 2;\n" });
    bench.reviews.isMergeable = false;
    await collect();
    const base = bench.repository.getHead("main").sha;
    expect((await rounds())[0]).toMatchObject({
      baseSha: base,
      baseBranch: "main",
      brief: { round: { mode: "redo" } },
    });
    bench.reviews.isMergeable = true;
    await work({ diff: FIX });
    expect(head()).toMatchObject({ parent: before });
    expect(head().files.get("src/server.js")).toBe("export const handle = 2;\n");
    expect(head().files.get(CART)).toContain("coupon === null");
    expect((await bench.feedback(incidentId))[0]).toMatchObject({ kind: "conflict", state: "answered" });
  });

  it("with somebody else's commits on the branch is a person's to solve", async () => {
    bench.repository.push(bench.repository.getPull(number).headRef, { "NOTES.md": "by hand\n" });
    bench.reviews.isMergeable = false;
    await collect();
    expect(await rounds()).toEqual([]);
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect((await bench.said(incidentId, "escalated"))[0]).toContain("has commits of ann");
  });

  it("a branch that is only behind is brought up to date, once for each head", async () => {
    bench.reviews.isBehind = true;
    await expectOnce(bench, COLLECT, { incidentId });
    expect(head().message).toBe("Merge main");
    bench.reviews.isBehind = true;
    bench.script.during("ensureBranchUpdated", async () => {});
    await collect();
    const asked = () => bench.script.calls.filter((call) => call === "ensureBranchUpdated").length;
    const before = asked();
    // The host says that it did, and the head is still the one that it was.
    bench.repository.branches.set(bench.repository.getPull(number).headRef, head().parent ?? "");
    await collect();
    expect(asked()).toBe(before);
  });
});

describe("checks", () => {
  const failed = (changes: Partial<HostedCheck> = {}): HostedCheck => ({
    externalId: "run:7",
    name: "ci / test",
    conclusion: "failure",
    url: null,
    failsOnBase: false,
    ...changes,
  });

  it("a failed check begins a round with what it says", async () => {
    bench.reviews.failedChecks.set(head().sha, [failed()]);
    bench.reviews.checkTexts.set(
      "run:7",
      "not ok 3 - total of an empty cart\n  token=ghp_0123456789abcdefghij0123456789abcdef",
    );
    await collect();
    const [round] = await rounds();
    expect(round?.brief.round).toMatchObject({ cause: "host", items: [{ kind: "check", author: "ci / test" }] });
    expect(round?.brief.round?.items[0]?.text).toContain("not ok 3");
    expect(round?.brief.round?.items[0]?.text).not.toContain("ghp_");
    await work();
    await mustRun(bench, ANSWER, { incidentId });
    expect(bench.reviews.comments[0]?.body).toContain("Round 1 of 5");
  });

  it("one that fails on the base as well is not ours to repair", async () => {
    bench.reviews.failedChecks.set(head().sha, [failed({ failsOnBase: true })]);
    await collect();
    expect(await rounds()).toEqual([]);
  });

  it("a round waits for checks that run on, but not for ever", async () => {
    remark();
    bench.reviews.pendingChecks.set(head().sha, ["ci / test"]);
    await begin();
    expect(await rounds()).toEqual([]);
    bench.clock.advance(20 * MINUTE_MS);
    await collect();
    expect(await rounds()).toHaveLength(1);
  });
});

describe("words", () => {
  it("a question in a thread is answered there once, and starts nothing", async () => {
    remark("ada", "Why is this not zero?");
    await collect();
    await mustRun(bench, ANSWER, { incidentId });
    await mustRun(bench, ANSWER, { incidentId });
    expect(bench.reviews.replies).toHaveLength(1);
    expect(bench.reviews.replies[0]?.body).toContain("reads as a question");
    expect(await rounds()).toEqual([]);
  });

  it("where only the description is asked for it is written anew, and no run is made", async () => {
    bench.reviews.comment(number, "ada", "Please update the PR description.", now());
    await expectOnce(bench, COLLECT, { incidentId });
    expect(bench.reviews.descriptions.get(number)).toContain("Cause");
    expect(await rounds()).toEqual([]);
    await mustRun(bench, ANSWER, { incidentId });
    expect(bench.reviews.comments[0]?.body).toContain("description was written anew");
  });

  it("secrets and hidden characters of a remark are taken out before it is stored", async () => {
    remark("ada", "Use\u200b this<!-- rm -rf --> token ghp_0123456789abcdefghij0123456789abcdef please");
    await collect();
    const text = (await bench.feedback(incidentId))[0]?.text ?? "";
    expect(text).toContain("Use this");
    for (const hidden of ["\u200b", "rm -rf", "ghp_0123"]) expect(text).not.toContain(hidden);
  });
});

describe("crashes, races and late webhooks", () => {
  it("a crash after any call of the host leaves nothing half done", async () => {
    await bench.forgetJobs();
    remark();
    await expectCrashSafe(bench, COLLECT, { incidentId }, "getPermission");
    bench.clock.advance(2 * MINUTE_MS);
    await bench.forgetJobs();
    await expectCrashSafe(bench, COLLECT, { incidentId }, "readDiff");
    expect(await rounds()).toHaveLength(1);
    expect(await bench.feedback(incidentId)).toHaveLength(1);
  });

  it("answers are given once, whatever dies in between", async () => {
    remark();
    await begin();
    await work();
    await bench.forgetJobs();
    await expectCrashSafe(bench, ANSWER, { incidentId }, "ensureReply");
    expect(bench.reviews.replies).toHaveLength(1);
    expect(bench.reviews.threads[0]?.isResolved).toBe(true);
  });

  it("a second look that decides the same is told of the first", async () => {
    remark();
    await collect();
    bench.clock.advance(2 * MINUTE_MS);
    bench.script.during("readDiff", () => bench.touch(incidentId));
    expect(await bench.run(COLLECT, { incidentId })).toMatchObject({ type: "retry", afterMs: 500 });
    expect(await rounds()).toEqual([]);
    expect((await bench.feedback(incidentId))[0]?.state).toBe("open");
  });

  it("every webhook only wakes the one look, as often as it comes and in any order", async () => {
    remark();
    const headRef = bench.repository.getPull(number).headRef;
    const events = ["pull_request_review", "pull_request_review_comment", "check_run", "pull_request_review"];
    for (const [index, event] of events.entries()) {
      const at = { repository: "acme/shop", headRef, author: "ada", action: "submitted" };
      const pull = event === "check_run" ? null : number;
      const signal = { kind: "pull_feedback" as const, event, number: pull, ...at };
      const { deliveryId } = await bench.receive(signal, `feedback-${index}`);
      await mustRun(bench, "repair.note-feedback", { deliveryId });
    }
    const names = await bench.settle();
    expect(names.filter((name) => name === COLLECT)).toHaveLength(1);
    expect(await bench.feedback(incidentId)).toHaveLength(1);
  });

  it("a merge ends the round that waits", async () => {
    remark();
    await begin();
    bench.repository.merge(number, now());
    await mustRun(bench, "repair.follow-pull-request", { incidentId });
    expect((await rounds())[0]?.state).toBe("failed");
    expect((await bench.incident(incidentId)).state).toBe("deploying");
    expect(await claim(bench)).toBeNull();
  });

  it("a round that no runner claims is given to a person, and its remarks wait", async () => {
    remark();
    await begin();
    const [round] = await rounds();
    bench.clock.advance(120 * MINUTE_MS);
    await mustRun(bench, "repair.check-run", { runId: round?.id ?? "" });
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    await comment(bench, "ada", "/patchpilot retry", { isPullRequest: true, issueNumber: number });
    await collect();
    expect((await rounds()).map((run) => run.state)).toEqual(["failed", "queued"]);
  });
});
