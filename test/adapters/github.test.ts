import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGitHub } from "../../lib/adapters/github/index.ts";
import { loadGitHubDescription } from "../support/github-openapi.ts";
import { type GitHubWorld, openDemoGitHub, openEmulatedGitHub } from "../support/github-worlds.ts";
import { withPermit } from "../support/permits.ts";

const openDescription = loadGitHubDescription();

describe.each([
  ["emulate", openEmulatedGitHub],
  ["the demo's GitHub", openDemoGitHub],
])("%s:", (_, openWorld) => {
  let world: GitHubWorld;
  let headSha: string;

  beforeAll(async () => {
    world = await openWorld();
    headSha = (await world.github.codeHost.findBranchHead("main")) ?? "";
  });
  afterAll(() => world.close());

  const SHOP = "/repos/maintainer/shop";
  const newMarker = (() => {
    let count = 0;
    return () => `incident:inc_${String(++count)}`;
  })();

  const ensureIssue = (marker: string, body = "what happened") =>
    withPermit("github.issue", (permit) =>
      world.github.incidentIssues.ensureIssue(permit, {
        marker,
        title: "TypeError in cart",
        body,
        labels: ["patchpilot:P1"],
      }),
    );
  const writes = () =>
    world.requests.filter((one) => one.method !== "GET" && !one.url.pathname.endsWith("/access_tokens"));
  const get = (path: string) => world.asPerson("GET", `${SHOP}${path}`);

  beforeEach(() => {
    world.requests.length = 0;
  });

  describe("issues", () => {
    it("the same marker twice opens one issue, also for a process that knows nothing of the first", async () => {
      const marker = newMarker();
      const first = await ensureIssue(marker);
      const again = await createGitHub(world.config).incidentIssues;
      const second = await withPermit("github.issue", (permit) =>
        again.ensureIssue(permit, { marker, title: "other", body: "other", labels: [] }),
      );
      expect(second).toEqual(first);
      expect(writes()).toHaveLength(1);
      expect(await get(`/issues/${first.number}`)).toMatchObject({
        user: { login: "patchpilot[bot]" },
        labels: [{ name: "patchpilot" }, { name: "patchpilot:P1" }],
      });
    });

    it("a marker that another account copied into its issue is not believed", async () => {
      const marker = newMarker();
      const ours = await ensureIssue(marker);
      const { body } = (await get(`/issues/${ours.number}`)) as { body: string };
      const copy = (await world.asPerson("POST", `${SHOP}/issues`, {
        title: "copy",
        body,
        labels: ["patchpilot"],
      })) as {
        number: number;
      };
      expect(copy.number).toBeGreaterThan(ours.number);
      expect(await ensureIssue(marker)).toEqual(ours);
    });

    it("a valid marker quoted from another issue in our own text names nothing", async () => {
      const first = await ensureIssue(newMarker());
      const { body } = (await get(`/issues/${first.number}`)) as { body: string };
      const quoting = await ensureIssue(newMarker(), `an error message with ${body}`);
      expect(quoting.number).not.toBe(first.number);
      const text = (await get(`/issues/${quoting.number}`)) as { body: string };
      expect(text.body.match(/<!-- patchpilot:/g)).toHaveLength(1);
    });

    it("a marker signed with another key is not ours", async () => {
      const marker = newMarker();
      const ours = await ensureIssue(marker);
      const other = createGitHub({ ...world.config, markerKey: "another key" }).incidentIssues;
      const made = await withPermit("github.issue", (permit) =>
        other.ensureIssue(permit, { marker, title: "t", body: "b", labels: [] }),
      );
      expect(made.number).not.toBe(ours.number);
    });

    it("an update that changes nothing sends nothing", async () => {
      const marker = newMarker();
      const { number } = await ensureIssue(marker);
      const update = (title: string, body: string) =>
        withPermit("github.issue", (permit) =>
          world.github.incidentIssues.updateIssue(permit, { number, marker, title, body }),
        );
      await update("TypeError in cart", "more is known");
      world.requests.length = 0;
      await update("TypeError in cart", "more is known");
      expect(writes()).toEqual([]);
      expect(await ensureIssue(marker)).toMatchObject({ number });
    });

    it("one living comment a marker: created, edited, left alone", async () => {
      const { number } = await ensureIssue(newMarker());
      const say = (body: string) =>
        withPermit("github.comment", (permit) =>
          world.github.incidentIssues.ensureComment(permit, { number, marker: "status", body }),
        );
      const first = await say("investigating");
      expect(await say("repairing")).toEqual(first);
      world.requests.length = 0;
      expect(await say("repairing")).toEqual(first);
      expect(writes()).toEqual([]);
      expect(await get(`/issues/${number}/comments`)).toEqual([
        expect.objectContaining({
          body: expect.stringMatching(/^repairing\n\n<!-- patchpilot:status:[0-9a-f]{40} -->$/),
        }),
      ]);
    });

    it("our labels follow, other people's labels stay", async () => {
      const { number } = await ensureIssue(newMarker());
      await world.asPerson("POST", `${SHOP}/issues/${number}/labels`, { labels: ["backend"] });
      const label = () =>
        withPermit("github.label", (permit) =>
          world.github.incidentIssues.ensureLabels(permit, { number, labels: ["patchpilot", "patchpilot:recovered"] }),
        );
      await label();
      const labels = (await get(`/issues/${number}/labels`)) as { name: string }[];
      expect(labels.map((one) => one.name).sort()).toEqual(["backend", "patchpilot", "patchpilot:recovered"]);
      world.requests.length = 0;
      await label();
      expect(writes()).toEqual([]);
    });

    it("closes and reopens once each", async () => {
      const { number } = await ensureIssue(newMarker());
      const issues = world.github.incidentIssues;
      const close = () =>
        withPermit("github.close-issue", (permit) => issues.ensureClosed(permit, { number, reason: "completed" }));
      const open = () => withPermit("github.issue", (permit) => issues.ensureOpen(permit, { number }));
      world.requests.length = 0;
      await close();
      await close();
      expect(await get(`/issues/${number}`)).toMatchObject({ state: "closed", state_reason: "completed" });
      await open();
      await open();
      expect(await get(`/issues/${number}`)).toMatchObject({ state: "open" });
      expect(writes()).toHaveLength(2);
    });
  });

  describe("the repository", () => {
    it("reads branch, commits, files and rights, and null for what is not there", async () => {
      const { codeHost, repositoryReader, commitGraph } = world.github;
      expect(await codeHost.defaultBranch()).toBe("main");
      expect(await codeHost.findBranchHead("no/such/branch")).toBeNull();
      expect(await codeHost.findCommit("main")).toBe(headSha);
      expect(await codeHost.findCommit("f".repeat(40))).toBeNull();
      expect(await repositoryReader.listFiles(headSha)).toEqual({ paths: ["README.md"], truncated: false });
      expect(await repositoryReader.listRecentCommits(headSha, 5)).toEqual([
        expect.objectContaining({ sha: headSha, files: ["README.md"] }),
      ]);
      expect(await codeHost.readFiles(["README.md", "missing.md"], headSha)).toEqual(
        new Map([
          ["README.md", expect.stringContaining("# shop")],
          ["missing.md", null],
        ]),
      );
      expect(await codeHost.getPermission("maintainer")).toBe("admin");
      expect(await codeHost.getPermission("stranger")).toBe("none");
      expect(await commitGraph.containsCommit({ ancestor: headSha, descendant: headSha })).toBe(true);
      expect(await commitGraph.containsCommit({ ancestor: "a".repeat(40), descendant: headSha })).toBeNull();
    });

    it("knows what comes after what", async () => {
      await world.push("docs/more notes.md", "more");
      const newer = (await world.github.codeHost.findBranchHead("main")) ?? "";
      const { containsCommit } = world.github.commitGraph;
      expect(await containsCommit({ ancestor: headSha, descendant: newer })).toBe(true);
      expect(await containsCommit({ ancestor: newer, descendant: headSha })).toBe(false);
      const texts = await world.github.codeHost.readFiles(["docs/more notes.md", "docs"], newer);
      expect([...texts.values()]).toEqual(["more", null]);
    });

    it("a file that is not text is an error that names it", async () => {
      await world.push("logo.png", "PNG\u0000");
      await expect(world.github.codeHost.readFiles(["logo.png"], "main")).rejects.toMatchObject({
        code: "file_not_text",
        retry: "never",
        context: { path: "logo.png" },
      });
    });
  });

  describe("publishing", () => {
    it("branch, draft pull request and check run are made once", async () => {
      const { codeHost } = world.github;
      const branch = "patchpilot/inc-1-cart";
      const ensureBranch = () =>
        withPermit("github.branch", (permit) => codeHost.ensureBranch(permit, { branch, sha: headSha }));
      expect(await ensureBranch()).toEqual({ headSha });
      await world.push("src/cart.ts", "export const fixed = true;\n", branch);
      const newHead = await codeHost.findBranchHead(branch);
      const publish = async () => ({
        branch: await ensureBranch(),
        pull: await withPermit("github.pull-request", (permit) =>
          codeHost.ensurePullRequest(permit, { branch, base: "main", title: "Fix cart", body: "why" }),
        ),
        check: await withPermit("github.check-run", (permit) =>
          codeHost.ensureCheckRun(permit, {
            name: "patchpilot/gate",
            sha: headSha,
            conclusion: "success",
            title: "allowed",
            summary: "4 rules",
            externalId: "run_1",
          }),
        ),
      });
      const first = await publish();
      expect(first).toMatchObject({ branch: { headSha: newHead }, pull: { isDraft: true } });
      expect(writes()).toHaveLength(3);
      expect(await publish()).toEqual(first);
      expect(writes()).toHaveLength(3);
      expect(await codeHost.findPullRequest(first.pull.number)).toMatchObject({
        state: "open",
        isDraft: true,
        isMerged: false,
        mergeSha: null,
        headRef: branch,
        baseRef: "main",
      });
      expect(await codeHost.findPullRequest(9_999)).toBeNull();
    });

    it("a check run whose verdict changed is corrected, not doubled", async () => {
      const run = (conclusion: "success" | "failure") =>
        withPermit("github.check-run", (permit) =>
          world.github.codeHost.ensureCheckRun(permit, {
            name: "patchpilot/gate",
            sha: headSha,
            conclusion,
            title: conclusion,
            summary: "rules",
            externalId: "run_2",
          }),
        );
      expect(await run("success")).toEqual(await run("failure"));
      expect(writes().map((one) => one.method)).toEqual(["POST", "PATCH"]);
    });
  });

  it("one token serves all calls of a process", async () => {
    const github = createGitHub(world.config);
    await Promise.all([github.codeHost.defaultBranch(), github.codeHost.findCommit("main")]);
    await github.codeHost.findBranchHead("main");
    expect(world.requests.filter((one) => one.url.pathname.endsWith("/access_tokens"))).toHaveLength(1);
  });

  describe("GitHub's own description", () => {
    const describe_ = openDescription;

    it("finds no fault in any request above", async () => {
      world.requests.length = 0;
      const fresh = createGitHub(world.config);
      const marker = newMarker();
      const { number } = await ensureIssue(marker);
      const { incidentIssues: issues, codeHost, repositoryReader, commitGraph } = fresh;
      await withPermit("github.issue", (permit) =>
        issues.ensureIssue(permit, { marker, title: "t", body: "b", labels: [] }),
      );
      await withPermit("github.issue", (permit) =>
        issues.updateIssue(permit, { number, marker, title: "t", body: "new" }),
      );
      await withPermit("github.comment", (permit) =>
        issues.ensureComment(permit, { number, marker: "status", body: "1" }),
      );
      await withPermit("github.comment", (permit) =>
        issues.ensureComment(permit, { number, marker: "status", body: "2" }),
      );
      await withPermit("github.label", (permit) => issues.ensureLabels(permit, { number, labels: ["patchpilot:P2"] }));
      await withPermit("github.close-issue", (permit) =>
        issues.ensureClosed(permit, { number, reason: "not_planned" }),
      );
      await withPermit("github.issue", (permit) => issues.ensureOpen(permit, { number }));
      const branch = "patchpilot/inc-9-described";
      await withPermit("github.branch", (permit) => codeHost.ensureBranch(permit, { branch, sha: headSha }));
      await world.push("src/described.ts", "export {};\n", branch);
      const pull = { branch, base: "main", title: "t", body: "b" };
      await withPermit("github.pull-request", (permit) => codeHost.ensurePullRequest(permit, pull));
      for (const conclusion of ["success", "failure"] as const) {
        const check = {
          name: "patchpilot/gate",
          sha: headSha,
          conclusion,
          title: "t",
          summary: "s",
          externalId: "run_9",
        };
        await withPermit("github.check-run", (permit) => codeHost.ensureCheckRun(permit, check));
      }
      const dispatch = { payload: { runId: "run_9" } };
      const dispatched = withPermit("github.dispatch", (permit) => codeHost.dispatchRepair(permit, dispatch));
      await (world.isComplete ? dispatched : expect(dispatched).rejects.toMatchObject({ code: "provider_not_found" }));
      await codeHost.getReadOnlyClone();
      await codeHost.getPermission("maintainer");
      await codeHost.findPullRequest(1);
      await codeHost.readFiles(["README.md"], headSha);
      await repositoryReader.listFiles(headSha);
      await repositoryReader.listRecentCommits(headSha, 3);
      await commitGraph.containsCommit({ ancestor: headSha, descendant: headSha });
      const operations = new Set(world.requests.map((one) => `${one.method} ${one.url.pathname}`));
      expect(operations.size).toBeGreaterThan(25);
      expect(world.requests.flatMap(describe_)).toEqual([]);
    });

    it("would find a wrong path, a wrong query and a wrong body", () => {
      const at = (path: string) => new URL(path, "https://api.github.com");
      expect(describe_({ method: "GET", url: at("/repos/o/r/issue/1"), body: null })).toHaveLength(1);
      expect(describe_({ method: "GET", url: at("/repos/o/r/issues?author=x"), body: null })).toHaveLength(1);
      expect(describe_({ method: "POST", url: at("/repos/o/r/issues"), body: { body: "no title" } })).toHaveLength(1);
      expect(describe_({ method: "PATCH", url: at("/repos/o/r/issues/1"), body: { state: "shut" } })).toHaveLength(1);
    });
  });
});
