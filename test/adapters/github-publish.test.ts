import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withPermit } from "../support/permits.ts";
import { openScriptedGitHub, type ScriptedGitHub, SHOP } from "../support/scripted-github.ts";

const PARENT = "a".repeat(40);
const MADE = "b".repeat(40);
const OTHER = "c".repeat(40);
const TRAILER = "Patchpilot-Run: run_1";

let github: ScriptedGitHub;
/** What the branch is like; null: there is none. */
let branch: { sha: string; message: string } | null;

beforeEach(async () => {
  github = await openScriptedGitHub();
  branch = { sha: PARENT, message: "first" };
  github.app.get(`${SHOP}/git/ref/*`, (c) =>
    branch ? c.json({ object: { sha: branch.sha } }) : c.json({ message: "Not Found" }, 404),
  );
  github.app.get(`${SHOP}/git/commits/:sha`, (c) =>
    c.json({
      sha: branch?.sha,
      html_url: "https://github.test/c",
      message: branch?.message,
      verification: { verified: true },
    }),
  );
});
afterEach(() => github.close());

const ensureCommit = (more: object = {}) =>
  withPermit("github.commit", (permit) =>
    github.create({ timeoutMs: 150 }).codeHost.ensureCommit(permit, {
      branch: "patchpilot/inc-1",
      parentSha: PARENT,
      headline: "fix: guard the cart",
      body: "Because.\n",
      trailer: TRAILER,
      additions: [{ path: "src/cart.ts", content: "export const größe = 1;\n" }],
      deletions: ["src/old.ts"],
      ...more,
    }),
  );
const mutations = () => github.calls.filter((call) => call === "POST /graphql").length;
const make = () => {
  branch = { sha: MADE, message: `fix: guard the cart\n\nBecause.\n\n${TRAILER}` };
};
const made = {
  data: { createCommitOnBranch: { commit: { oid: MADE, url: "https://github.test/c", signature: { isValid: true } } } },
};

describe("the commit", () => {
  it("is one createCommitOnBranch on the expected head, its trailer the last line", async () => {
    github.app.post("/graphql", (c) => c.json(made));
    expect(await ensureCommit()).toEqual({ sha: MADE, url: "https://github.test/c", isVerified: true });
    expect(github.bodies.at(-1)).toEqual({
      query: expect.stringContaining("createCommitOnBranch(input: $input)"),
      variables: {
        input: {
          branch: { repositoryNameWithOwner: "acme/shop", branchName: "patchpilot/inc-1" },
          expectedHeadOid: PARENT,
          message: { headline: "fix: guard the cart", body: `Because.\n\n${TRAILER}` },
          fileChanges: {
            additions: [{ path: "src/cart.ts", contents: Buffer.from("export const größe = 1;\n").toString("base64") }],
            deletions: [{ path: "src/old.ts" }],
          },
        },
      },
    });
  });

  it("that is there already is answered and nothing is written", async () => {
    make();
    expect(await ensureCommit()).toMatchObject({ sha: MADE, isVerified: true });
    expect(mutations()).toBe(0);
  });

  it("whose answer was lost is found at the branch's head", async () => {
    github.app.post("/graphql", () => {
      make();
      return new Promise<Response>(() => {});
    });
    expect(await ensureCommit()).toMatchObject({ sha: MADE });
    expect(mutations()).toBe(1);
  });

  it("that failed before it was made may be tried later", async () => {
    github.app.post("/graphql", (c) => c.json({ message: "oops" }, 502));
    await expect(ensureCommit()).rejects.toMatchObject({ code: "provider_unavailable", retry: "later" });
  });

  it("is not put on a head that is somebody else's", async () => {
    branch = { sha: OTHER, message: `mentions ${TRAILER} inside a line` };
    await expect(ensureCommit()).rejects.toMatchObject({
      code: "branch_moved",
      retry: "never",
      context: { head: OTHER },
    });
    expect(mutations()).toBe(0);
  });

  const stale = { data: { createCommitOnBranch: null }, errors: [{ type: "STALE_DATA", message: "words" }] };

  it("loses a race with another commit by name", async () => {
    github.app.post("/graphql", (c) => {
      branch = { sha: OTHER, message: "another" };
      return c.json(stale);
    });
    await expect(ensureCommit()).rejects.toMatchObject({ code: "branch_moved", retry: "never" });
  });

  it("wins a race with its own other attempt", async () => {
    github.app.post("/graphql", (c) => {
      make();
      return c.json(stale);
    });
    expect(await ensureCommit()).toMatchObject({ sha: MADE });
  });

  it("without a branch or without changes is an error that says so", async () => {
    await expect(ensureCommit({ additions: [], deletions: [] })).rejects.toMatchObject({ code: "empty_commit" });
    branch = null;
    await expect(ensureCommit()).rejects.toMatchObject({ code: "branch_missing" });
    expect(mutations()).toBe(0);
  });

  it.each([
    ["FORBIDDEN", "provider_refused", "never"],
    ["RATE_LIMITED", "provider_rate_limited", { afterMs: 60_000 }],
  ])("refused as %s is %s", async (type, code, retry) => {
    github.app.post("/graphql", (c) => c.json({ errors: [{ type, message: "words" }] }));
    await expect(ensureCommit()).rejects.toMatchObject({ code, retry });
  });

  it("that GitHub gave up on without naming why may be tried later", async () => {
    github.app.post("/graphql", (c) => c.json({ errors: [{ message: "Something went wrong" }] }));
    await expect(ensureCommit()).rejects.toMatchObject({ code: "provider_refused", retry: "later" });
  });
});

