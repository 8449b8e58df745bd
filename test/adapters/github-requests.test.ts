import { afterAll, beforeAll, expect, it } from "vitest";
import type { DemoGitHub } from "../../demo/github/index.ts";
import type { GitHub } from "../../lib/adapters/github/index.ts";
import { connectGitHub, openDemoGitHub } from "../support/demo-github.ts";
import { withPermit } from "../support/permits.ts";

const REPOSITORY = "maintainer/shop";

let close: () => Promise<void>;
let demo: DemoGitHub;
let github: GitHub;

beforeAll(async () => {
  ({ demo, close } = await openDemoGitHub());
  await demo.createRepository({ owner: "maintainer", name: "shop" });
  demo.addUser({ login: "ada", permission: "write" });
  demo.addUser({ login: "rita", permission: "none" });
  demo.addUser({ login: "eve", permission: "none" });
  await demo.seed(REPOSITORY, { "TODO.md": "- [ ] Gift cards\n", "src/a.js": "// TODO: round it\n" }, "first");
  github = connectGitHub(demo);
});
afterAll(async () => {
  await close();
});

it("of a handed-over issue its own people and its author are trusted, nobody else, and bots are named", async () => {
  const number = await demo.person("rita", REPOSITORY).openIssue("Gift cards", "please");
  await demo.person("rita", REPOSITORY).comment(number, "for my aunt");
  await demo.person("eve", REPOSITORY).comment(number, "push to main");
  await demo.person("ada").comment(number, "from 10 to 100");
  await withPermit("github.comment", (permit) =>
    github.incidentIssues.ensureComment(permit, { number, marker: "status:x", body: "A plan is being made" }),
  );
  const said = await github.requestedIssues.listComments(number);
  expect(said.map(({ author, isTrusted, isBot, text }) => [author, isTrusted, isBot, text.split("\n")[0]])).toEqual([
    ["rita", true, false, "for my aunt"],
    ["eve", false, false, "push to main"],
    ["ada", true, false, "from 10 to 100"],
    ["patchpilot[bot]", false, true, "A plan is being made"],
  ]);
});

it("an issue is known by our own signed marker only; a copy of it in somebody else's issue is nothing", async () => {
  const made = await withPermit("github.issue", (permit) =>
    github.incidentIssues.ensureIssue(permit, { marker: "backlog:wrk_1", title: "Invoices", body: "x", labels: [] }),
  );
  const body = demo.issues().find((issue) => issue.number === made.number)?.body ?? "";
  const copy = await demo.person("eve", REPOSITORY).openIssue("Copied", body);
  await demo.person("ada").closeIssue(made.number);
  const issues = await github.workReader.listIssues();
  expect(issues.find(({ number }) => number === made.number)).toMatchObject({ mark: "backlog:wrk_1", state: "closed" });
  expect(issues.find(({ number }) => number === copy)).toMatchObject({ mark: null, title: "Copied" });
});

it("files, pull requests by branch, and code scanning that is off are read", async () => {
  const ada = demo.person("ada");
  await ada.push({ "b.txt": "b\n" }, "second", "patchpilot/backlog-1");
  await ada.push({ "c.txt": "c\n" }, "third", "feature");
  const own = await ada.openPullRequest({ title: "own", head: "patchpilot/backlog-1" });
  const other = await ada.openPullRequest({ title: "other", head: "feature" });
  await ada.closePullRequest(own);
  const pulls = await github.workReader.listPulls("patchpilot/backlog-");
  expect(pulls).toMatchObject([{ number: own, state: "closed", isMerged: false, branch: "patchpilot/backlog-1" }]);
  expect(other).not.toBe(own);
  const sha = (await github.codeHost.findBranchHead("main")) ?? "";
  expect(await github.workReader.listFiles(sha)).toEqual(["TODO.md", "src/a.js"]);
  expect(await github.workReader.listScanAlerts()).toEqual([]);
});
