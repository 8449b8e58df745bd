import { setTimeout as sleep } from "node:timers/promises";
import { settle } from "../settle.ts";
import type { DemoStage } from "../stage.ts";
import type { Scenario } from "./model.ts";
import {
  AUTHOR,
  judgePull,
  openPull,
  REVIEW,
  readShopFile,
  summaryOf,
  threadsOf,
  waitForReview,
} from "./pull-stage.ts";
import { changedFiles, PLANTED } from "./reviewed-change.ts";

const PUSHES = 50;
/** Pushes after which somebody thinks for a moment, long enough for a review to begin. */
const PAUSE_AFTER = 17;
const PAUSE_MS = 7_000;
const LONGEST_SECONDS = 120;

const played = new WeakMap<DemoStage, { number: number; shas: string[] }>();

/** GitHub sends the newest events once more, as somebody can ask it to. */
function repeatEvents({ world: { github } }: DemoStage, newest: number): void {
  for (const { id } of github.deliveries().slice(-newest)) github.redeliver(id);
}

/** Fifty pushes in a row, and every event more than once. */
export const reviewStorm: Scenario = {
  name: "review-storm",
  title: "50 pushes with repeated webhooks: at most one review a head, one summary, nothing said twice",
  ...REVIEW,
  timeoutSeconds: 220,
  async begin(stage) {
    const { github } = stage.world;
    const [files] = changedFiles(readShopFile);
    const { number, branch, headSha } = await openPull(stage, { branch: "loyalty", files, title: "feat: points" });
    const shas = [headSha];
    for (let push = 1; push <= PUSHES; push += 1) {
      const next = { "src/loyalty/version.mjs": `export const version = ${push};\n` };
      shas.push(await github.person(AUTHOR).push(next, `chore: version ${push}`, branch));
      if (push % 5 === 0) repeatEvents(stage, 6);
      if (push % PAUSE_AFTER === 0) await sleep(PAUSE_MS);
    }
    await waitForReview(stage, shas.at(-1) ?? "", LONGEST_SECONDS);
    repeatEvents(stage, 20);
    await settle(stage);
    played.set(stage, { number, shas });
  },
  async examine(stage, tell) {
    const { number = 0, shas = [] } = played.get(stage) ?? {};
    const { github } = stage.world;
    const reviewed = shas.filter((sha) => github.reviews(number).some((one) => one.viaApp && one.commitId === sha));
    const threads = threadsOf(stage, number);
    const summary = summaryOf(stage, number);
    tell(`${reviewed.length} of ${shas.length} heads have a review with comments\n${summary}`);
    const checked = shas.filter((sha) => github.checkRuns(sha).length > 0);
    return [
      ...judgePull(stage, number, checked),
      ...(threads.length === PLANTED.length ? [] : [`${threads.length} threads, and ${PLANTED.length} were expected`]),
      ...(summary.includes(shas.at(-1)?.slice(0, 12) ?? "?") ? [] : ["the summary is not of the last head"]),
    ];
  },
};