describe("the branch", () => {
  it("that another attempt made meanwhile is answered", async () => {
    branch = null;
    github.app.post(`${SHOP}/git/refs`, (c) => {
      branch = { sha: OTHER, message: "another attempt" };
      return c.json({ message: "Reference already exists" }, 422);
    });
    const input = { branch: "patchpilot/inc-1", sha: PARENT };
    const answer = withPermit("github.branch", (permit) => github.create().codeHost.ensureBranch(permit, input));
    expect(await answer).toEqual({ headSha: OTHER });
  });
});

describe("the pull request", () => {
  const pull = (draft: boolean) => ({
    number: 7,
    html_url: "https://github.test/acme/shop/pull/7",
    draft,
    head: { ref: "patchpilot/inc-1", sha: MADE },
  });
  const ensurePull = () =>
    withPermit("github.pull-request", (permit) =>
      github
        .create()
        .codeHost.ensurePullRequest(permit, { branch: "patchpilot/inc-1", base: "main", title: "t", body: "b" }),
    );

  it("is a plain one where the plan has no drafts, and says so", async () => {
    github.app.get(`${SHOP}/pulls`, (c) => c.json([]));
    github.app.post(`${SHOP}/pulls`, async (c) => {
      const { draft } = await c.req.json<{ draft: boolean }>();
      return draft ? c.json({ message: "Validation Failed" }, 422) : c.json(pull(false), 201);
    });
    expect(await ensurePull()).toEqual({ number: 7, url: pull(false).html_url, isDraft: false });
  });

  it("that another attempt opened meanwhile is found", async () => {
    const open: object[] = [];
    github.app.get(`${SHOP}/pulls`, (c) => c.json(open));
    github.app.post(`${SHOP}/pulls`, (c) => {
      open.push(pull(true));
      return c.json({ message: "A pull request already exists" }, 422);
    });
    expect(await ensurePull()).toMatchObject({ number: 7, isDraft: true });
    expect(github.calls.filter((call) => call === `POST ${SHOP}/pulls`)).toHaveLength(1);
  });

  it("that cannot be opened at all is an error", async () => {
    github.app.get(`${SHOP}/pulls`, (c) => c.json([]));
    github.app.post(`${SHOP}/pulls`, (c) =>
      c.json(
        { message: "Validation Failed", errors: [{ resource: "PullRequest", field: "head", code: "invalid" }] },
        422,
      ),
    );
    await expect(ensurePull()).rejects.toMatchObject({
      code: "provider_unprocessable",
      context: { errors: [{ field: "head", code: "invalid" }] },
    });
  });
});

