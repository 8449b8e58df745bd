import type { Schedule } from "./schedule.ts";

/** Looks for pull requests whose webhooks were lost; the looks are jobs. */
export const review: Schedule = {
  name: "review",
  path: "/api/cron/review",
  schedule: "*/15 * * * *",
  async run(outside) {
    const swept = await outside.sweepPulls();
    return { ...swept, ...(await outside.publishDueJobs()) };
  },
};
