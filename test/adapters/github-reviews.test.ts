import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DemoGitHub, Person } from "../../demo/github/index.ts";
import type { GitHub } from "../../lib/adapters/github/index.ts";
import type { HostedFeedback } from "../../lib/repair/ports.ts";
import { connectGitHub, openDemoGitHub } from "../support/demo-github.ts";
import { withPermit } from "../support/permits.ts";
import { openScriptedGitHub, SHOP } from "../support/scripted-github.ts";

const BRANCH = "patchpilot/inc-1-cart";
const CART = "src/cart.ts";
const LINES = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
const textOf = (changes: Record<number, string>) =>
  `${LINES.map((line, index) => changes[index + 1] ?? line).join("\n")}\n`;

let close: () => Promise<void>;
let demo: DemoGitHub;
let github: GitHub;
let person: Person;
let baseSha: string;
let headSha: string;
let number: number;

beforeEach(async () => {
  ({ demo, close } = await openDemoGitHub());
  demo.addUser({ login: "maintainer", permission: "admin" });
  await demo.createRepository({ owner: "maintainer", name: "shop" });
  baseSha = await demo.seed("maintainer/shop", { [CART]: textOf({}), "src/other.ts": "other\n" }, "first");
  person = demo.person("maintainer");
  github = connectGitHub(demo);
  await withPermit("github.branch", (permit) => github.codeHost.ensureBranch(permit, { branch: BRANCH, sha: baseSha }));
  headSha = (await commit(textOf({ 5: "fixed", 20: "fixed too" }), baseSha, "run_first")).sha;
  number = (
    await withPermit("github.pull-request", (permit) =>
      github.codeHost.ensurePullRequest(permit, { branch: BRANCH, base: "main", title: "Fix", body: "why" }),
    )
  ).number;
});
afterEach(async () => {
  await close();
});

const commit = (content: string, parentSha: string, runId: string) =>
  withPermit("github.commit", (permit) =>
    github.codeHost.ensureCommit(permit, {
      ...{ branch: BRANCH, parentSha, headline: "fix: it", body: "b", trailer: `Patchpilot-Run: ${runId}` },
      ...{ additions: [{ path: CART, content }], deletions: [] },
    }),
  );
async function read(): Promise<HostedFeedback> {
  const feedback = await github.pullReviews.readFeedback(number);
  if (feedback === null) throw new Error("there is a pull request");
  return feedback;
}
const merge = (runId = "run_redo", from = headSha) =>
  withPermit("github.commit", async (permit) =>
    github.pullReviews.ensureMergeCommit(permit, {
      ...{ branch: BRANCH, headSha: from, baseSha: (await demo.commits())[0]?.sha ?? "" },
      ...{ headline: "fix: on the new base", body: "b", trailer: `Patchpilot-Run: ${runId}` },
      ...{ additions: [{ path: CART, content: textOf({ 5: "redone" }) }], deletions: [] },
    }),
  );

