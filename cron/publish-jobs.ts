import type { Schedule } from "./schedule.ts";

/** The sweeper: hands what waits in the outbox to the broker. The first job of every alert starts here. */
export const publishJobs: Schedule = {
  name: "publish-jobs",
  path: "/api/cron/publish-jobs",
  schedule: "* * * * *",
  run: (outside) => outside.publishDueJobs(),
};
