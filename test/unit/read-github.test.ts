import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { signalSchema } from "../../lib/intake/model.ts";
import { readGithub } from "../../lib/intake/read-github.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";

/** Real payloads, published by Octokit: one entry per event, each with examples. */
const EVENTS: { name: string; examples: Record<string, unknown>[] }[] = createRequire(import.meta.url)(
  "@octokit/webhooks-examples/api.github.com/index.json",
);
const GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958";

const read = (event: string, body: unknown) =>
  readGithub(headerReader({ "X-GitHub-Event": event, "X-GitHub-Delivery": GUID }), body);
const examples = (name: string) => EVENTS.find((event) => event.name === name)?.examples ?? [];
const example = (name: string, action?: string): Record<string, unknown> =>
  structuredClone(examples(name).find((one) => action === undefined || one.action === action) ?? {});
const within = (body: Record<string, unknown>, key: string, change: Record<string, unknown>) => ({
  ...body,
  [key]: { ...(body[key] as object), ...change },
});

test("every published example of every event is accepted or ignored with a reason, under GitHub's delivery id", () => {
  expect(EVENTS.length).toBeGreaterThan(40);
  for (const { name, examples } of EVENTS) {
    for (const body of examples) {
      const answer = read(name, body);
      expect(answer, `${name} ${String(body.action)}`).toMatchObject({ deliveryKey: `github:${GUID}`, resource: name });
      if (answer.outcome === "accepted") expect(() => signalSchema.parse(answer.signal)).not.toThrow();
      if (answer.outcome === "ignored") expect(answer.reason).toMatch(name);
    }
  }
});

describe("pull_request", () => {
  test("closed without a merge has no merge commit, though GitHub names its test merge", () => {
    expect(read("pull_request", example("pull_request", "closed"))).toMatchObject({
      outcome: "accepted",
      signal: { kind: "pull_request", action: "closed", state: "closed", merged: false, mergeSha: null, number: 2 },
    });
  });

  test("merged carries the merge commit", () => {
    const body = within(example("pull_request", "closed"), "pull_request", {
      merged: true,
      merge_commit_sha: "abc123",
      user: null,
    });
    expect(read("pull_request", body)).toMatchObject({ signal: { merged: true, mergeSha: "abc123", author: "ghost" } });
  });

  test("labeled changes nothing that is followed", () => {
    expect(read("pull_request", { ...example("pull_request", "opened"), action: "labeled" })).toMatchObject({
      outcome: "ignored",
      reason: "pull_request labeled changes nothing that Patchpilot follows",
    });
  });
});

describe("issue_comment", () => {
  test("created is a comment with its author's kind", () => {
    const body = within(example("issue_comment", "created"), "comment", { body: "/patchpilot fix" });
    expect(read("issue_comment", body)).toMatchObject({
      signal: { kind: "comment", text: "/patchpilot fix", authorType: "User", isPullRequest: false },
    });
  });

  test("on a pull request says so", () => {
    const body = within(example("issue_comment", "created"), "issue", { pull_request: { url: "x" } });
    expect(read("issue_comment", body)).toMatchObject({ signal: { isPullRequest: true } });
  });

  test("edited or deleted runs no command again", () => {
    for (const action of ["edited", "deleted"]) {
      expect(read("issue_comment", { ...example("issue_comment", "created"), action })).toMatchObject({
        outcome: "ignored",
      });
    }
  });
});

test("a push names its commit, a deleted ref has none", () => {
  const push = { ...example("push"), ref: "refs/heads/main", after: "a".repeat(40), deleted: false };
  expect(read("push", push)).toMatchObject({
    signal: { kind: "push", ref: "refs/heads/main", headSha: "a".repeat(40) },
  });
  expect(read("push", { ...push, after: "0".repeat(40) })).toMatchObject({ outcome: "ignored" });
});

test("issues closed is an issue signal", () => {
  expect(read("issues", { ...example("issues", "opened"), action: "closed" })).toMatchObject({
    signal: { kind: "github_issue", action: "closed", senderType: "User" },
  });
});

