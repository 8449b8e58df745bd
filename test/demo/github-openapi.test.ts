import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadResponseCheck, loadWebhookCheck } from "./github-schemas.ts";
import { APP_ID, COMMIT_ON_BRANCH, commitInput, REPO, startWorld, type TestWorld } from "./github-world.ts";

const at = { owner: "acme", repo: "shop" };

interface Answer {
  method: string;
  template: string;
  status: number;
  body: unknown;
}

let world: TestWorld;
const answers: Answer[] = [];

/** Notes every answer of an Octokit, refusals included. */
function watched(octokit: Octokit): Octokit {
  octokit.hook.after("request", ({ status, data }, { method, url }) => {
    answers.push({ method, template: url, status, body: data });
  });
  octokit.hook.error("request", (error, { method, url }) => {
    if ("response" in error && error.response)
      answers.push({ method, template: url, status: error.status, body: error.response.data });
    throw error;
  });
  return octokit;
}

const ignoreRefusal = () => null;

async function walkIssues(octokit: Octokit, outsider: Octokit): Promise<number> {
  const issue = (
    await octokit.request("POST /repos/{owner}/{repo}/issues", { ...at, title: "Crash", body: "text", labels: ["bug"] })
  ).data.number;
  const one = { ...at, issue_number: issue };
  await octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}", one);
  const comment = await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    ...one,
    body: "hello",
  });
  await octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
    ...at,
    comment_id: comment.data.id,
    body: "changed",
  });
  await octokit.request("GET /repos/{owner}/{repo}/issues/comments/{comment_id}", {
    ...at,
    comment_id: comment.data.id,
  });
  await octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", one);
  await octokit.request("GET /repos/{owner}/{repo}/issues/comments", at);
  await octokit.request("POST /repos/{owner}/{repo}/labels", {
    ...at,
    name: "patchpilot:P1",
    color: "ff0000",
    description: "urgent",
  });
  await octokit.request("POST /repos/{owner}/{repo}/labels", { ...at, name: "patchpilot:P1" }).catch(ignoreRefusal);
  await octokit.request("GET /repos/{owner}/{repo}/labels", at);
  await octokit.request("GET /repos/{owner}/{repo}/labels/{name}", { ...at, name: "patchpilot:P1" });
  await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", {
    ...one,
    labels: ["patchpilot:P1"],
  });
  await octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}/labels", one);
  await octokit.request("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", { ...one, name: "bug" });
  await octokit.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...one,
    title: "Crash in cart",
    state: "closed",
    state_reason: "not_planned",
  });
  await octokit.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", { ...one, state: "open" });
  await octokit.request("GET /repos/{owner}/{repo}/issues", { ...at, state: "all" });
  await octokit.request("GET /search/issues", { q: `repo:${REPO} is:issue crash` });
  await octokit
    .request("GET /repos/{owner}/{repo}/issues/{issue_number}", { ...at, issue_number: 9999 })
    .catch(ignoreRefusal);
  await outsider
    .request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", { ...one, state: "closed" })
    .catch(ignoreRefusal);
  await octokit.request("POST /repos/{owner}/{repo}/issues", { ...at, title: "" }).catch(ignoreRefusal);
  return issue;
}

async function walkGit(octokit: Octokit): Promise<string> {
  const ref = await octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", { ...at, ref: "heads/main" });
  const sha = ref.data.object.sha;
  await octokit.request("POST /repos/{owner}/{repo}/git/refs", { ...at, ref: "refs/heads/fix/one", sha });
  await octokit
    .request("POST /repos/{owner}/{repo}/git/refs", { ...at, ref: "refs/heads/fix/one", sha })
    .catch(ignoreRefusal);
  await octokit.request("GET /repos/{owner}/{repo}/git/matching-refs/{ref}", { ...at, ref: "heads/fix" });
  const tree = await octokit.request("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", {
    ...at,
    tree_sha: sha,
    recursive: "1",
  });
  const blob = tree.data.tree.find((entry) => entry.type === "blob");
  await octokit.request("GET /repos/{owner}/{repo}/git/blobs/{file_sha}", { ...at, file_sha: blob?.sha ?? "" });
  await octokit.request("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", { ...at, commit_sha: sha });
  const made = await octokit.request("POST /repos/{owner}/{repo}/git/blobs", {
    ...at,
    content: "hi",
    encoding: "utf-8",
  });
  const next = await octokit.request("POST /repos/{owner}/{repo}/git/trees", {
    ...at,
    base_tree: tree.data.sha,
    tree: [{ path: "hi.txt", mode: "100644", type: "blob", sha: made.data.sha }],
  });
  const commit = await octokit.request("POST /repos/{owner}/{repo}/git/commits", {
    ...at,
    message: "Say hi",
    tree: next.data.sha,
    parents: [sha],
  });
  await octokit.request("PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
    ...at,
    ref: "heads/fix/one",
    sha: commit.data.sha,
  });
  const files = { "src/cart.ts": "export const fixed = 1;\n", "added.ts": "1\n" };
  await octokit.graphql(COMMIT_ON_BRANCH, commitInput("fix/one", commit.data.sha, files, ["README.md"]));
  for (const path of ["src/cart.ts", "src"])
    await octokit.request("GET /repos/{owner}/{repo}/contents/{path}", { ...at, path });
  await octokit.request("GET /repos/{owner}/{repo}/contents/{path}", { ...at, path: "missing" }).catch(ignoreRefusal);
  await octokit.request("GET /repos/{owner}/{repo}/branches", at);
  await octokit.request("GET /repos/{owner}/{repo}/branches/{branch}", { ...at, branch: "fix/one" });
  await octokit.request("GET /repos/{owner}/{repo}/commits", { ...at, path: "src/cart.ts" });
  const head = await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}", { ...at, ref: "fix/one" });
  await octokit.request("GET /repos/{owner}/{repo}/compare/{basehead}", { ...at, basehead: "main...fix/one" });
  return head.data.sha;
}

