import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDemoGitHub } from "../../demo/github/index.ts";
import {
  APP_ID,
  COMMIT_ON_BRANCH,
  commitInput,
  REPO,
  refused,
  startWorld,
  type TestWorld,
  WEBHOOK_SECRET,
} from "./github-world.ts";

const run = promisify(execFile);
const at = { owner: "acme", repo: "shop" };

let world: TestWorld;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.close();
});

async function headOf(branch: string): Promise<string> {
  const { data } = await world.octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
    ...at,
    ref: `heads/${branch}`,
  });
  return data.object.sha;
}

/** A branch from main with one commit made through the API; answers the commit. */
async function branchWithCommit(
  branch: string,
  files: Record<string, string>,
  deletions: string[] = [],
): Promise<string> {
  const sha = await headOf("main");
  await world.octokit.request("POST /repos/{owner}/{repo}/git/refs", { ...at, ref: `refs/heads/${branch}`, sha });
  const answer = await world.octokit.graphql<{ createCommitOnBranch: { commit: { oid: string } } }>(
    COMMIT_ON_BRANCH,
    commitInput(branch, sha, files, deletions),
  );
  return answer.createCommitOnBranch.commit.oid;
}

async function openPull(branch: string, files: Record<string, string>, draft = true): Promise<number> {
  await branchWithCommit(branch, files);
  const { data } = await world.octokit.request("POST /repos/{owner}/{repo}/pulls", {
    ...at,
    title: `Fix ${branch}`,
    head: branch,
    base: "main",
    draft,
  });
  return data.number;
}

describe("the way from an issue to a merge", () => {
  test("issue, branch, signed commit, draft, ready and merge are really there, and each fires its webhook", async () => {
    world.github.addUser({ login: "maria", permission: "maintain" });
    const issue = await world.octokit.request("POST /repos/{owner}/{repo}/issues", {
      ...at,
      title: "Cart crashes",
      body: "It crashes",
      labels: ["patchpilot"],
    });
    expect(issue.data.user?.login).toBe("patchpilot-demo[bot]");
    const oid = await branchWithCommit("patchpilot/inc-1", { "src/cart.ts": "export const fixed = true;\n" });
    const commit = await world.octokit.request("GET /repos/{owner}/{repo}/commits/{ref}", { ...at, ref: oid });
    expect(commit.data.commit.verification?.verified).toBe(true);
    expect(commit.data.author).toMatchObject({ login: "patchpilot-demo[bot]" });
    expect(commit.data.files?.map((file) => [file.filename, file.status])).toEqual([["src/cart.ts", "modified"]]);

    const pull = await world.octokit.request("POST /repos/{owner}/{repo}/pulls", {
      ...at,
      title: "Guard the cart",
      head: "patchpilot/inc-1",
      base: "main",
      draft: true,
      body: `Fixes #${issue.data.number}`,
    });
    expect(pull.data).toMatchObject({
      draft: true,
      mergeable: true,
      mergeable_state: "draft",
      commits: 1,
      changed_files: 1,
    });
    const number = pull.data.number;
    const maria = world.github.person("maria");
    await expect(maria.merge(number, "squash")).rejects.toThrow("Pull Request is still a draft");
    await maria.markReady(number);
    const sha = await maria.merge(number, "squash");

    const [main] = await world.github.commits();
    expect(main?.sha).toBe(sha);
    expect(main?.message).toContain(`Guard the cart (#${number})`);
    expect(main?.parents).toHaveLength(1);
    expect(world.github.issues().find((one) => one.number === issue.data.number)).toMatchObject({
      state: "closed",
      closedBy: "maria",
    });
    await world.github.settled();
    const names = world.receiver.names();
    for (const name of [
      "ping",
      "installation.created",
      "issues.opened",
      "issues.labeled",
      "push",
      "pull_request.opened",
      "pull_request.ready_for_review",
      "pull_request.closed",
      "issues.closed",
    ])
      expect(names).toContain(name);
    const closed = world.receiver.received.find(
      (one) => one.event === "pull_request" && one.payload.action === "closed",
    );
    expect(closed?.payload).toMatchObject({
      pull_request: { merged: true, merge_commit_sha: sha, merged_by: { login: "maria" } },
      sender: { login: "maria", type: "User" },
      installation: { id: world.github.installationId },
    });
    const opened = world.receiver.received.find(
      (one) => one.event === "pull_request" && one.payload.action === "opened",
    );
    expect(opened?.payload).toMatchObject({ sender: { login: "patchpilot-demo[bot]", type: "Bot" } });
  });

  test("every webhook is signed over its exact bytes and names its hook", async () => {
    await world.github.settled();
    expect(world.receiver.received.length).toBeGreaterThan(5);
    for (const { headers, body } of world.receiver.received) {
      const expected = `sha256=${createHmac("sha256", WEBHOOK_SECRET).update(body).digest("hex")}`;
      expect(headers["x-hub-signature-256"]).toBe(expected);
      expect(headers["user-agent"]).toMatch(/^GitHub-Hookshot\//);
      expect(headers["x-github-delivery"]).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers["x-github-hook-installation-target-id"]).toBe(String(APP_ID));
      expect(headers["x-github-hook-installation-target-type"]).toBe("integration");
    }
  });

  test.each(["merge", "rebase"] as const)("a %s really puts the commits on main", async (method) => {
    const number = await openPull(`by-${method}`, { [`docs/${method}.md`]: `${method}\n` }, false);
    world.github.addUser({ login: "maria", permission: "maintain" });
    await world.github.person("maria").merge(number, method);
    const [head] = await world.github.commits();
    expect(head?.parents).toHaveLength(method === "merge" ? 2 : 1);
    const file = await world.octokit.request("GET /repos/{owner}/{repo}/contents/{path}", {
      ...at,
      path: `docs/${method}.md`,
      mediaType: { format: "raw" },
    });
    expect(file.data).toBe(`${method}\n`);
  });
});

