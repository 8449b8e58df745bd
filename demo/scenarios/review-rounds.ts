import type { IncidentStory } from "../../lib/insight/model.ts";
import { giveRemark, waitForDraft, waitForResolved } from "../reviewer.ts";
import type { DemoStage } from "../stage.ts";
import { getBug, MAINTAINER } from "../world.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Effects, Scenario } from "./model.ts";

const BUG = getBug("coupon-null");
const PERSONS_FILE = "docs/coupons.md";
const PERSONS_TEXT = "# Coupons\n\nA coupon that is unknown or has expired takes nothing off.\n";

const kindsOf = (stories: readonly IncidentStory[]) => stories[0]?.timeline.map((entry) => entry.kind) ?? [];

function judgeRounds(
  stories: readonly IncidentStory[],
  effects: Effects,
  rounds: number,
  more: readonly string[] = [],
) {
  const kinds = kindsOf(stories);
  const published = kinds.filter((kind) => kind === "round_published").length;
  return [
    ...judgeOne(stories, effects, { state: "recovered", attempts: 1 + rounds, pullRequests: 1, closings: 1 }),
    ...(published === rounds ? [] : [`${published} rounds were published, and ${rounds} were expected`]),
    ...more.filter((kind) => !kinds.includes(kind)).map((kind) => `the timeline has no ${kind}`),
  ];
}

/** Faults of the draft's threads: each has one answer of ours, and is resolved. */
function judgeThreads({ world: { github } }: DemoStage, expected: number): string[] {
  const [pull] = github.pulls();
  const comments = github.reviewComments(pull?.number ?? 0);
  const roots = comments.filter((one) => one.inReplyTo === null);
  return [
    ...(roots.length === expected ? [] : [`there are ${roots.length} threads, and ${expected} were expected`]),
    ...roots.flatMap((root) => {
      const answers = comments.filter((one) => one.inReplyTo === root.id && one.viaApp).length;
      return [
        ...(root.resolvedBy === null ? [`the thread on ${root.path} is not resolved`] : []),
        ...(answers === 1 ? [] : [`the thread on ${root.path} has ${answers} answers`]),
      ];
    }),
  ];
}

/** A person's remark, then a bot's; each becomes one round, and the maintainer merges when both are met. */
export const feedback: Scenario = {
  name: "feedback",
  title:
    "a person and an allowed bot ask for changes; two rounds meet them, threads are resolved, and recovery is proved",
  timeoutSeconds: 240,
  async begin(stage) {
    const { world } = stage;
    stage.maintainer.pause();
    await world.breakShop(BUG);
    let draft = await waitForDraft(world);
    for (const remark of BUG.remarks ?? []) {
      await giveRemark(world, draft, remark);
      draft = await waitForDraft(world, draft.headSha);
      await waitForResolved(world, draft.number);
    }
    await world.github.person(MAINTAINER).review(draft.number, { event: "APPROVE", body: "Thank you!" });
    stage.maintainer.resume();
  },
  isOver: allEnded,
  judge: (stories, effects) => judgeRounds(stories, effects, 2),
  examine: async (stage) => judgeThreads(stage, 2),
};

/** Somebody changes the same lines on the default branch while the draft waits for review. */
export const conflict: Scenario = {
  name: "conflict",
  title: "the base moves under the draft; the repair is made again on it and merged in, and recovery is proved",
  timeoutSeconds: 240,
  async begin(stage) {
    const { world } = stage;
    stage.maintainer.pause();
    await world.breakShop(BUG);
    const draft = await waitForDraft(world);
    if (BUG.moved) await world.breakShop({ author: BUG.author, change: BUG.moved.change });
    await waitForDraft(world, draft.headSha);
    stage.maintainer.resume();
  },
  isOver: allEnded,
  judge: (stories, effects) => judgeRounds(stories, effects, 1),
  async examine({ world: { github } }) {
    const [head] = await github.commits();
    const messages = (await github.commits()).map((commit) => commit.message);
    return [
      ...(head && head.parents.length === 2 ? [] : ["the repair was not merged"]),
      ...(messages.includes(BUG.moved?.change.message ?? "") ? [] : ["the change on the base is gone"]),
    ];
  },
};

/** A person pushes to our branch while a round is being worked on. */
export const personCommits: Scenario = {
  name: "person-commits",
  title: "a person pushes to our branch during a round; the round is made again on top, and their commit survives",
  timeoutSeconds: 240,
  async begin(stage) {
    const { world } = stage;
    stage.maintainer.pause();
    await world.breakShop(BUG);
    const draft = await waitForDraft(world);
    const person = world.github.person(MAINTAINER);
    const pushed = new Promise<string>((resolve, reject) => {
      let isDone = false;
      stage.watchRunner((line) => {
        if (isDone || !line.endsWith("phase=work")) return;
        isDone = true;
        person.push({ [PERSONS_FILE]: PERSONS_TEXT }, "docs: what coupons do", draft.headRef).then(resolve, reject);
      });
    });
    const [remark] = BUG.remarks ?? [];
    if (remark) await giveRemark(world, draft, remark);
    await waitForDraft(world, await pushed);
    await waitForResolved(world, draft.number);
    stage.maintainer.resume();
  },
  isOver: allEnded,
  judge: (stories, effects) => judgeRounds(stories, effects, 1, ["round_repeated"]),
  async examine(stage) {
    const { github } = stage.world;
    const commits = await github.commits();
    const isThere = commits.some((commit) => commit.message === "docs: what coupons do");
    return [...judgeThreads(stage, 1), ...(isThere ? [] : ["the person's commit is gone"])];
  },
};
