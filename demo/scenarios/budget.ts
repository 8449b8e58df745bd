import type { DemoStage } from "../stage.ts";
import { getBug } from "../world.ts";
import type { Scenario } from "./model.ts";
import { untilStory } from "./until.ts";

const REPAIR = { leaseSeconds: 8, claimMinutes: 3, pullRequestPollMinutes: 0.05, totalMinutes: 3, idleMinutes: 1 };
const TOLD = "the daily budget is reached";
const TOLD_SECONDS = 120;

/** What the issue of the incident that waits said, by stage. */
const told = new WeakMap<DemoStage, { comment: string; runs: number }>();

/** Waits until the budget holds one repair, and a person was told; then the operator allows more. */
async function raiseOnceTold(stage: DemoStage): Promise<void> {
  const { github } = stage.world;
  const commentOf = (number: number | null) =>
    number === null
      ? ""
      : github
          .comments(number)
          .map(({ body }) => body)
          .join("\n");
  const waiting = await untilStory(
    stage,
    "the issue says that the budget is reached",
    ({ incident }) => commentOf(incident.issueNumber).includes(TOLD),
    TOLD_SECONDS,
  );
  told.set(stage, { comment: commentOf(waiting.incident.issueNumber), runs: waiting.runs.length });
  await stage.changePolicy({ repair: { ...REPAIR, maxRunsPerDay: 2 } });
}

/** Two problems and a budget for one run: the second waits, says so, and goes on when the operator allows more. */
export const budget: Scenario = {
  name: "budget",
  title: "the day's budget is spent by the first repair; the second waits and says so, until the operator allows more",
  stage: { policy: { repair: { ...REPAIR, maxRunsPerDay: 1 } } },
  timeoutSeconds: 290,
  async begin(stage) {
    await stage.world.breakShop(getBug("coupon-null"));
    await stage.world.breakShop(getBug("order-date"));
    await raiseOnceTold(stage);
  },
  isOver: (stories) => stories.length === 2 && stories.every(({ incident }) => incident.state === "recovered"),
  judge: (stories, effects) => [
    ...(stories.length === 2 ? [] : [`${stories.length} incidents were opened`]),
    ...stories.flatMap(({ incident, runs }) =>
      incident.state === "recovered" && runs.length === 1
        ? []
        : [`INC-${incident.number} is ${incident.state} after ${runs.length} runs`],
    ),
    ...(effects.pullRequests.length === 2 ? [] : [`${effects.pullRequests.length} pull requests`]),
  ],
  async examine(stage, tell) {
    const { comment = "", runs } = told.get(stage) ?? {};
    tell(`the issue said: ${comment.split("\n").find((line) => line.includes(TOLD)) ?? "nothing"}`);
    return [
      ...(comment.includes(TOLD) ? [] : ["nobody was told that the budget is reached"]),
      ...(runs === 0 ? [] : [`${runs} runs began over the budget`]),
    ];
  },
};