describe("the dispatch", () => {
  const dispatch = (payload: Record<string, unknown>) =>
    withPermit("github.dispatch", (permit) => github.create().codeHost.dispatchRepair(permit, { payload }));

  it("is our event with its payload", async () => {
    github.app.post(`${SHOP}/dispatches`, (c) => c.body(null, 204));
    await dispatch({ runId: "run_1" });
    expect(github.bodies.at(-1)).toEqual({ event_type: "patchpilot.repair", client_payload: { runId: "run_1" } });
  });

  it("that GitHub would refuse for its size is not sent", async () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`key${index}`, index]));
    for (const payload of [many, { text: "x".repeat(70_000) }]) {
      await expect(dispatch(payload)).rejects.toMatchObject({ code: "dispatch_too_large", retry: "never" });
    }
    expect(github.calls).toEqual([]);
  });
});

describe("reading", () => {
  it.each([
    [{ permission: "write", role_name: "maintain" }, "maintain"],
    [{ permission: "write", role_name: "release-manager" }, "write"],
    [{ permission: "read" }, "read"],
    [{ permission: "none", role_name: "" }, "none"],
  ])("rights %j are %s", async (answer, expected) => {
    github.app.get(`${SHOP}/collaborators/:login/permission`, (c) => c.json(answer));
    expect(await github.create().codeHost.getPermission("someone")).toBe(expected);
  });

  it("a file over 1 MB comes as a blob", async () => {
    const content = Buffer.from("large").toString("base64");
    github.app.get(`${SHOP}/contents/big.txt`, (c) =>
      c.json({ type: "file", sha: MADE, encoding: "none", content: "" }),
    );
    github.app.get(`${SHOP}/git/blobs/:sha`, (c) => c.json({ content, encoding: "base64" }));
    expect(await github.create().codeHost.readFiles(["big.txt"], PARENT)).toEqual(new Map([["big.txt", "large"]]));
  });

  it.each(["symlink", "submodule"])("a %s is no text file", async (type) => {
    github.app.get(`${SHOP}/contents/odd`, (c) => c.json({ type, sha: MADE }));
    await expect(github.create().codeHost.readFiles(["odd"], PARENT)).rejects.toMatchObject({ code: "file_not_text" });
  });

  it("a path of odd characters stays one path", async () => {
    github.app.get(`${SHOP}/contents/*`, (c) => c.json({ message: "Not Found" }, 404));
    const path = "app/[id]/{x}:y #1?.ts";
    expect(await github.create().codeHost.readFiles([path], PARENT)).toEqual(new Map([[path, null]]));
    expect(decodeURIComponent(github.calls.at(-1) ?? "")).toBe(`GET ${SHOP}/contents/${path}`);
  });

  it("a list goes on while there is a next page", async () => {
    github.app.get(`${SHOP}/issues/3/labels`, (c) => {
      const page = Number(c.req.query("page"));
      const link =
        page < 3 ? { link: `<https://x/?page=${page + 1}>; rel="next", <https://x/?page=3>; rel="last"` } : {};
      return c.json([{ name: `patchpilot:${page}` }], 200, link);
    });
    const deleted: string[] = [];
    github.app.delete(`${SHOP}/issues/3/labels/:name`, (c) => {
      deleted.push(c.req.param("name"));
      return c.json([]);
    });
    const input = { number: 3, labels: [] };
    await withPermit("github.label", (permit) => github.create().incidentIssues.ensureLabels(permit, input));
    expect(deleted).toEqual(["patchpilot:1", "patchpilot:2", "patchpilot:3"]);
  });
});
