import type { Schedule } from "./schedule.ts";

/** Puts incidents back on their way whose next job got lost, and publishes what that brought. */
export const wakeStalled: Schedule = {
  name: "wake-stalled",
  path: "/api/cron/wake-stalled",
  schedule: "*/15 * * * *",
  async run(outside) {
    const woken = await outside.wakeStalled();
    return { ...woken, ...(await outside.publishDueJobs()) };
  },
};
