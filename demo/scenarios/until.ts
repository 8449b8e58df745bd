import { setTimeout as sleep } from "node:timers/promises";
import type { IncidentStory } from "../../lib/insight/model.ts";
import type { DemoStage } from "../stage.ts";
import { readStories } from "../story.ts";

const LOOK_MS = 400;

/** Looks until one of the incidents is so, and answers it; throws, naming what was waited for, after `seconds`. */
export async function untilStory(
  stage: DemoStage,
  what: string,
  isSo: (story: IncidentStory) => boolean,
  seconds: number,
): Promise<IncidentStory> {
  const deadlineMs = Date.now() + seconds * 1_000;
  while (Date.now() < deadlineMs) {
    const found = (await readStories(stage).catch(() => [])).find(isSo);
    if (found) return found;
    await sleep(LOOK_MS);
  }
  throw new Error(`waited ${seconds} s in vain until ${what}`);
}
