import { AppError, messageOf } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";

export interface LocalSchedule {
  name: string;
  /** Cron, of the forms that `readMinutes` knows. */
  schedule: string;
  /** Runs that often instead, where it is set. */
  everySeconds: number | null;
  run(): Promise<Record<string, unknown>>;
}

const MINUTE_MS = 60_000;
const MINUTES_AN_HOUR = 60;

/**
 * In which minutes of every hour a schedule is due: `*`, a step (star, slash, number) or one number, and stars after it. That is all that ours
 * use; AppError `schedule_not_known` for any other, so that a new one is not left out in silence.
 */
export function readMinutes(schedule: string): { isDue(minute: number): boolean; isInterval: boolean } {
  const minutes = /^(\*|\*\/[1-9]\d?|[1-5]?\d) \* \* \* \*$/.exec(schedule)?.[1];
  if (minutes === undefined) {
    throw new AppError("schedule_not_known", `one process cannot keep the schedule "${schedule}"`, { retry: "never" });
  }
  if (/^\d/.test(minutes)) return { isDue: (minute) => minute === Number(minutes), isInterval: false };
  const step = minutes === "*" ? 1 : Number(minutes.slice(2));
  return { isDue: (minute) => minute % step === 0, isInterval: true };
}

/** The beginning of the next minute in which a schedule is due. */
export function nextDueAt(schedule: string, now: Date): Date {
  const { isDue } = readMinutes(schedule);
  const thisMinute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let ahead = 1; ahead <= MINUTES_AN_HOUR; ahead += 1) {
    const at = new Date(thisMinute + ahead * MINUTE_MS);
    if (isDue(at.getUTCMinutes())) return at;
  }
  throw new AppError("schedule_not_known", `the schedule "${schedule}" is never due`, { retry: "never" });
}

/**
 * Runs schedules in this process, where no scheduler outside does: an interval at once and then at its minutes, never two
 * runs of one at a time. A run that fails is logged, and the next one comes at its time. `onRan` follows every run.
 */
export function startLocalSchedules(
  ctx: Pick<Context, "clock" | "log">,
  schedules: readonly LocalSchedule[],
  onRan: () => void,
): { stop(): Promise<void> } {
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, Promise<void>>();
  let isStopping = false;

  const runOne = async ({ name, run }: LocalSchedule): Promise<void> => {
    try {
      ctx.log.log("debug", "schedule", { schedule: name, ...(await run()) });
    } catch (error) {
      ctx.log.log("error", "schedule.failed", { schedule: name, error: messageOf(error) });
    }
    onRan();
  };
  const wait = (one: LocalSchedule, delayMs: number): void => {
    if (isStopping) return;
    const start = () => {
      const run = runOne(one).finally(() => {
        running.delete(one.name);
        wait(one, delayOf(one));
      });
      running.set(one.name, run);
    };
    timers.set(one.name, setTimeout(start, delayMs));
  };
  const delayOf = ({ schedule, everySeconds }: LocalSchedule): number => {
    const now = ctx.clock.now();
    return everySeconds === null ? nextDueAt(schedule, now).getTime() - now.getTime() : everySeconds * 1_000;
  };

  for (const one of schedules) wait(one, readMinutes(one.schedule).isInterval ? 0 : delayOf(one));
  return {
    async stop() {
      isStopping = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}
