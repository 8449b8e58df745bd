import { findSlow } from "./find-slow.ts";
import { findWork } from "./find-work.ts";
import { forgetLessons } from "./forget-lessons.ts";
import { publishJobs } from "./publish-jobs.ts";
import { review } from "./review.ts";
import type { Schedule } from "./schedule.ts";
import { syncSources } from "./sync-sources.ts";
import { wakeStalled } from "./wake-stalled.ts";

/**
 * Every schedule. They know no scheduler: QStash runs them as often as they ask (`patchpilot schedules --apply`), and
 * vercel.json runs each once a day, the most that deploys on every plan.
 */
export const schedules: readonly Schedule[] = [
  publishJobs,
  syncSources,
  wakeStalled,
  findSlow,
  forgetLessons,
  findWork,
  review,
];
