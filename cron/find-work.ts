import type { Schedule } from "./schedule.ts";

/** Looks for work that nobody reported, where the policy asks for it; the looks are jobs, so that a rate limit is waited for. */
export const findWork: Schedule = {
  name: "find-work",
  path: "/api/cron/find-work",
  schedule: "50 * * * *",
  async run(outside) {
    const asked = await outside.findWork();
    return { ...asked, ...(await outside.publishDueJobs()) };
  },
};
