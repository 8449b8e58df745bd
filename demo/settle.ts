import { setTimeout as sleep } from "node:timers/promises";
import type { DemoStage } from "./stage.ts";

const LOOKS = 60;
const QUIET_LOOKS = 3;

/** Waits until no job is due: closing the issue and writing the lesson come after the verdict. */
export async function settle(stage: DemoStage): Promise<void> {
  for (let quiet = 0, looks = 0; quiet < QUIET_LOOKS && looks < LOOKS; looks += 1) {
    const { items } = await stage.ask<{ items: { state: string; runAt: string }[] }>("/api/admin/jobs?limit=100");
    const isDue = items.some(
      (job) => job.state === "running" || (job.state === "pending" && Date.parse(job.runAt) <= Date.now()),
    );
    quiet = isDue ? 0 : quiet + 1;
    await sleep(400);
  }
  await stage.world.github.settled();
}