describe("what GitHub refuses is refused", () => {
  test("a commit on a head that has moved changes nothing and is STALE_DATA", async () => {
    await branchWithCommit("stale", { "a.txt": "1\n" });
    const main = await headOf("main");
    const before = await headOf("stale");
    const fault = await world.octokit
      .graphql(COMMIT_ON_BRANCH, commitInput("stale", main, { "a.txt": "2\n" }))
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({
      errors: [
        {
          type: "STALE_DATA",
          path: ["createCommitOnBranch"],
          message: expect.stringContaining(`Expected branch to point to "${main}" but it did not.`),
        },
      ],
    });
    expect(await headOf("stale")).toBe(before);
  });

  test("of two commits on the same head at once exactly one wins", async () => {
    const head = await branchWithCommit("race", { "race.txt": "0\n" });
    const attempts = await Promise.allSettled(
      ["1", "2", "3"].map((text) =>
        world.octokit.graphql(COMMIT_ON_BRANCH, commitInput("race", head, { "race.txt": text })),
      ),
    );
    expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("deleting a path that is not there is an error and no commit", async () => {
    const head = await branchWithCommit("deleting", { "a.txt": "1\n" });
    const fault = await world.octokit
      .graphql(COMMIT_ON_BRANCH, commitInput("deleting", head, {}, ["nowhere.ts"]))
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({
      errors: [{ message: expect.stringContaining("A path was requested for deletion which does not exist") }],
    });
    expect(await headOf("deleting")).toBe(head);
  });

  test.each(["../x", ".git/config", "a/.GIT/hooks/x", "/abs", "a//b", ""])(
    "the path %j is no file of a commit",
    async (path) => {
      const head = await headOf("main");
      const fault = await world.octokit
        .graphql(COMMIT_ON_BRANCH, commitInput("main", head, { [path]: "x" }))
        .catch((error: unknown) => error);
      expect(fault).toMatchObject({ errors: [{ type: "UNPROCESSABLE" }] });
      expect(await headOf("main")).toBe(head);
    },
  );

  test("a mutation that asks for a field GitHub lacks changes nothing", async () => {
    const head = await branchWithCommit("typo", { "a.txt": "1\n" });
    const query =
      "mutation($input:CreateCommitOnBranchInput!){createCommitOnBranch(input:$input){commit{oid nonsense}}}";
    const fault = await world.octokit
      .graphql(query, commitInput("typo", head, { "a.txt": "2\n" }))
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ errors: [{ message: "Field 'nonsense' doesn't exist on type 'Commit'" }] });
    expect(await headOf("typo")).toBe(head);
  });

  test("a second pull request for the same branch is 422 with GitHub's words", async () => {
    await openPull("twice", { "twice.txt": "1\n" });
    const again = await refused(
      world.octokit.request("POST /repos/{owner}/{repo}/pulls", { ...at, title: "Again", head: "twice", base: "main" }),
    );
    expect(again).toMatchObject({
      status: 422,
      message: "Validation Failed",
      errors: [{ resource: "PullRequest", code: "custom", message: "A pull request already exists for acme:twice." }],
    });
  });

  test("a branch without commits, an unknown branch and an existing ref are 422", async () => {
    const sha = await headOf("main");
    await world.octokit.request("POST /repos/{owner}/{repo}/git/refs", { ...at, ref: "refs/heads/empty", sha });
    const pull = (head: string) =>
      refused(world.octokit.request("POST /repos/{owner}/{repo}/pulls", { ...at, title: "x", head, base: "main" }));
    expect(await pull("empty")).toMatchObject({
      status: 422,
      errors: [{ message: "No commits between main and empty" }],
    });
    expect(await pull("missing")).toMatchObject({ status: 422, errors: [{ field: "head", code: "invalid" }] });
    const ref = await refused(
      world.octokit.request("POST /repos/{owner}/{repo}/git/refs", { ...at, ref: "refs/heads/empty", sha }),
    );
    expect(ref).toMatchObject({ status: 422, message: "Reference already exists" });
  });

  test("a draft in a repository without drafts is 422", async () => {
    await world.github.createRepository({ owner: "acme", name: "plain", private: true, allowsDrafts: false });
    await world.github.seed("acme/plain", { "a.txt": "a\n" }, "Start");
    world.github.addUser({ login: "maria", permission: "maintain" });
    await world.github.person("maria", "acme/plain").push({ "a.txt": "b\n" }, "Change", "topic");
    const input = { owner: "acme", repo: "plain", title: "x", head: "topic", base: "main" };
    const draft = await refused(world.octokit.request("POST /repos/{owner}/{repo}/pulls", { ...input, draft: true }));
    expect(draft).toMatchObject({ status: 422, message: "Draft pull requests are not supported in this repository." });
    expect((await world.octokit.request("POST /repos/{owner}/{repo}/pulls", input)).data.draft).toBe(false);
  });

  test("merging another head than the one meant is 409", async () => {
    const number = await openPull("moved", { "moved.txt": "1\n" }, false);
    const merge = world.octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
      ...at,
      pull_number: number,
      sha: "0".repeat(40),
    });
    expect(await refused(merge)).toMatchObject({ status: 409 });
  });

  test("conflicting changes are not mergeable", async () => {
    const number = await openPull("conflict", { "README.md": "# Theirs\n" }, false);
    world.github.addUser({ login: "maria", permission: "maintain" });
    await world.github.person("maria").push({ "README.md": "# Ours\n" }, "Rename");
    const { data } = await world.octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
      ...at,
      pull_number: number,
    });
    expect(data).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
    await expect(world.github.person("maria").merge(number)).rejects.toThrow("Pull Request is not mergeable");
  });

  test("a review comment on a line outside the diff refuses the whole review", async () => {
    const number = await openPull("review", { "src/cart.ts": "export const other = 1;\n" });
    const review = (line: number) =>
      world.octokit.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
        ...at,
        pull_number: number,
        event: "COMMENT",
        body: "Look",
        comments: [{ path: "src/cart.ts", line, side: "RIGHT", body: "here" }],
      });
    expect(await refused(review(400))).toMatchObject({ status: 422, errors: ["Line could not be resolved"] });
    expect(world.github.reviewComments(number)).toHaveLength(0);
    await review(1);
    const [comment] = world.github.reviewComments(number);
    expect(comment).toMatchObject({ path: "src/cart.ts", line: 1, side: "RIGHT" });
    const reply = await world.octokit.request(
      "POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies",
      { ...at, pull_number: number, comment_id: comment?.id ?? 0, body: "done" },
    );
    expect(reply.data.in_reply_to_id).toBe(comment?.id);
    const threads =
      'query($number:Int!){repository(owner:"acme",name:"shop"){pullRequest(number:$number){reviewThreads(first:10){nodes{id isResolved comments(first:10){totalCount nodes{body}}}}}}}';
    type Threads = {
      repository: {
        pullRequest: {
          reviewThreads: { nodes: { id: string; isResolved: boolean; comments: { totalCount: number } }[] };
        };
      };
    };
    const found = await world.octokit.graphql<Threads>(threads, { number });
    const [thread] = found.repository.pullRequest.reviewThreads.nodes;
    expect(thread).toMatchObject({ isResolved: false, comments: { totalCount: 2 } });
    await world.octokit.graphql("mutation($id:ID!){resolveReviewThread(input:{threadId:$id}){thread{isResolved}}}", {
      id: thread?.id,
    });
    expect(
      (await world.octokit.graphql<Threads>(threads, { number })).repository.pullRequest.reviewThreads.nodes[0]
        ?.isResolved,
    ).toBe(true);
  });
});

