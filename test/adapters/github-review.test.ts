import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DemoGitHub, Person } from "../../demo/github/index.ts";
import { createGitHubClient } from "../../lib/adapters/github/client.ts";
import type { GitHub } from "../../lib/adapters/github/index.ts";
import type { Place } from "../../lib/review/model.ts";
import type { ReviewHost } from "../../lib/review/ports.ts";
import { connectGitHub, openDemoGitHub, settingsFor } from "../support/demo-github.ts";
import { withPermit } from "../support/permits.ts";
import { openScriptedGitHub, SHOP } from "../support/scripted-github.ts";

const BRANCH = "coupons";
const CART = "src/cart.ts";
const LINES = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`);
const textOf = (changes: Record<number, string>) =>
  `${LINES.map((line, index) => changes[index + 1] ?? line).join("\n")}\n`;
const at = (line: number, more: Partial<Place> = {}): Place => ({
  ...{ path: CART, side: "RIGHT", startLine: null, line },
  ...more,
});

let close: () => Promise<void>;
let demo: DemoGitHub;
let github: GitHub;
let host: ReviewHost;
let author: Person;
let headSha: string;
let number: number;

beforeEach(async () => {
  ({ demo, close } = await openDemoGitHub());
  demo.addUser({ login: "maintainer", permission: "admin" });
  demo.addUser({ login: "grace", permission: "write" });
  await demo.createRepository({ owner: "maintainer", name: "shop" });
  await demo.seed("maintainer/shop", { [CART]: textOf({}), "old.ts": "a\nb\nc\n", "logo.png": "a\0b" }, "first");
  author = demo.person("grace");
  github = connectGitHub(demo);
  host = github.reviewHost;
  headSha = await author.push({ [CART]: textOf({ 5: "five", 40: "forty" }) }, "feat: coupons", BRANCH);
  number = await author.openPullRequest({ title: "Coupons", head: BRANCH, body: "Closes #99" });
});
afterEach(async () => {
  await close();
});

const review = (more: Partial<Parameters<ReviewHost["ensureReview"]>[1]> = {}) =>
  withPermit("github.review", (permit) =>
    host.ensureReview(permit, {
      ...{ number, headSha, marker: "review:rev_1", event: "comment", body: "Two remarks." },
      comments: [
        { place: at(5), marker: "finding:rvf_1", body: "Off by one." },
        { place: at(42, { startLine: 40 }), marker: "finding:rvf_2", body: "Never awaited." },
      ],
      ...more,
    }),
  );
const reviewsOf = async () => {
  const answer = await fetch(`${demo.url}/repos/maintainer/shop/pulls/${number}/reviews`, {
    headers: { authorization: `token ${author.token}` },
  });
  return (await answer.json()) as { body: string; state: string; commit_id: string }[];
};
/** The installation's own token, with which anybody who has our App's key can write. */
async function asOurApp(path: string, body: unknown): Promise<Response> {
  const { token } = await createGitHubClient(settingsFor(demo)).tokens.get();
  return fetch(`${demo.url}/repos/maintainer/shop${path}`, {
    method: "POST",
    headers: { authorization: `token ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