describe("what was said of a pull request", () => {
  it("is read with who said it, where, and whether it still stands", async () => {
    demo.addApp("strict-reviewer");
    await demo.person("strict-reviewer[bot]").review(number, { body: "Summary.", event: "COMMENT" });
    await person.review(number, {
      event: "REQUEST_CHANGES",
      body: "Nearly.",
      comments: [{ path: CART, line: 5, body: "why?" }],
    });
    await person.comment(number, "hello");
    const { remarks, commits, isMergeable, mergeBaseSha, pull } = await read();
    expect(remarks).toMatchObject([
      { kind: "review", author: { login: "strict-reviewer", isBot: true, isOurs: false }, reviewState: "COMMENTED" },
      {
        kind: "review",
        author: { login: "maintainer", isBot: false },
        reviewState: "CHANGES_REQUESTED",
        text: "Nearly.",
      },
      { kind: "inline", text: "why?", thread: { path: CART, line: 5, isResolved: false, isOutdated: false } },
      { kind: "comment", text: "hello", thread: null },
    ]);
    expect(remarks[2]?.reviewId).toBe(remarks[1]?.externalId);
    expect(commits).toEqual([
      { sha: headSha, author: "patchpilot[bot]", isOurs: true, isVerified: true, runId: "run_first" },
    ]);
    expect({ isMergeable, mergeBaseSha, head: pull.headSha }).toEqual({
      isMergeable: true,
      mergeBaseSha: baseSha,
      head: headSha,
    });
  });

  it("a push outdates only the threads whose line it changed, and the others move along", async () => {
    await person.review(number, {
      event: "COMMENT",
      comments: [
        { path: CART, line: 5, body: "five" },
        { path: CART, line: 20, body: "twenty" },
      ],
    });
    await person.push(
      { [CART]: textOf({ 2: "line 2\nand a half", 5: "by hand", 20: "fixed too" }) },
      "by hand",
      BRANCH,
    );
    const { remarks, commits } = await read();
    const threads = remarks.flatMap(({ thread }) => thread ?? []);
    expect(threads.map(({ isOutdated, line }) => ({ isOutdated, line }))).toEqual([
      { isOutdated: true, line: null },
      { isOutdated: false, line: 21 },
    ]);
    expect(commits.map((one) => [one.author, one.isOurs])).toEqual([
      ["patchpilot[bot]", true],
      ["maintainer", false],
    ]);
  });

  it("a commit that only carries our trailer is not ours", async () => {
    await person.push({ "src/x.ts": "x\n" }, "fix: it\n\nPatchpilot-Run: run_forged", BRANCH);
    expect((await read()).commits.at(-1)).toMatchObject({ author: "maintainer", isOurs: false, runId: "run_forged" });
  });

  it("failed checks are read without ours, and known to fail on the base too", async () => {
    const status = (sha: string, context: string, state: string) =>
      fetch(`${demo.url}/repos/maintainer/shop/statuses/${sha}`, {
        method: "POST",
        headers: { authorization: `token ${person.token}`, "content-type": "application/json" },
        body: JSON.stringify({ context, state }),
      });
    await status(headSha, "ci/old", "failure");
    await status(baseSha, "ci/old", "failure");
    await status(headSha, "ci/new", "failure");
    await status(headSha, "ci/slow", "pending");
    await withPermit("github.check-run", (permit) =>
      github.codeHost.ensureCheckRun(permit, {
        ...{ name: "patchpilot/gate", sha: headSha, conclusion: "failure", title: "t", summary: "s", externalId: "e" },
      }),
    );
    const { failedChecks, pendingChecks } = await read();
    expect(failedChecks.map((one) => [one.name, one.failsOnBase]).sort()).toEqual([
      ["ci/new", false],
      ["ci/old", true],
    ]);
    expect(pendingChecks).toEqual(["ci/slow"]);
  });

  it("a conflict with the base is the host's own word", async () => {
    await person.push({ [CART]: textOf({ 5: "something else" }) }, "moved on");
    expect((await read()).isMergeable).toBe(false);
  });

  it("there is nothing to read where there is no pull request", async () => {
    expect(await github.pullReviews.readFeedback(999)).toBeNull();
  });

  it("the patch is read as git writes it, cut to a limit", async () => {
    const diff = await github.pullReviews.readDiff({ from: baseSha, to: headSha, limit: 10_000 });
    expect(diff).toContain("diff --git a/src/cart.ts b/src/cart.ts");
    expect(await github.pullReviews.readDiff({ from: baseSha, to: headSha, limit: 10 })).toHaveLength(10);
  });
});

describe("answers", () => {
  const thread = async () => (await read()).remarks.find((one) => one.thread)?.thread;

  it("a reply and a resolution are made once", async () => {
    await person.review(number, { event: "COMMENT", comments: [{ path: CART, line: 5, body: "five" }] });
    const threadId = (await thread())?.id ?? "";
    for (let time = 0; time < 2; time += 1) {
      await withPermit("github.review", (permit) =>
        github.pullReviews.ensureReply(permit, { number, threadId, marker: "answer:fbk_1", body: "Changed." }),
      );
      await withPermit("github.review", (permit) => github.pullReviews.ensureThreadResolved(permit, { threadId }));
    }
    expect((await thread())?.isResolved).toBe(true);
    const bodies = demo.reviewComments(number).map((one) => one.body.split("\n")[0]);
    expect(bodies).toEqual(["five", "Changed."]);
    expect((await read()).remarks.filter((one) => one.author.isOurs).length).toBeGreaterThan(0);
  });

  it("a person who copies our marker does not keep us from answering", async () => {
    await person.review(number, { event: "COMMENT", comments: [{ path: CART, line: 5, body: "five" }] });
    const threadId = (await thread())?.id ?? "";
    const reply = () =>
      withPermit("github.review", (permit) =>
        github.pullReviews.ensureReply(permit, { number, threadId, marker: "answer:fbk_1", body: "Changed." }),
      );
    await reply();
    const ours = demo.reviewComments(number).at(-1)?.body ?? "";
    await person.review(number, { event: "COMMENT", comments: [{ path: CART, line: 20, body: ours }] });
    const other = (await read()).remarks.find((one) => one.thread?.line === 20)?.thread?.id ?? "";
    await withPermit("github.review", (permit) =>
      github.pullReviews.ensureReply(permit, { number, threadId: other, marker: "answer:fbk_1", body: "Changed." }),
    );
    expect(demo.reviewComments(number)).toHaveLength(4);
  });

  it("the description is written once, and left alone when it is right", async () => {
    const write = () =>
      withPermit("github.pull-request", (permit) =>
        github.pullReviews.ensureDescription(permit, { number, body: "new words" }),
      );
    await write();
    await write();
    expect(demo.requests().filter((one) => one.method === "PATCH")).toHaveLength(1);
  });
});