async function walkPulls(octokit: Octokit, head: string): Promise<number> {
  const create = { ...at, title: "Fix", head: "fix/one", base: "main", draft: true, body: "why" };
  const pull_number = (await octokit.request("POST /repos/{owner}/{repo}/pulls", create)).data.number;
  const one = { ...at, pull_number };
  await octokit.request("POST /repos/{owner}/{repo}/pulls", create).catch(ignoreRefusal);
  await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", one);
  await octokit.request("GET /repos/{owner}/{repo}/pulls", { ...at, head: "acme:fix/one" });
  await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", one);
  await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", one);
  await octokit.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", { ...one, title: "Fix the cart" });
  const comments = [{ path: "added.ts", line: 1, side: "RIGHT", body: "see" }];
  await octokit.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
    ...one,
    event: "COMMENT",
    body: "Looked",
    comments,
  });
  await octokit
    .request("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
      ...one,
      event: "COMMENT",
      body: "x",
      comments: [{ path: "added.ts", line: 99, body: "x" }],
    })
    .catch(ignoreRefusal);
  await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews", one);
  const line = await octokit.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments", {
    ...one,
    commit_id: head,
    path: "src/cart.ts",
    line: 1,
    side: "RIGHT",
    body: "y",
  });
  await octokit.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies", {
    ...one,
    comment_id: line.data.id,
    body: "z",
  });
  await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/comments", one);
  await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    ...at,
    issue_number: pull_number,
    body: "on a pull request",
  });
  await octokit.request("GET /repos/{owner}/{repo}/issues", at);
  await octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", one).catch(ignoreRefusal);
  return pull_number;
}

async function walkChecks(octokit: Octokit, head_sha: string): Promise<void> {
  const run = await octokit.request("POST /repos/{owner}/{repo}/check-runs", {
    ...at,
    name: "patchpilot/gate",
    head_sha,
    status: "in_progress",
  });
  const annotations = [
    { path: "added.ts", start_line: 1, end_line: 1, annotation_level: "notice" as const, message: "m" },
  ];
  const done = { ...at, check_run_id: run.data.id, status: "completed" as const, conclusion: "success" as const };
  await octokit.request("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", {
    ...done,
    output: { title: "t", summary: "s", annotations },
  });
  await octokit.request("GET /repos/{owner}/{repo}/check-runs/{check_run_id}", { ...at, check_run_id: run.data.id });
  await octokit.request("GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", {
    ...at,
    check_run_id: run.data.id,
  });
  await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", { ...at, ref: head_sha });
  await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-suites", { ...at, ref: "fix/one" });
  await octokit.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
    ...at,
    sha: head_sha,
    state: "success",
    context: "ci",
  });
  await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/status", { ...at, ref: "fix/one" });
  await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/statuses", { ...at, ref: "fix/one" });
  await octokit.request("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", { ...at, commit_sha: head_sha });
}