describe("a pull request to be reviewed", () => {
  it("is read with its author, both ends and its size", async () => {
    expect(await host.findPull(number)).toMatchObject({
      ...{ number, title: "Coupons", body: "Closes #99", state: "open", isDraft: false, isFromFork: false },
      author: { login: "grace", isBot: false, isOurs: false },
      ...{ headSha, headRef: BRANCH, baseRef: "main", changedFiles: 1, addedLines: 2, deletedLines: 2 },
    });
    expect(await host.findPull(999)).toBeNull();
  });

  it("is found by its head while it is open", async () => {
    expect(await host.findPullOfHead(headSha)).toBe(number);
    expect(await host.listOpenPulls(10)).toMatchObject([{ number, headSha }]);
    await author.closePullRequest(number);
    expect(await host.findPullOfHead(headSha)).toBeNull();
  });

  it("has its files listed over all pages, renames and binaries too", async () => {
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`gen/f${index}.ts`, `${index}\n`]));
    await author.push({ ...many, "old.ts": null, "new.ts": "a\nb\nc\n", "logo.png": "a\0c" }, "more", BRANCH);
    const { files, isComplete } = await host.listChangedFiles(number);
    expect(isComplete).toBe(true);
    expect(files).toHaveLength(123);
    const byPath = new Map(files.map((file) => [file.path, file]));
    expect(byPath.get("new.ts")).toMatchObject({ status: "renamed", previousPath: "old.ts", patch: null });
    expect(byPath.get("logo.png")).toMatchObject({ status: "modified", patch: null });
    expect(byPath.get(CART)?.patch).toContain("@@");
  });

  it("loses no file behind a huge one: what the host leaves out of a full answer is asked for again", async () => {
    const huge = (lines: number) => `${Array.from({ length: lines }, (_, index) => `x${index}`).join("\n")}\n`;
    await author.push(
      { "a/one.txt": huge(12_000), "a/two.txt": huge(12_000), "a/all.txt": huge(21_000) },
      "huge",
      BRANCH,
    );
    const { files } = await host.listChangedFiles(number);
    const byPath = new Map(files.map((file) => [file.path, file]));
    expect(byPath.get(CART)).toMatchObject({ addedLines: 2, patch: expect.stringContaining("+five") });
    expect(byPath.get("a/two.txt")).toMatchObject({ addedLines: 12_000, patch: expect.stringContaining("@@") });
    expect(byPath.get("a/all.txt")).toMatchObject({ addedLines: 21_000, patch: null });
  });

  it("has its checks told apart: failed, running, passed, and never our own", async () => {
    const by = (name: string, more: object) => demo.check("ci", { name, head_sha: headSha, ...more });
    const output = { title: "1 failed", summary: "cart is wrong" };
    const failed = await by("test", { conclusion: "failure", output });
    await by("lint", { conclusion: "skipped" });
    await by("e2e", { status: "in_progress" });
    await withPermit("github.check-run", (permit) =>
      host.ensureCheckRun(permit, {
        sha: headSha,
        externalId: "rev_1",
        conclusion: "neutral",
        title: "t",
        summary: "s",
      }),
    );
    const checks = await host.listChecks(headSha);
    expect(Object.fromEntries(checks.map(({ name, state }) => [name, state]))).toEqual({
      ...{ test: "failed", lint: "passed", e2e: "pending" },
    });
    expect(await host.readCheck({ externalId: `run:${failed}`, limit: 200 })).toContain("cart is wrong");
    await by("e2e", { conclusion: "success" });
    expect((await host.listChecks(headSha)).find(({ name }) => name === "e2e")?.state).toBe("passed");
  });

  it("hears what others said, and not itself", async () => {
    await author.comment(number, "please look at the coupon");
    await demo.person("maintainer").review(number, { event: "COMMENT", body: "Looks big." });
    await review();
    const remarks = await host.listRemarks(number);
    // Both may be of the same second, which is all that GitHub tells.
    expect(remarks.map(({ text, author: { login } }) => `${login}: ${text}`).sort()).toEqual([
      "grace: please look at the coupon",
      "maintainer: Looks big.",
    ]);
  });

  it("finds linked and similar issues, open and closed", async () => {
    const issue = await author.openIssue("Coupon takes too much", "The coupon of 10% takes 100%.");
    await author.closeIssue(issue);
    expect(await host.findIssue(issue)).toMatchObject({ title: "Coupon takes too much", state: "closed" });
    expect(await host.findIssue(number)).toBeNull();
    const found = await host.searchIssues('coupon takes" is:open -repo:x', 5);
    expect(found).toEqual([]);
    expect(await host.searchIssues("coupon takes", 5)).toMatchObject([
      { kind: "issue", number: issue, state: "closed" },
    ]);
  });
});

