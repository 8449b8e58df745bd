import type { Schedule } from "./schedule.ts";

/** Asks the source every hour whether anything became slow. The look is a job, so that a rate limit is waited for. */
export const findSlow: Schedule = {
  name: "find-slow",
  path: "/api/cron/find-slow",
  schedule: "20 * * * *",
  async run(outside) {
    const asked = await outside.findSlow();
    return { ...asked, ...(await outside.publishDueJobs()) };
  },
};