describe("rights", () => {
  test("a token without a permission is 403, a forged one 401, an unseen repository 404", async () => {
    const { octokit } = await world.narrowed({ issues: "write", contents: "read" });
    const sha = await headOf("main");
    const ref = await refused(
      octokit.request("POST /repos/{owner}/{repo}/git/refs", { ...at, ref: "refs/heads/no", sha }),
    );
    expect(ref).toMatchObject({ status: 403, message: "Resource not accessible by integration" });
    const forged = world.asUser("ghs_forged");
    expect(await refused(forged.request("GET /repos/{owner}/{repo}", at))).toMatchObject({
      status: 401,
      message: "Bad credentials",
    });
    await world.github.createRepository({ owner: "acme", name: "secret", private: true, installed: false });
    expect(
      await refused(octokit.request("GET /repos/{owner}/{repo}", { owner: "acme", repo: "secret" })),
    ).toMatchObject({ status: 404 });
  });

  test("a GraphQL mutation without the permission is FORBIDDEN and changes nothing", async () => {
    const head = await branchWithCommit("forbidden", { "f.txt": "1\n" });
    const { octokit } = await world.narrowed({ contents: "read" });
    const fault = await octokit
      .graphql(COMMIT_ON_BRANCH, commitInput("forbidden", head, { "f.txt": "2\n" }))
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ errors: [{ type: "FORBIDDEN", message: "Resource not accessible by integration" }] });
    expect(await headOf("forbidden")).toBe(head);
  });

  test("a token cannot ask for more than the installation has", async () => {
    expect(await refused(world.narrowed({ administration: "write" }))).toMatchObject({ status: 422 });
  });

  test("an outsider may open an issue and comment, but not label, close others' issues, or merge", async () => {
    world.github.addUser({ login: "mallory", permission: "none" });
    const mallory = world.github.person("mallory");
    const number = await mallory.openIssue("Fake", "hello", ["patchpilot"]);
    expect(world.github.issues().find((one) => one.number === number)?.labels).toEqual([]);
    await expect(mallory.label(number, ["patchpilot"])).rejects.toThrow("403");
    const other = await world.octokit.request("POST /repos/{owner}/{repo}/issues", { ...at, title: "Ours" });
    await expect(mallory.closeIssue(other.data.number)).rejects.toThrow("403");
    const pull = await openPull("outsider", { "o.txt": "o\n" }, false);
    await expect(mallory.merge(pull)).rejects.toThrow("403");
    const rights = await world.octokit.request("GET /repos/{owner}/{repo}/collaborators/{username}/permission", {
      ...at,
      username: "mallory",
    });
    expect(rights.data.permission).toBe("read");
  });

  test("only an App makes check runs", async () => {
    const token = world.github.addUser({ login: "maria", permission: "maintain" });
    const head_sha = await headOf("main");
    const check = {
      ...at,
      name: "patchpilot/gate",
      head_sha,
      status: "completed" as const,
      conclusion: "success" as const,
      output: { title: "Allowed", summary: "fine" },
    };
    expect(await refused(world.asUser(token).request("POST /repos/{owner}/{repo}/check-runs", check))).toMatchObject({
      status: 403,
      message: "You must authenticate via a GitHub App.",
    });
    const made = await world.octokit.request("POST /repos/{owner}/{repo}/check-runs", check);
    expect(made.data.app?.slug).toBe("patchpilot-demo");
    await world.octokit.request("POST /repos/{owner}/{repo}/check-runs", { ...check, conclusion: "failure" });
    const list = await world.octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
      ...at,
      ref: "main",
    });
    expect(list.data.check_runs.map((one) => one.conclusion)).toEqual(["failure"]);
    const all = await world.octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
      ...at,
      ref: "main",
      filter: "all",
    });
    expect(all.data.total_count).toBe(2);
  });
});

