/** What schedules work with; wiring hands it in. */
export interface ScheduleOutside {
  publishDueJobs(): Promise<Record<string, unknown>>;
  wakeStalled(): Promise<Record<string, unknown>>;
  syncSources(): Promise<Record<string, unknown>>;
  findSlow(): Promise<Record<string, unknown>>;
  forgetLessons(): Promise<Record<string, unknown>>;
  findWork(): Promise<Record<string, unknown>>;
  sweepPulls(): Promise<Record<string, unknown>>;
}

/** One schedule. `schedule` is the cron expression (UTC) that it deserves where the plan allows it. */
export interface Schedule {
  name: string;
  path: `/api/cron/${string}`;
  schedule: string;
  run(outside: ScheduleOutside): Promise<Record<string, unknown>>;
}
