import { setTimeout as sleep } from "node:timers/promises";
import type { IncidentStory } from "../../lib/insight/model.ts";
import type { DemoStage } from "../stage.ts";
import { readStories } from "../story.ts";

const LOOK_MS = 300;

/** What people and production do while the incident goes its way. `faults` are what it found wrong, once it is through. */
export function alongside(script: (stage: DemoStage) => Promise<string[]>) {
  let played: Promise<string[]> = Promise.resolve(["it never began"]);
  let isThrough = false;
  return {
    begin(stage: DemoStage): void {
      played = script(stage)
        .catch((error) => [error instanceof Error ? error.message : String(error)])
        .finally(() => {
          isThrough = true;
        });
    },
    isThrough: () => isThrough,
    faults: () => played,
  };
}

/** The first incident's story, once `isSo`; throws after `seconds`, saying what did not come. */
export async function waitFor(
  stage: DemoStage,
  what: string,
  isSo: (story: IncidentStory) => boolean,
  seconds = 120,
): Promise<IncidentStory> {
  const deadlineMs = Date.now() + seconds * 1_000;
  while (Date.now() < deadlineMs) {
    const [story] = await readStories(stage).catch(() => []);
    if (story && isSo(story)) return story;
    await sleep(LOOK_MS);
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

/** Whether the timeline has an entry of this kind. */
export const has = (kind: string) => (story: IncidentStory) => story.timeline.some((entry) => entry.kind === kind);