describe("git over HTTP", () => {
  async function clone(url: string): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), "clone-"));
    await run("git", ["clone", "--quiet", url, dir]);
    return dir;
  }
  const push = async (dir: string, branch: string) => {
    await writeFile(join(dir, "pushed.txt"), branch);
    const identity = ["-c", "user.name=w", "-c", "user.email=w@example.com"];
    await run("git", ["-C", dir, "add", "."]);
    await run("git", ["-C", dir, ...identity, "commit", "--quiet", "-m", "Push it"]);
    return run("git", ["-C", dir, "push", "origin", `HEAD:refs/heads/${branch}`]);
  };

  test("a worker without contents:write clones and is refused its push with 403", async () => {
    const { token } = await world.narrowed({ contents: "read" });
    const dir = await clone(`${world.github.url.replace("//", `//x-access-token:${token}@`)}/${REPO}.git`);
    await expect(push(dir, "sneaky")).rejects.toThrow(/403|denied/);
    expect((await world.github.branches()).map(({ name }) => name)).not.toContain("sneaky");
    await rm(dir, { recursive: true });
  });

  test("a push with the right moves the branch, fires push, and moves its pull request on", async () => {
    const { token } = await world.narrowed({ contents: "write" });
    const number = await openPull("pushed", { "p.txt": "p\n" });
    const dir = await clone(`${world.github.url.replace("//", `//x-access-token:${token}@`)}/${REPO}.git`);
    await run("git", ["-C", dir, "checkout", "--quiet", "pushed"]);
    await push(dir, "pushed");
    await world.github.settled();
    const { stdout } = await run("git", ["-C", dir, "rev-parse", "HEAD"]);
    expect(world.github.pulls().find((pull) => pull.number === number)?.headSha).toBe(stdout.trim());
    const event = world.receiver.received.find((one) => one.event === "push" && one.payload.after === stdout.trim());
    expect(event?.payload).toMatchObject({ ref: "refs/heads/pushed", commits: [{ added: ["pushed.txt"] }] });
    expect(
      world.receiver.received.some(
        (one) => one.payload.action === "synchronize" && one.payload.after === stdout.trim(),
      ),
    ).toBe(true);
    await rm(dir, { recursive: true });
  });

  test("anyone clones a public repository, nobody without a token a private one", async () => {
    const dir = await clone(`${world.github.url}/${REPO}.git`);
    await rm(dir, { recursive: true });
    const env = { ...process.env, GIT_TERMINAL_PROMPT: "0" };
    await expect(run("git", ["ls-remote", `${world.github.url}/acme/secret.git`], { env })).rejects.toThrow();
  });
});

