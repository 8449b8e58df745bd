import { afterAll, beforeAll, expect, it } from "vitest";
import type { DemoGitHub } from "../../demo/github/index.ts";
import type { GitHub } from "../../lib/adapters/github/index.ts";
import { connectGitHub, openDemoGitHub } from "../support/demo-github.ts";

const REPOSITORY = "maintainer/shop";

let close: () => Promise<void>;
let demo: DemoGitHub;
let github: GitHub;

beforeAll(async () => {
  ({ demo, close } = await openDemoGitHub());
  await demo.createRepository({ owner: "maintainer", name: "shop" });
  demo.addUser({ login: "ada", permission: "write" });
  demo.addUser({ login: "stranger", permission: "none" });
  demo.addApp("sentry-io");
  await demo.seed(REPOSITORY, { "a.txt": "a\n" }, "first");
  github = connectGitHub(demo);
});
afterAll(async () => {
  await close();
});

it("an issue is read with who wrote it; a pull request and a number that is free are none", async () => {
  const number = await demo.person("sentry-io[bot]").openIssue("TypeError: x", "the body", ["bug"]);
  const { createdAt, ...issue } = (await github.issueReader.findIssue(number)) ?? { createdAt: "" };
  expect(issue).toEqual({
    number,
    url: `${demo.url}/${REPOSITORY}/issues/${number}`,
    title: "TypeError: x",
    body: "the body",
    labels: ["bug"],
    state: "open",
    author: { login: "sentry-io[bot]", type: "Bot" },
    authorAssociation: "NONE",
  });
  expect(Date.parse(createdAt)).toBeGreaterThan(0);
  await demo.person("ada").push({ "b.txt": "b\n" }, "second", "feature");
  const pull = await demo.person("ada").openPullRequest({ title: "feature", head: "feature" });
  expect(await github.issueReader.findIssue(pull)).toBeNull();
  expect(await github.issueReader.findIssue(999)).toBeNull();
});

it("every open issue is listed, over all pages, newest first, without pull requests and closed ones", async () => {
  const ada = demo.person("ada");
  const closed = await ada.openIssue("closed", "x");
  await ada.closeIssue(closed);
  for (let count = 0; count < 105; count += 1) await ada.openIssue(`wish ${count}`);
  const numbers: number[] = [];
  for await (const issue of github.issueReader.listOpenIssues()) numbers.push(issue.number);
  expect(numbers).toHaveLength(106);
  expect(numbers).toEqual(numbers.toSorted((one, other) => other - one));
  expect(numbers).not.toContain(closed);
});

it("a person's permission is the host's word", async () => {
  expect(await github.issueReader.getPermission("ada")).toBe("write");
  expect(["read", "none"]).toContain(await github.issueReader.getPermission("stranger"));
});
