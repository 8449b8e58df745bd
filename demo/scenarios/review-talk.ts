import { settle } from "../settle.ts";
import type { DemoStage } from "../stage.ts";
import { REVIEW_BOT } from "../world.ts";
import type { Scenario } from "./model.ts";
import {
  AUTHOR,
  judgePull,
  mustSay,
  openPull,
  REVIEW,
  readShopFile,
  summaryOf,
  threadsOf,
  until,
  waitForReview,
} from "./pull-stage.ts";
import { changedFiles } from "./reviewed-change.ts";

const played = new WeakMap<DemoStage, { number: number; headSha: string }>();

const findThread = (stage: DemoStage, number: number, words: RegExp) => {
  const found = threadsOf(stage, number).find((one) => words.test(one.body));
  if (!found) throw new Error(`there is no comment that says ${words}`);
  return found;
};

const answersTo = ({ world: { github } }: DemoStage, number: number, id: number) =>
  github.reviewComments(number).filter((one) => one.inReplyTo === id && one.viaApp);

/** What people and bots say under the comments of a review. */
export const reviewTalk: Scenario = {
  name: "review-talk",
  title: "under its comments: a false “fixed” is looked at, “won't fix” is taken for a word, bots get no answer",
  ...REVIEW,
  timeoutSeconds: 120,
  async begin(stage) {
    const { github } = stage.world;
    const [files] = changedFiles(readShopFile);
    const { number, headSha } = await openPull(stage, { branch: "loyalty", files, title: "feat: points" });
    await waitForReview(stage, headSha);
    const author = github.person(AUTHOR);
    const fixed = findThread(stage, number, /one past the end/);
    await author.reply(number, fixed.id, "Fixed.");
    const dropped = findThread(stage, number, /swallowed/);
    await author.reply(number, dropped.id, "That is intentional, won't fix.");
    github.addApp(REVIEW_BOT);
    const asked = findThread(stage, number, /not awaited/);
    await github.person(`${REVIEW_BOT}[bot]`).reply(number, asked.id, "Why is this a problem?");
    await until("the author is answered twice", () =>
      [fixed, dropped].every((one) => answersTo(stage, number, one.id).length > 0),
    );
    await settle(stage);
    played.set(stage, { number, headSha });
  },
  async examine(stage, tell) {
    const { number = 0, headSha = "" } = played.get(stage) ?? {};
    const summary = summaryOf(stage, number);
    tell(summary);
    const expect = (words: RegExp, answers: number, isResolved: boolean): string[] => {
      const thread = findThread(stage, number, words);
      const given = answersTo(stage, number, thread.id);
      for (const { body } of given) tell(`under ${words}: ${body}`);
      return [
        ...(given.length === answers ? [] : [`${words} has ${given.length} answers, and ${answers} were expected`]),
        ...((thread.resolvedBy !== null) === isResolved ? [] : [`${words} is ${isResolved ? "not " : ""}resolved`]),
      ];
    };
    return [
      ...judgePull(stage, number, [headSha]),
      ...expect(/one past the end/, 1, false),
      ...expect(/swallowed/, 1, true),
      ...expect(/not awaited/, 0, false),
      ...mustSay("the summary", summary, [/2 open findings/, /dismissed/]),
    ];
  },
};