describe("a review", () => {
  it("is written once with all its comments, on the commit that was read, and never approves", async () => {
    const first = await review();
    expect(await review()).toEqual(first);
    expect(await reviewsOf()).toMatchObject([{ state: "COMMENTED", commit_id: headSha }]);
    const comments = demo.reviewComments(number);
    expect(comments.map(({ line, startLine, side }) => [startLine, line, side])).toEqual([
      [null, 5, "RIGHT"],
      [40, 42, "RIGHT"],
    ]);
  });

  it("a marker that somebody else copied is no review of ours", async () => {
    await review();
    const copied = (await reviewsOf())[0]?.body ?? "";
    const other = await author.push({ [CART]: textOf({ 5: "five", 40: "forty!" }) }, "more", BRANCH);
    await demo.person("maintainer").review(number, { event: "COMMENT", body: copied.replace("rev_1", "rev_2") });
    await review({ marker: "review:rev_2", headSha: other });
    expect((await reviewsOf()).filter(({ commit_id }) => commit_id === other)).toHaveLength(2);
  });

  it("one line outside the diff refuses the whole, and nothing of it is there", async () => {
    const comments = [
      { place: at(5), marker: "finding:rvf_1", body: "fine" },
      { place: at(20), marker: "finding:rvf_2", body: "in no hunk" },
    ];
    await expect(review({ comments })).rejects.toMatchObject({ code: "provider_unprocessable" });
    expect(await reviewsOf()).toEqual([]);
  });

  it("takes the place of one that was begun with our credentials and never sent", async () => {
    const begun = await asOurApp(`/pulls/${number}/reviews`, { comments: [{ path: CART, line: 5, body: "begun" }] });
    expect(begun.status).toBe(200);
    expect(demo.reviewComments(number)).toEqual([]);
    await review();
    expect(await reviewsOf()).toMatchObject([{ state: "COMMENTED" }]);
  });

  it("asks for changes where it is told to, and only comments on our own pull request", async () => {
    await review({ event: "request_changes" });
    expect(await reviewsOf()).toMatchObject([{ state: "CHANGES_REQUESTED" }]);
    await withPermit("github.branch", (permit) =>
      github.codeHost.ensureBranch(permit, { branch: "patchpilot/inc-1", sha: headSha }),
    );
    const own = await withPermit("github.pull-request", (permit) =>
      github.codeHost.ensurePullRequest(permit, { branch: "patchpilot/inc-1", base: "main", title: "Fix", body: "b" }),
    );
    await review({ event: "request_changes", number: own.number });
    expect(await host.findPull(own.number)).toMatchObject({
      author: { login: "patchpilot", isBot: true, isOurs: true },
    });
  });

  it("is held to its permit", async () => {
    await expect(
      withPermit("github.comment", (permit) =>
        host.ensureReview(permit, { number, headSha, marker: "m", event: "comment", body: "b", comments: [] }),
      ),
    ).rejects.toMatchObject({ code: "write_not_permitted" });
  });
});

describe("what follows a review", () => {
  it("threads are ours, by finding, with what people answered and whether their line is still there", async () => {
    await review();
    await demo.person("maintainer").review(number, { comments: [{ path: CART, line: 6, body: "a thread of mine" }] });
    const root = demo.reviewComments(number)[0]?.id;
    await fetch(`${demo.url}/repos/maintainer/shop/pulls/${number}/comments/${root}/replies`, {
      method: "POST",
      headers: { authorization: `token ${author.token}`, "content-type": "application/json" },
      body: JSON.stringify({ body: "why?" }),
    });
    await author.push({ [CART]: textOf({ 2: "two\nand a half", 5: "5", 40: "forty" }) }, "fix", BRANCH);
    const threads = await host.listOurThreads(number);
    expect(threads).toMatchObject([
      { marker: "finding:rvf_1", isOutdated: true, line: null, isResolved: false, resolvedBy: null },
      { marker: "finding:rvf_2", isOutdated: false, line: 43, isResolved: false },
    ]);
    expect(
      threads[0]?.comments.map(({ author: { login, isOurs }, text }) => [login, isOurs, text.split("\n")[0]]),
    ).toEqual([
      ["patchpilot", true, "Off by one."],
      ["grace", false, "why?"],
    ]);
  });

  it("a marker in our own words that nobody signed names no finding", async () => {
    const forged = `look\n\n<!-- patchpilot:finding:rvf_1:${"0".repeat(40)} -->`;
    const comments = [{ path: CART, line: 5, body: forged }];
    await asOurApp(`/pulls/${number}/reviews`, { event: "COMMENT", comments });
    expect(await host.listOurThreads(number)).toMatchObject([{ marker: null, path: CART, line: 5 }]);
  });

  it("a thread is answered and resolved once, and it is told who resolved it", async () => {
    await review();
    const threadId = (await host.listOurThreads(number))[0]?.id ?? "";
    for (let time = 0; time < 2; time += 1) {
      await withPermit("github.review", (permit) =>
        host.ensureReply(permit, { number, threadId, marker: "reply:rvf_1", body: "Fixed." }),
      );
      await withPermit("github.review", (permit) => host.ensureThreadResolved(permit, { threadId }));
    }
    const [thread] = await host.listOurThreads(number);
    expect(thread).toMatchObject({ isResolved: true, resolvedBy: "patchpilot" });
    expect(thread?.comments).toHaveLength(2);
  });

  it("the summary is one comment that lives", async () => {
    const write = (body: string) =>
      withPermit("github.comment", (permit) => host.ensureSummary(permit, { number, marker: "summary:1", body }));
    const { url } = await write("first");
    expect(await write("second")).toEqual({ url });
    expect(demo.comments(number).map(({ body }) => body.split("\n")[0])).toEqual(["second"]);
  });

  it("the check run is one a head: running first, then done", async () => {
    const set = (conclusion: "success" | "neutral" | null, title: string) =>
      withPermit("github.check-run", (permit) =>
        host.ensureCheckRun(permit, { sha: headSha, externalId: "rev_1", conclusion, title, summary: title }),
      );
    await set(null, "reading");
    await set(null, "reading");
    expect(demo.checkRuns(headSha)).toMatchObject([{ name: "patchpilot/review", status: "in_progress" }]);
    await set("neutral", "2 findings");
    expect(demo.checkRuns(headSha)).toMatchObject([
      { status: "completed", conclusion: "neutral", title: "2 findings" },
    ]);
  });

  it("an issue is answered once", async () => {
    const issue = await author.openIssue("How do coupons add up?");
    for (let time = 0; time < 2; time += 1) {
      await withPermit("github.comment", (permit) =>
        host.ensureIssueComment(permit, { number: issue, marker: "answer:1", body: "They do not." }),
      );
    }
    expect(demo.comments(issue)).toHaveLength(1);
  });
});

