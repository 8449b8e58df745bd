import { setTimeout as sleep } from "node:timers/promises";
import type { DemoStage } from "../stage.ts";
import type { Scenario } from "./model.ts";
import {
  AUTHOR,
  CI,
  judgePull,
  lineUnder,
  mustSay,
  openPull,
  REVIEW,
  readShopFile,
  summaryOf,
  threadsOf,
  until,
  waitForReview,
} from "./pull-stage.ts";
import { changedFiles, DECOYS, PLANTED, SMALL_CHANGE } from "./reviewed-change.ts";

const RUNNING_MS = 4_000;
const QUESTION = "Why is that a problem? The store hardly ever fails.";

/** Each finding stands on a planted line, every planted line has one, and no decoy has any. */
async function judgeLines(stage: DemoStage, number: number, planted: readonly { path: string; text: string }[]) {
  const lines = await Promise.all(
    threadsOf(stage, number).map(async (one) => ({ path: one.path, text: await lineUnder(stage, one) })),
  );
  const isOn = (at: { path: string; text: string }, wanted: { path: string; text: string }) =>
    at.path === wanted.path && at.text.includes(wanted.text);
  return [
    ...planted
      .filter((wanted) => lines.filter((one) => isOn(one, wanted)).length !== 1)
      .map(({ text }) => `there is not one comment on "${text}"`),
    ...lines
      .filter((one) => !planted.some((wanted) => isOn(one, wanted)))
      .map(({ path, text }) => `there is a comment on ${path}, "${text.trim()}"`),
    ...lines
      .filter(({ text }) => DECOYS.some((decoy) => text.includes(decoy)))
      .map(({ text }) => `a decoy was taken for a fault: ${text.trim()}`),
  ];
}

const heads = new WeakMap<DemoStage, { number: number; shas: string[] }>();

/** A person's pull request from its first review to its second push, with a question in between. */
export const review: Scenario = {
  name: "review",
  title: "three planted faults are found and two decoys are not; a push mends two, a question is answered",
  ...REVIEW,
  timeoutSeconds: 150,
  async begin(stage) {
    const { github } = stage.world;
    const [first, second] = changedFiles(readShopFile);
    const title = "feat: customers earn points";
    const { number, branch, headSha } = await openPull(stage, {
      branch: "loyalty",
      files: first,
      title,
      ci: "running",
    });
    await sleep(RUNNING_MS);
    if (threadsOf(stage, number).length > 0) throw new Error("it was reviewed while its checks were running");
    await github.check(CI, { name: "test", head_sha: headSha, conclusion: "success" });
    await waitForReview(stage, headSha);
    const asked = threadsOf(stage, number).find((one) => one.path.endsWith("ledger.mjs") && /swallowed/.test(one.body));
    if (!asked) throw new Error("nothing was said of the swallowed error");
    await github.person(AUTHOR).reply(number, asked.id, QUESTION);
    const answersTo = () => github.reviewComments(number).filter((one) => one.inReplyTo === asked.id && one.viaApp);
    await until("the question is answered", () => answersTo().length > 0);
    const next = await github.person(AUTHOR).push(second, "fix: count every order once", branch);
    await github.check(CI, { name: "test", head_sha: next, conclusion: "success" });
    await waitForReview(stage, next);
    heads.set(stage, { number, shas: [headSha, next] });
  },
  async examine(stage, tell) {
    const { number = 0, shas = [] } = heads.get(stage) ?? {};
    const { github } = stage.world;
    const threads = threadsOf(stage, number);
    const open = threads.filter((one) => one.resolvedBy === null);
    const summary = summaryOf(stage, number);
    tell(summary);
    const answers = (id: number) => github.reviewComments(number).filter((one) => one.inReplyTo === id && one.viaApp);
    const [left] = open;
    return [
      ...judgePull(stage, number, shas),
      ...(await judgeLines(stage, number, PLANTED)),
      ...(open.length === 1 ? [] : [`${open.length} threads are open, and one was expected`]),
      ...(left && /swallowed/.test(left.body) ? [] : ["what is left is not the swallowed error"]),
      ...(left && answers(left.id).length === 1 ? [] : ["the question does not have one answer"]),
      ...threads.flatMap((one) =>
        one.resolvedBy === null || answers(one.id).length === 1 ? [] : [`${one.path}: not one word about the fix`],
      ),
      ...mustSay("the summary", summary, [/1 open finding/, /2 fixed/, new RegExp(shas[1]?.slice(0, 12) ?? "?")]),
      ...(github
        .checkRuns(shas[1] ?? "")
        .some((run) => run.name === "patchpilot/review" && run.conclusion === "neutral")
        ? []
        : ["the check run of the second head is not neutral"]),
    ];
  },
};

/** A repository in which no check ever begins. */
export const reviewNoCi: Scenario = {
  name: "review-no-ci",
  title: "a repository without CI: the pull request is reviewed after a short quiet time",
  ...REVIEW,
  timeoutSeconds: 90,
  async begin(stage) {
    const title = "feat: points of orders";
    const { number, headSha } = await openPull(stage, { branch: "points", files: SMALL_CHANGE, title });
    await waitForReview(stage, headSha);
    heads.set(stage, { number, shas: [headSha] });
  },
  async examine(stage, tell) {
    const { number = 0, shas = [] } = heads.get(stage) ?? {};
    tell(summaryOf(stage, number));
    return [...judgePull(stage, number, shas), ...(await judgeLines(stage, number, PLANTED.slice(0, 1)))];
  },
};

const OUTPUT = {
  title: "1 of 14 tests failed",
  summary: "not ok 9 - points of two orders: TypeError: Cannot read properties of undefined (reading 'price')",
  annotations: [
    {
      ...{ path: "src/loyalty/points.mjs", start_line: 7, end_line: 7, annotation_level: "failure" as const },
      message: "TypeError: Cannot read properties of undefined (reading 'price')",
    },
  ],
};

/** The CI of the pull request fails before anybody reads it. */
export const reviewCiRed: Scenario = {
  name: "review-ci-red",
  title: "the CI fails: the review begins with why, and names the line",
  ...REVIEW,
  timeoutSeconds: 90,
  async begin(stage) {
    const title = "feat: points of orders";
    const opened = await openPull(stage, { branch: "points", files: SMALL_CHANGE, title, ci: "running" });
    const { number, headSha } = opened;
    await stage.world.github.check(CI, { name: "test", head_sha: headSha, conclusion: "failure", output: OUTPUT });
    await waitForReview(stage, headSha);
    heads.set(stage, { number, shas: [headSha] });
  },
  async examine(stage, tell) {
    const { number = 0, shas = [] } = heads.get(stage) ?? {};
    const summary = summaryOf(stage, number);
    tell(summary);
    return [
      ...judgePull(stage, number, shas),
      ...(await judgeLines(stage, number, PLANTED.slice(0, 1))),
      ...mustSay("the summary", summary, [/1 failed check/, /Failed on this head.*test/, /Cannot read properties/]),
    ];
  },
};