describe("the branch", () => {
  it("is brought up to date by the host, but not under another head and not over a conflict", async () => {
    const update = (sha: string) =>
      withPermit("github.branch", (permit) => github.pullReviews.ensureBranchUpdated(permit, { number, headSha: sha }));
    await person.push({ "src/other.ts": "newer\n" }, "moved on");
    expect(await update(baseSha)).toBe(false);
    expect(await update(headSha)).toBe(true);
    const { commits, pull } = await read();
    expect(commits.every((one) => one.isOurs && one.isVerified)).toBe(true);
    await person.push({ [CART]: textOf({ 5: "something else" }) }, "and on");
    expect(await update(pull.headSha)).toBe(false);
  });

  it("takes a redone patch as one verified merge, once, and merges again", async () => {
    await person.push({ [CART]: textOf({ 5: "something else" }), "run.sh": "#!/bin/sh\n" }, "moved on");
    const first = await merge();
    expect(first.isVerified).toBe(true);
    expect(await merge()).toEqual(first);
    const { isMergeable, commits, pull } = await read();
    expect({ isMergeable, head: pull.headSha }).toEqual({ isMergeable: true, head: first.sha });
    expect(commits.map((one) => one.isOurs)).toEqual([true, true]);
    const files = await github.codeHost.readFiles([CART, "run.sh"], first.sha);
    expect(files.get(CART)).toBe(textOf({ 5: "redone" }));
    expect(files.get("run.sh")).toBe("#!/bin/sh\n");
  });

  it("never loses what somebody pushed meanwhile", async () => {
    await person.push({ [CART]: textOf({ 5: "something else" }) }, "moved on");
    const pushed = await person.push({ "NOTES.md": "by hand\n" }, "by hand", BRANCH);
    await expect(merge()).rejects.toMatchObject({ code: "branch_moved" });
    expect((await read()).pull.headSha).toBe(pushed);
  });
});

describe("a failed check's own words", () => {
  it("are its output, annotations, and the end of its log", async () => {
    const scripted = await openScriptedGitHub();
    const job = "https://github.com/acme/shop/actions/runs/1/job/7";
    const output = { title: "1 failed", summary: "see below", text: null };
    scripted.app.get(`${SHOP}/check-runs/7`, (c) =>
      c.json({ name: "test", conclusion: "failure", details_url: job, output }),
    );
    scripted.app.get(`${SHOP}/check-runs/7/annotations`, (c) =>
      c.json([{ path: "src/a.ts", start_line: 3, annotation_level: "failure", message: "expected 1" }]),
    );
    scripted.app.get(`${SHOP}/actions/jobs/7/logs`, (c) => c.text(`${"noise\n".repeat(1_000)}not ok 3\n`));
    const text = await scripted.create({}).pullReviews.readCheck({ externalId: "run:7", limit: 500 });
    expect(text.length).toBeLessThanOrEqual(500);
    for (const part of ["test: failure", "1 failed", "src/a.ts:3 failure: expected 1"]) expect(text).toContain(part);
    expect(text.endsWith("not ok 3\n")).toBe(true);
    expect(await scripted.create({}).pullReviews.readCheck({ externalId: "status:7", limit: 500 })).toBe("");
    await scripted.close();
  });
});
