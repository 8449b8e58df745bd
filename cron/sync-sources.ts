import type { Schedule } from "./schedule.ts";

/** Asks the sources what no webhook brought, and publishes what follows from it. */
export const syncSources: Schedule = {
  name: "sync-sources",
  path: "/api/cron/sync-sources",
  schedule: "*/5 * * * *",
  async run(outside) {
    const counts = await outside.syncSources();
    return { ...counts, ...(await outside.publishDueJobs()) };
  },
};
