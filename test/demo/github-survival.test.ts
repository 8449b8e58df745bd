import { execFile, spawn } from "node:child_process";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startDemoGitHub } from "../../demo/github/index.ts";
import { REPO, type Receiver, startReceiver } from "./github-world.ts";

const run = promisify(execFile);
const KILLED = fileURLToPath(new URL("./github-killed-world.ts", import.meta.url));

let dir: string;
let receiver: Receiver;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "demo-github-"));
  receiver = await startReceiver();
});

afterEach(async () => {
  await receiver.close();
  await rm(dir, { recursive: true, force: true });
});

/** Runs the world in its own process and kills it at once when its `count`-th webhook arrives. */
async function killAfter(count: number): Promise<void> {
  const child = spawn(process.execPath, [KILLED, dir, receiver.url], { stdio: ["ignore", "ignore", "inherit"] });
  const before = receiver.received.length;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  receiver.onReceived(() => {
    if (receiver.received.length >= before + count) child.kill("SIGKILL");
  });
  await ended;
  receiver.onReceived(() => {});
}

test("killed at any moment, the world starts again consistent, and what it had done it tells", async () => {
  for (const count of [9, 14, 19]) await killAfter(count);
  const github = await startDemoGitHub({
    dir,
    app: { id: 7, slug: "killed", webhookSecret: "s", webhookUrl: receiver.url },
  });
  await github.settled();
  const onMain = new Set((await github.commits()).map(({ sha }) => sha));
  const pulls = github.pulls();
  expect(pulls.length).toBeGreaterThan(3);
  for (const pull of pulls) {
    expect(pull.merging).toBeNull();
    if (pull.mergeCommitSha !== null) expect(onMain).toContain(pull.mergeCommitSha);
  }
  const merges = (await github.commits()).filter(({ message }) => message.startsWith("Merge pull request"));
  expect(merges.map(({ sha }) => sha).sort()).toEqual(pulls.flatMap((pull) => pull.mergeCommitSha ?? []).sort());
  const told = receiver.received.filter(
    ({ event, payload }) => event === "pull_request" && payload.action === "closed",
  );
  const toldNumbers = new Set(told.map(({ payload }) => payload.number));
  for (const pull of pulls) if (pull.mergedAt !== null) expect(toldNumbers).toContain(pull.number);
  expect(new Set([...pulls, ...github.issues()].map(({ number }) => number)).size).toBe(
    pulls.length + github.issues().length,
  );
  await run("git", ["-C", join(dir, `${REPO}.git`), "fsck", "--strict"]);
  await github.close();
});

test("a line of the log cut short by a crash is dropped and nothing else", async () => {
  const app = { id: 7, slug: "cut", webhookSecret: "s", webhookUrl: null };
  const first = await startDemoGitHub({ dir, app });
  await first.createRepository({ owner: "acme", name: "shop" });
  first.addUser({ login: "maria", permission: "write" });
  await first.person("maria").openIssue("Kept");
  await first.close();
  await appendFile(join(dir, "world.jsonl"), '["issues","1001/2",{"number":2,"ti');
  const second = await startDemoGitHub({ dir, app });
  expect(second.issues().map(({ title }) => title)).toEqual(["Kept"]);
  expect(await second.person("maria").openIssue("Next")).toBe(2);
  await second.close();
});
