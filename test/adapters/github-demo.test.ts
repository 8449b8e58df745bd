import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DemoGitHub } from "../../demo/github/index.ts";
import type { GitHub } from "../../lib/adapters/github/index.ts";
import { connectGitHub, openDemoGitHub } from "../support/demo-github.ts";
import { withPermit } from "../support/permits.ts";

const TRAILER = "Patchpilot-Run: run_1";
const BRANCH = "patchpilot/inc-1-cart";

let close: () => Promise<void>;
let demo: DemoGitHub;
let github: GitHub;
let baseSha: string;

async function open(settings: { private?: boolean; allowsDrafts?: boolean }): Promise<void> {
  demo.addUser({ login: "maintainer", permission: "admin" });
  await demo.createRepository({ owner: "maintainer", name: "shop", ...settings });
  baseSha = await demo.seed("maintainer/shop", { "src/cart.ts": "broken\n", "src/old.ts": "old\n" }, "first");
  github = connectGitHub(demo);
}

beforeEach(async () => {
  ({ demo, close } = await openDemoGitHub());
});
afterEach(async () => {
  await close();
});

const ensureBranch = () =>
  withPermit("github.branch", (permit) => github.codeHost.ensureBranch(permit, { branch: BRANCH, sha: baseSha }));
const ensureCommit = (more: { parentSha?: string; trailer?: string } = {}) =>
  withPermit("github.commit", (permit) =>
    github.codeHost.ensureCommit(permit, {
      branch: BRANCH,
      parentSha: baseSha,
      headline: "fix: guard the cart",
      body: "Because.",
      trailer: TRAILER,
      additions: [{ path: "src/cart.ts", content: "fixed – größer\n" }],
      deletions: ["src/old.ts"],
      ...more,
    }),
  );
const ensurePull = () =>
  withPermit("github.pull-request", (permit) =>
    github.codeHost.ensurePullRequest(permit, { branch: BRANCH, base: "main", title: "Fix", body: "why" }),
  );

describe("a verified commit", () => {
  beforeEach(() => open({}));

  it("has the files, is signed, and is made once", async () => {
    await ensureBranch();
    const first = await ensureCommit();
    expect(first).toMatchObject({ isVerified: true, url: expect.stringContaining(first.sha) });
    expect(await ensureCommit()).toEqual(first);
    expect(await github.codeHost.readFiles(["src/cart.ts", "src/old.ts"], first.sha)).toEqual(
      new Map([
        ["src/cart.ts", "fixed – größer\n"],
        ["src/old.ts", null],
      ]),
    );
    expect((await demo.commits(BRANCH)).map((one) => one.sha)).toEqual([first.sha, baseSha]);
    expect(await github.commitGraph.containsCommit({ ancestor: baseSha, descendant: first.sha })).toBe(true);
    expect(await github.commitGraph.containsCommit({ ancestor: first.sha, descendant: baseSha })).toBe(false);
    expect(await github.repositoryReader.listRecentCommits(first.sha, 1)).toEqual([
      expect.objectContaining({ author: "patchpilot[bot]", files: ["src/cart.ts", "src/old.ts"] }),
    ]);
  });

  it("is not put on a branch that somebody pushed to", async () => {
    await ensureBranch();
    const pushed = await demo.person("maintainer").push({ "src/cart.ts": "by hand\n" }, "my own fix", BRANCH);
    await expect(ensureCommit()).rejects.toMatchObject({ code: "branch_moved", context: { head: pushed } });
    expect(await github.codeHost.findBranchHead(BRANCH)).toBe(pushed);
  });

  it("two attempts at once make one commit", async () => {
    await ensureBranch();
    const [one, other] = await Promise.all([ensureCommit(), ensureCommit()]);
    expect(one.sha).toBe(other.sha);
    expect(await demo.commits(BRANCH)).toHaveLength(2);
  });
});

describe("a pull request", () => {
  it("is a draft, found again, and known as merged with its commit", async () => {
    await open({});
    await ensureBranch();
    const commit = await ensureCommit();
    const pull = await ensurePull();
    expect(pull).toMatchObject({ isDraft: true });
    expect(await ensurePull()).toEqual(pull);
    expect(await github.codeHost.findPullRequest(pull.number)).toMatchObject({ isMerged: false, mergeSha: null });
    const person = demo.person("maintainer");
    await person.markReady(pull.number);
    const mergeSha = await person.merge(pull.number);
    expect(await github.codeHost.findPullRequest(pull.number)).toMatchObject({
      state: "closed",
      isMerged: true,
      mergeSha,
      headSha: commit.sha,
      mergedAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(await github.commitGraph.containsCommit({ ancestor: mergeSha, descendant: "main" })).toBe(true);
  });

  it("is a plain one where drafts are refused", async () => {
    await open({ private: true, allowsDrafts: false });
    await ensureBranch();
    await ensureCommit();
    const pull = await ensurePull();
    expect(pull).toMatchObject({ isDraft: false });
    expect(await ensurePull()).toEqual(pull);
    expect(demo.pulls()).toHaveLength(1);
  });
});

it("a private repository's clone token reads contents and can write nothing", async () => {
  await open({ private: true });
  const { url, readToken } = await github.codeHost.getReadOnlyClone();
  expect(url).toMatch(/\/maintainer\/shop\.git$/);
  const call = (method: string, path: string, body?: object) =>
    fetch(`${demo.url}/repos/maintainer/shop${path}`, {
      method,
      headers: { authorization: `token ${readToken}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  expect((await call("GET", "/contents/src/cart.ts")).status).toBe(200);
  expect((await call("POST", "/issues", { title: "x" })).status).toBe(403);
  expect((await call("POST", "/git/refs", { ref: "refs/heads/x", sha: baseSha })).status).toBe(403);
});

it("rights are those of the person, and none for a stranger", async () => {
  await open({ private: true });
  demo.addUser({ login: "reader", permission: "read" });
  expect(await github.codeHost.getPermission("maintainer")).toBe("admin");
  expect(await github.codeHost.getPermission("reader")).toBe("read");
  expect(await github.codeHost.getPermission("stranger")).toBe("none");
});