async function walkApp(octokit: Octokit): Promise<void> {
  await octokit.request("GET /app");
  await octokit.request("GET /app/installations");
  await octokit.request("GET /app/installations/{installation_id}", { installation_id: world.github.installationId });
  await octokit.request("GET /repos/{owner}/{repo}/installation", at);
  await octokit.request("POST /app/installations/{installation_id}/access_tokens", {
    installation_id: world.github.installationId,
    repositories: ["shop"],
    permissions: { issues: "write" },
  });
  await octokit
    .request("POST /app/installations/{installation_id}/access_tokens", { installation_id: 1 })
    .catch(ignoreRefusal);
  const deliveries = await octokit.request("GET /app/hook/deliveries");
  const delivery_id = Number(deliveries.data[0]?.id);
  await octokit.request("GET /app/hook/deliveries/{delivery_id}", { delivery_id });
  await octokit.request("POST /app/hook/deliveries/{delivery_id}/attempts", { delivery_id });
}

async function walkRest(octokit: Octokit): Promise<void> {
  await octokit.request("GET /repos/{owner}/{repo}", at);
  await octokit.request("GET /repos/{owner}/{repo}", { owner: "acme", repo: "none" }).catch(ignoreRefusal);
  await octokit.request("GET /installation/repositories");
  await octokit.request("GET /rate_limit");
  await octokit.request("GET /users/{username}", { username: "patchpilot-demo[bot]" });
  await watched(world.asUser(world.github.addUser({ login: "maria", permission: "maintain" }))).request("GET /user");
  await octokit.request("GET /repos/{owner}/{repo}/collaborators/{username}/permission", { ...at, username: "maria" });
  await octokit.request("POST /repos/{owner}/{repo}/dispatches", {
    ...at,
    event_type: "patchpilot.repair",
    client_payload: { run: "r" },
  });
  const { octokit: poor } = await world.narrowed({ metadata: "read" });
  await watched(poor)
    .request("POST /repos/{owner}/{repo}/issues", { ...at, title: "no" })
    .catch(ignoreRefusal);
}

beforeAll(async () => {
  world = await startWorld();
  world.github.addUser({ login: "maria", permission: "maintain" });
  const outsider = watched(world.asUser(world.github.addUser({ login: "mallory", permission: "none" })));
  const octokit = watched(world.octokit);
  await walkIssues(octokit, outsider);
  const head = await walkGit(octokit);
  const pull = await walkPulls(octokit, head);
  await walkChecks(octokit, head);
  const maria = world.github.person("maria");
  await maria.markReady(pull);
  await maria.convertToDraft(pull);
  await maria.markReady(pull);
  await maria.review(pull, { event: "APPROVE", body: "Good" });
  await maria.push({ "src/more.ts": "1\n" }, "More", "fix/one");
  await maria.merge(pull, "squash");
  await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", { ...at, pull_number: pull });
  await octokit.request("DELETE /repos/{owner}/{repo}/git/refs/{ref}", { ...at, ref: "heads/fix/one" });
  await walkRest(octokit);
  await world.github.settled();
  const AtDemo = Octokit.defaults({ baseUrl: world.github.url });
  await walkApp(watched(new App({ appId: APP_ID, privateKey: world.github.privateKeyPem, Octokit: AtDemo }).octokit));
  await world.github.settled();
});

afterAll(async () => {
  await world.close();
});

test("every answer is as GitHub's own description of its API says, refusals included", () => {
  const check = loadResponseCheck();
  const rest = answers.filter(({ template }) => template !== "/graphql");
  expect(new Set(rest.map(({ method, template }) => `${method} ${template}`)).size).toBeGreaterThan(55);
  expect(new Set(rest.map(({ status }) => status))).toEqual(new Set([200, 201, 202, 204, 403, 404, 405, 422]));
  const faults = rest.flatMap(({ method, template, status, body }) =>
    check(method, template, status, body).map((fault) => `${method} ${template} ${status}: ${fault}`),
  );
  expect([...new Set(faults)]).toEqual([]);
});

test("every webhook is as the published schemas say, without a field that they do not know", () => {
  const check = loadWebhookCheck();
  const names = new Set(world.receiver.names());
  const expected = [
    ...["ping", "push", "installation.created"],
    ...["issues.opened", "issues.edited", "issues.labeled", "issues.unlabeled", "issues.closed", "issues.reopened"],
    ...[
      "issue_comment.created",
      "issue_comment.edited",
      "check_run.created",
      "check_run.completed",
      "check_suite.completed",
    ],
    ...["pull_request.opened", "pull_request.edited", "pull_request.synchronize", "pull_request.converted_to_draft"],
    ...[
      "pull_request.ready_for_review",
      "pull_request.closed",
      "pull_request_review.submitted",
      "pull_request_review_comment.created",
    ],
    "repository_dispatch.patchpilot.repair",
  ];
  expect([...names]).toEqual(expect.arrayContaining(expected));
  const faults = world.receiver.received.flatMap(({ event, payload }) =>
    check(event, payload).map((fault) => `${event}.${payload.action}: ${fault}`),
  );
  expect([...new Set(faults)]).toEqual([]);
});