describe("reading", () => {
  test("lists are paged with links, hold pull requests too, and filter by label, state and time", async () => {
    for (const title of ["one", "two", "three"])
      await world.octokit.request("POST /repos/{owner}/{repo}/issues", { ...at, title, labels: ["paged"] });
    const first = await world.octokit.request("GET /repos/{owner}/{repo}/issues", {
      ...at,
      labels: "paged",
      per_page: 2,
    });
    expect(first.data.map((issue) => issue.title)).toEqual(["three", "two"]);
    expect(first.headers.link).toContain('rel="next"');
    const second = await world.octokit.request("GET /repos/{owner}/{repo}/issues", {
      ...at,
      labels: "paged",
      per_page: 2,
      page: 2,
    });
    expect(second.data.map((issue) => issue.title)).toEqual(["one"]);
    const all = await world.octokit.request("GET /repos/{owner}/{repo}/issues", { ...at, state: "all", per_page: 100 });
    expect(all.data.some((issue) => issue.pull_request)).toBe(true);
    const late = await world.octokit.request("GET /repos/{owner}/{repo}/issues", {
      ...at,
      since: "2100-01-01T00:00:00Z",
    });
    expect(late.data).toEqual([]);
  });

  test("search finds a phrase in bodies of one repository", async () => {
    await world.octokit.request("POST /repos/{owner}/{repo}/issues", {
      ...at,
      title: "Searched",
      body: "<!-- marker:abc def -->",
    });
    const found = await world.octokit.request("GET /search/issues", {
      q: `repo:${REPO} is:issue is:open in:body "marker:abc def"`,
    });
    expect(found.data.items.map((issue) => issue.title)).toEqual(["Searched"]);
    expect(
      (await world.octokit.request("GET /search/issues", { q: `repo:acme/none "marker:abc def"` })).data.total_count,
    ).toBe(0);
  });

  test("renames, deletions and additions of a pull request are git's own diff", async () => {
    await branchWithCommit(
      "diff",
      {
        "src/basket.ts": world.github ? (await import("./github-world.ts")).SEED["src/deep/pay ment.ts"] : "",
        "new.ts": "1\n",
      },
      ["src/deep/pay ment.ts"],
    );
    const pull = await world.octokit.request("POST /repos/{owner}/{repo}/pulls", {
      ...at,
      title: "Diff",
      head: "diff",
      base: "main",
    });
    const files = await world.octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", {
      ...at,
      pull_number: pull.data.number,
    });
    expect(files.data.map((file) => [file.filename, file.status, file.previous_filename])).toEqual([
      ["new.ts", "added", undefined],
      ["src/basket.ts", "renamed", "src/deep/pay ment.ts"],
    ]);
    expect(files.data[0]?.patch).toBe("@@ -0,0 +1 @@\n+1");
    const list = await world.octokit.request("GET /repos/{owner}/{repo}/pulls", { ...at, head: "acme:diff" });
    expect(list.data.map((one) => one.number)).toEqual([pull.data.number]);
  });

  test("comparisons tell ahead, behind, diverged and identical", async () => {
    world.github.addUser({ login: "maria", permission: "maintain" });
    const base = await headOf("main");
    const tip = await branchWithCommit("ahead", { "ahead.txt": "1\n" });
    const compare = async (basehead: string) =>
      (await world.octokit.request("GET /repos/{owner}/{repo}/compare/{basehead}", { ...at, basehead })).data;
    expect(await compare(`main...ahead`)).toMatchObject({
      status: "ahead",
      ahead_by: 1,
      behind_by: 0,
      merge_base_commit: { sha: base },
    });
    expect(await compare(`${tip}...${base}`)).toMatchObject({ status: "behind", behind_by: 1 });
    expect(await compare(`main...main`)).toMatchObject({ status: "identical" });
    await world.github.person("maria").push({ "other.txt": "1\n" }, "Other");
    expect(await compare(`main...ahead`)).toMatchObject({ status: "diverged", files: [{ filename: "ahead.txt" }] });
  });

  test("an unchanged answer is 304 and free", async () => {
    const first = await world.octokit.request("GET /repos/{owner}/{repo}/labels", at);
    const again = await refused(
      world.octokit.request("GET /repos/{owner}/{repo}/labels", {
        ...at,
        headers: { "if-none-match": first.headers.etag },
      }),
    ).catch((error: unknown) => error);
    expect(again).toMatchObject({ status: 304 });
  });

  test("trees, blobs, contents and blame read the same files", async () => {
    const tree = await world.octokit.request("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", {
      ...at,
      tree_sha: "main",
      recursive: "1",
    });
    expect(tree.data.tree.map((entry) => entry.path)).toContain("src/deep/pay ment.ts");
    const file = await world.octokit.request("GET /repos/{owner}/{repo}/contents/{path}", {
      ...at,
      path: "src/deep/pay ment.ts",
    });
    expect(file.data).toMatchObject({ type: "file", encoding: "base64", name: "pay ment.ts" });
    const dir = await world.octokit.request("GET /repos/{owner}/{repo}/contents/{path}", { ...at, path: "src" });
    expect(dir.data).toMatchObject([{ path: "src/cart.ts" }, { path: "src/deep", type: "dir" }]);
    const query =
      'query{repository(owner:"acme",name:"shop"){object(expression:"main"){... on Commit{oid blame(path:"README.md"){ranges{startingLine endingLine commit{oid}}}}}}}';
    const answer = await world.octokit.graphql<{ repository: { object: { blame: { ranges: unknown[] } } } }>(query);
    expect(answer.repository.object.blame.ranges).toMatchObject([{ startingLine: 1, endingLine: 1 }]);
  });
});

