import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REPO, refused, startWorld, type TestWorld } from "./github-world.ts";

const at = { owner: "acme", repo: "shop" };
const CART = "src/cart.ts";
const line = (number: number) => `export const line${number} = ${number};`;
const textOf = (changes: Record<number, string>) =>
  `${Array.from({ length: 30 }, (_, index) => changes[index + 1] ?? line(index + 1)).join("\n")}\n`;

let world: TestWorld;
let number: number;
let first: string;
let head: string;

beforeAll(async () => {
  world = await startWorld();
  world.github.addUser({ login: "grace", permission: "write" });
  const grace = world.github.person("grace", REPO);
  first = await grace.push({ [CART]: textOf({ 5: "five", 25: "last" }) }, "first", "lines");
  head = await grace.push({ [CART]: textOf({ 5: "five", 6: "six", 25: "last" }) }, "second", "lines");
  number = await grace.openPullRequest({ title: "Lines", head: "lines" });
});
afterAll(async () => {
  await world.close();
});

const comment = (more: object) => ({ path: CART, line: 5, body: "here", ...more });
const review = (more: object) =>
  world.octokit.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
    ...{ ...at, pull_number: number, event: "COMMENT", body: "Look" },
    ...more,
  });

describe("what GitHub refuses of a review, all of it or none", () => {
  const cases: [string, object, string | RegExp][] = [
    ["a file that is not in the diff", comment({ path: "README.md" }), "Path could not be resolved"],
    ["a line between the hunks", comment({ line: 15 }), "Line could not be resolved"],
    ["a deleted line on the new side", comment({ line: 31 }), "Line could not be resolved"],
    ["a start in another hunk", comment({ line: 25, start_line: 5 }), /same hunk as the line/],
    ["a start after the end", comment({ line: 5, start_line: 6 }), /must precede the end line/],
    ["a start that is the end", comment({ start_line: 5 }), /must precede the end line/],
    ["a body that is too long", comment({ body: "x".repeat(65_537) }), /too long \(maximum is 65536 characters\)/],
    ["an empty body", comment({ body: " " }), /can't be blank/],
  ];
  test.each(cases)("%s", async (_name, wrong, error) => {
    const answer = await refused(review({ comments: [comment({}), wrong] }));
    expect(answer).toMatchObject({ status: 422, message: "Unprocessable Entity" });
    expect(String(answer.errors)).toMatch(error);
    expect(world.github.reviewComments(number)).toEqual([]);
  });

  test("a commit that is not of the pull request", async () => {
    const main = (await world.github.commits())[0]?.sha;
    for (const commit_id of [main, "0".repeat(40)]) {
      expect(await refused(review({ commit_id }))).toMatchObject({ status: 422 });
    }
  });

  test("a single comment is refused with the field that is wrong", async () => {
    const answer = await refused(
      world.octokit.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments", {
        ...{ ...at, pull_number: number, commit_id: head, path: CART, line: 15, body: "here" },
      }),
    );
    expect(answer).toMatchObject({
      status: 422,
      message: "Validation Failed",
      errors: [
        { field: "pull_request_review_thread.line", message: expect.stringContaining("must be part of the diff") },
      ],
    });
  });
});

test("an unsent review is its author's alone, keeps every further one out, and can be sent or taken away", async () => {
  const { data } = await review({ event: undefined, comments: [comment({})] });
  expect(data.state).toBe("PENDING");
  expect(world.github.reviewComments(number)).toEqual([]);
  expect(String((await refused(review({}))).errors)).toContain("only have one pending review");
  const target = { ...at, pull_number: number, review_id: Number(data.id) };
  const list = "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews";
  const asGrace = world.asUser(world.github.person("grace", REPO).token);
  expect((await asGrace.request(list, target)).data).toEqual([]);
  expect(await refused(asGrace.request(`${list}/{review_id}/comments`, target))).toMatchObject({ status: 404 });
  await world.octokit.request("DELETE /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", target);
  expect((await world.octokit.request(list, target)).data).toEqual([]);
  const again = await review({ event: undefined, comments: [comment({})] });
  const sent = { ...target, review_id: Number(again.data.id), event: "COMMENT" as const, body: "Sent." };
  await world.octokit.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/events", sent);
  expect(world.github.reviewComments(number)).toHaveLength(1);
  await world.github.settled();
  expect(world.receiver.names()).toContain("pull_request_review_comment.created");
});

test("a review of an earlier commit is placed by that commit's diff", async () => {
  const { data } = await review({ commit_id: first, comments: [comment({ line: 25 })] });
  expect(data.commit_id).toBe(first);
  expect(world.github.reviewComments(number).at(-1)).toMatchObject({ commitId: first, line: 25 });
});

test("another App's check has a suite of its own, is told of, and is not ours to change", async () => {
  const check = (more: object) => world.github.check("ci", { name: "test", head_sha: head, ...more });
  const id = await check({ status: "in_progress" });
  expect(await check({ conclusion: "failure", output: { title: "1 failed", summary: "cart" } })).toBe(id);
  await world.octokit.request("POST /repos/{owner}/{repo}/check-runs", {
    ...{ ...at, name: "patchpilot/review", head_sha: head, status: "in_progress" },
  });
  await world.github.settled();
  const suite = world.receiver.received.find(({ event }) => event === "check_suite")?.payload.check_suite;
  expect(suite).toMatchObject({ status: "completed", conclusion: "failure", app: { slug: "ci" } });
  const update = { ...at, check_run_id: id, conclusion: "success" as const };
  expect(
    await refused(world.octokit.request("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", update)),
  ).toMatchObject({
    status: 403,
  });
});

test("a status is told of with its commit and branches", async () => {
  const grace = world.asUser(world.github.person("grace", REPO).token);
  await grace.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
    ...at,
    sha: head,
    state: "pending",
    context: "ci",
  });
  await world.github.settled();
  const told = world.receiver.received.find(({ event }) => event === "status")?.payload;
  expect(told).toMatchObject({ sha: head, state: "pending", context: "ci", branches: [{ name: "lines" }] });
});

test("files behind 20,000 lines of patches come as if nothing had changed in them, and whole on a smaller page", async () => {
  const grace = world.github.person("grace", REPO);
  const huge = (lines: number) => `${Array.from({ length: lines }, (_, index) => `x${index}`).join("\n")}\n`;
  await grace.push({ "a/1.txt": huge(15_000), "a/2.txt": huge(6_000), "b.txt": "b\n" }, "huge", "huge");
  const pull = await grace.openPullRequest({ title: "Huge", head: "huge" });
  const list = async (per_page: number, page: number) => {
    const target = { ...at, pull_number: pull, per_page, page };
    return (await world.octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", target)).data;
  };
  const last = (await list(100, 1)).at(-1);
  expect(last).toMatchObject({ filename: "b.txt", additions: 0, changes: 0 });
  expect(last?.patch).toBeUndefined();
  expect(await list(1, 3)).toMatchObject([{ filename: "b.txt", additions: 1, patch: "@@ -0,0 +1 @@\n+b" }]);
});