test("an installation names its account, a ping is ignored", () => {
  expect(read("installation", example("installation", "created"))).toMatchObject({
    signal: { kind: "installation", organization: "Codertocat" },
  });
  expect(read("ping", example("ping"))).toMatchObject({ outcome: "ignored" });
});

test.each([
  ["pull_request", { ...example("pull_request", "opened"), pull_request: { number: 1 } }, "pull_request.state"],
  ["pull_request", {}, "action"],
  ["issues", within(example("issues", "opened"), "issue", { number: "1" }), "issue.number"],
  [
    "issue_comment",
    within(example("issue_comment", "created"), "repository", { full_name: null }),
    "repository.full_name",
  ],
  ["push", { ...example("push"), ref: "" }, "ref"],
  ["ping", {}, "hook_id"],
  ["push", [], "body"],
])("%s with a body at fault is refused by the field's name (%#)", (event, body, field) => {
  expect(read(event, body)).toMatchObject({
    outcome: "rejected",
    status: 400,
    reason: expect.stringContaining(`${field}: `),
  });
});

test("a delivery without GitHub's headers is refused by their names", () => {
  const body = example("ping");
  expect(readGithub(headerReader({ "X-GitHub-Delivery": GUID }), body)).toMatchObject({
    status: 400,
    reason: expect.stringMatching("X-GitHub-Event"),
  });
  expect(readGithub(headerReader({ "X-GitHub-Event": "ping" }), body)).toMatchObject({
    status: 400,
    reason: expect.stringMatching("X-GitHub-Delivery"),
  });
});

describe("what is said of a pull request", () => {
  const accepted = (signal: Record<string, unknown>) => ({
    outcome: "accepted",
    signal: { kind: "pull_feedback", ...signal },
  });

  test.each(["pull_request_review", "pull_request_review_comment", "pull_request_review_thread"])(
    "%s names its pull request and its branch, and nothing of what it says",
    (event) => {
      const body = example(event);
      const read_ = read(event, body);
      expect(read_).toMatchObject(accepted({ event, number: expect.any(Number), headRef: expect.any(String) }));
      expect(JSON.stringify(read_)).not.toContain("body");
    },
  );

  test("a check that ended names its branch and commit; one that runs, or is our own, is passed over", () => {
    const run = (name: string, branch: string | null) => ({
      ...example("check_run", "created"),
      action: "completed",
      check_run: { name, check_suite: { head_branch: branch } },
    });
    expect(read("check_run", run("ci", "patchpilot/inc-1"))).toMatchObject(
      accepted({ event: "check_run", number: null, headRef: "patchpilot/inc-1" }),
    );
    expect(read("check_run", run("patchpilot/gate", "patchpilot/inc-1"))).toMatchObject({ outcome: "ignored" });
    expect(read("check_run", run("ci", null))).toMatchObject({ outcome: "ignored" });
    const ofFork = { name: "ci", head_sha: "abc", check_suite: { head_branch: null } };
    expect(read("check_run", { ...run("ci", null), check_run: ofFork })).toMatchObject(
      accepted({ event: "check_run", headRef: null, headSha: "abc" }),
    );
    expect(read("check_run", { ...run("ci", "patchpilot/inc-1"), action: "created" })).toMatchObject({
      outcome: "ignored",
    });
  });

  test("a status counts once it ended; a branch of ours is named before others", () => {
    const status = (state: string, ...names: string[]) => ({
      ...example("status"),
      state,
      branches: names.map((name) => ({ name })),
    });
    expect(read("status", status("failure", "main", "patchpilot/inc-1"))).toMatchObject(
      accepted({ event: "status", headRef: "patchpilot/inc-1" }),
    );
    expect(read("status", status("pending", "patchpilot/inc-1"))).toMatchObject({ outcome: "ignored" });
    expect(read("status", status("failure", "main"))).toMatchObject(
      accepted({ headRef: "main", headSha: expect.any(String) }),
    );
    expect(read("status", { ...status("failure"), sha: null })).toMatchObject({ outcome: "ignored" });
  });
});
