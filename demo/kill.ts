import { setTimeout as sleep } from "node:timers/promises";
import { readEffects } from "./effects.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { settle } from "./settle.ts";
import { type DemoStage, openStage } from "./stage.ts";
import { followStories, readStories } from "./story.ts";

/** Longest pause between two kills; with the restarts between them, ten of them fall all over the crash scenario. */
const LONGEST_PAUSE_MS = 4_000;
const SHORTEST_PAUSE_MS = 300;

/** Kills the control plane with -9 at random moments and starts it again each time. */
async function killRepeatedly(stage: DemoStage, kills: number, tell: (line: string) => void): Promise<void> {
  for (let count = 1; count <= kills; count += 1) {
    await sleep(SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
    const stories = await readStories(stage).catch(() => []);
    await stage.server.kill();
    tell(`kill -9 number ${count}, while the incident was ${stories[0]?.incident.state ?? "not there yet"}`);
    await stage.server.start();
  }
}

/**
 * The crash scenario under `kill -9` of the control plane at `kills` random moments. Answers what did not end as it
 * should: it has to recover all the same, with one issue, one branch, one pull request and one closing.
 */
export async function playWithKills(
  kills: number,
  tell: (line: string) => void,
  timeoutSeconds: number,
): Promise<string[]> {
  const scenario = SCENARIOS.find((one) => one.name === "crash");
  if (!scenario) throw new Error("there is no scenario crash");
  const stage = await openStage({ log: () => {} });
  try {
    const deadlineMs = Date.now() + timeoutSeconds * 1_000;
    await scenario.begin(stage);
    const killing = killRepeatedly(stage, kills, tell);
    const following = followStories(stage, tell, (stories) => scenario.isOver(stories), deadlineMs);
    await Promise.all([killing, following]);
    await settle(stage);
    const stories = await readStories(stage);
    const isOver = scenario.isOver(stories);
    return [
      ...(isOver ? [] : [`it was not over after ${timeoutSeconds} s`]),
      ...scenario.judge(stories, await readEffects(stage.world)),
    ];
  } finally {
    await stage.close();
  }
}
