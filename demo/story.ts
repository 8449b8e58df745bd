import { setTimeout as sleep } from "node:timers/promises";
import type { IncidentStory } from "../lib/insight/model.ts";
import type { DemoStage } from "./stage.ts";

/** Every incident with its story, as the admin API tells it. */
export async function readStories(stage: DemoStage): Promise<IncidentStory[]> {
  const page = await stage.ask<{ items: { id: string }[] }>("/api/admin/incidents?limit=100");
  return Promise.all(page.items.map(({ id }) => stage.ask<IncidentStory>(`/api/admin/incidents/${id}`)));
}

/** Calls `tell` with every new line of every timeline, as it appears, until `isOver` says so. Survives a server that is away. */
export async function followStories(
  stage: DemoStage,
  tell: (line: string) => void,
  isOver: (stories: IncidentStory[]) => boolean,
  deadlineMs: number,
): Promise<IncidentStory[]> {
  const told = new Set<number>();
  let stories: IncidentStory[] = [];
  while (Date.now() < deadlineMs) {
    try {
      stories = await readStories(stage);
      for (const story of stories) {
        for (const entry of story.timeline) {
          if (told.has(entry.seq)) continue;
          told.add(entry.seq);
          tell(
            `${entry.at.slice(11, 19)} INC-${story.incident.number} ${entry.kind.replaceAll("_", " ")}: ${entry.summary}`,
          );
        }
      }
      if (isOver(stories)) return stories;
    } catch {
      // The server is being restarted: the next look tells.
    }
    await sleep(400);
  }
  return stories;
}