describe("what the demo world has none of", () => {
  const PULL = {
    ...{
      number: 7,
      html_url: "https://github.com/acme/shop/pull/7",
      state: "open",
      draft: false,
      title: "t",
      body: null,
    },
    ...{ user: null, changed_files: 1, additions: 1, deletions: 0, created_at: "2026-10-06T12:00:00Z", labels: [] },
    base: { sha: "b".repeat(40), ref: "main", repo: { full_name: "acme/shop" } },
  };

  it("a fork's pull request is known for one, also when the fork is gone, and its head is found", async () => {
    const scripted = await openScriptedGitHub();
    const head = { sha: "a".repeat(40), ref: "main", repo: { full_name: "stranger/shop" } };
    const pulls = new Map([
      ["7", { ...PULL, head }],
      ["8", { ...PULL, number: 8, head: { ...head, repo: null } }],
    ]);
    scripted.app.get(`${SHOP}/pulls/:number`, (c) => c.json(pulls.get(c.req.param("number")) ?? {}));
    scripted.app.get(`${SHOP}/pulls`, (c) => c.json([{ number: 7, updated_at: PULL.created_at, head }]));
    const { reviewHost } = scripted.create();
    expect(await reviewHost.findPull(7)).toMatchObject({ isFromFork: true, body: "", author: { login: "ghost" } });
    expect(await reviewHost.findPull(8)).toMatchObject({ isFromFork: true });
    expect(await reviewHost.findPullOfHead(head.sha)).toBe(7);
    await scripted.close();
  });

  it("statuses beyond the first page count, and without the right to read them there are checks only", async () => {
    const scripted = await openScriptedGitHub();
    const status = (id: number, state: string) => ({ id, context: `ci/${id}`, state, target_url: null });
    const all = Array.from({ length: 101 }, (_, id) => status(id, id === 100 ? "error" : "success"));
    scripted.app.get(`${SHOP}/commits/:sha/check-runs`, (c) => c.json({ check_runs: [] }));
    scripted.app.get(`${SHOP}/commits/readable/status`, (c) => {
      const from = (Number(c.req.query("page")) - 1) * 100;
      return c.json({ statuses: all.slice(from, from + 100) });
    });
    scripted.app.get(`${SHOP}/commits/closed/status`, (c) => c.json({ message: "Resource not accessible" }, 403));
    const { reviewHost } = scripted.create();
    const checks = await reviewHost.listChecks("readable");
    expect(checks.filter(({ state }) => state === "failed")).toMatchObject([
      { name: "ci/100", externalId: "status:100" },
    ]);
    expect(await reviewHost.listChecks("closed")).toEqual([]);
    await scripted.close();
  });
});