describe("webhooks that were lost", () => {
  test("a failed delivery is listed, is not sent again by itself, and is redelivered under its GUID", async () => {
    await world.github.settled();
    world.github.dropWebhooks(true);
    const issue = await world.octokit.request("POST /repos/{owner}/{repo}/issues", { ...at, title: "Lost" });
    await world.github.settled();
    world.github.dropWebhooks(false);
    const isLost = (one: { payload: Record<string, unknown> }) =>
      (one.payload.issue as { number: number } | undefined)?.number === issue.data.number;
    expect(world.receiver.received.some(isLost)).toBe(false);
    const { App } = await import("@octokit/app");
    const { Octokit } = await import("@octokit/core");
    const app = new App({
      appId: APP_ID,
      privateKey: world.github.privateKeyPem,
      Octokit: Octokit.defaults({ baseUrl: world.github.url }),
    });
    const failed = await app.octokit.request("GET /app/hook/deliveries", { headers: {}, status: "failure" });
    const [delivery] = failed.data;
    await app.octokit.request("POST /app/hook/deliveries/{delivery_id}/attempts", {
      delivery_id: Number(delivery?.id),
    });
    await world.github.settled();
    const arrived = world.receiver.received.find(isLost);
    expect(arrived?.headers["x-github-delivery"]).toBe(delivery?.guid);
  });

  test("repository_dispatch checks its limits and arrives as a webhook", async () => {
    const dispatch = (event_type: string, client_payload: Record<string, unknown>) =>
      world.octokit.request("POST /repos/{owner}/{repo}/dispatches", { ...at, event_type, client_payload });
    expect((await dispatch("patchpilot.repair", { run: "run_1" })).status).toBe(204);
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, i]));
    expect(await refused(dispatch("x", many))).toMatchObject({ status: 422 });
    expect(await refused(dispatch("x".repeat(101), {}))).toMatchObject({ status: 422 });
    expect(await refused(dispatch("x", { big: "x".repeat(70_000) }))).toMatchObject({ status: 422 });
    await world.github.settled();
    expect(world.receiver.received.find((one) => one.event === "repository_dispatch")?.payload).toMatchObject({
      action: "patchpilot.repair",
      client_payload: { run: "run_1" },
    });
  });
});

test("a world started again in the same folder knows everything, its key and tokens included", async () => {
  const dir = await mkdtemp(join(tmpdir(), "demo-github-again-"));
  const app = { id: 7, slug: "again", webhookSecret: "s", webhookUrl: null };
  const first = await startDemoGitHub({ dir, app });
  await first.createRepository({ owner: "acme", name: "shop" });
  const sha = await first.seed(REPO, { "a.txt": "a\n" }, "Start");
  const token = first.addUser({ login: "maria", permission: "write" });
  const number = await first.person("maria").openIssue("Remember me");
  const merged = await first.person("maria").push({ "a.txt": "b\n" }, "Go on");
  await first.close();
  const second = await startDemoGitHub({ dir, app });
  expect(second.privateKeyPem).toBe(first.privateKeyPem);
  expect(second.issues().map((issue) => issue.title)).toEqual(["Remember me"]);
  expect(second.addUser({ login: "maria", permission: "write" })).toBe(token);
  expect(merged).not.toBe(sha);
  expect(await second.seed(REPO, { "a.txt": "a\n" }, "Start")).toBe(merged);
  expect(await second.person("maria").openIssue("Next")).toBe(number + 1);
  await second.close();
  await rm(dir, { recursive: true, force: true });
});
