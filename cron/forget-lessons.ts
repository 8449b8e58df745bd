import type { Schedule } from "./schedule.ts";

/** Forgets what the policy keeps no longer of what ended incidents taught. */
export const forgetLessons: Schedule = {
  name: "forget-lessons",
  path: "/api/cron/forget-lessons",
  schedule: "20 * * * *",
  run: (outside) => outside.forgetLessons(),
};
