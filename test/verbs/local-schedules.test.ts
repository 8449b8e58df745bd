import { describe, expect, it } from "vitest";
import { schedules } from "../../cron/index.ts";
import { systemClock } from "../../lib/runtime/clock.ts";
import { type LocalSchedule, nextDueAt, readMinutes, startLocalSchedules } from "../../lib/wiring/local-schedules.ts";

describe("the minutes of a schedule", () => {
  const at = (time: string) => new Date(`2026-10-06T${time}Z`);

  it.each([
    ["* * * * *", "12:00:00", "12:01:00"],
    ["* * * * *", "12:00:59.999", "12:01:00"],
    ["*/5 * * * *", "12:00:00", "12:05:00"],
    ["*/5 * * * *", "12:57:30", "13:00:00"],
    ["*/15 * * * *", "23:50:00", "00:00:00"],
    ["20 * * * *", "12:20:00", "13:20:00"],
  ])("%s after %s are %s", (schedule, now, expected) => {
    expect(nextDueAt(schedule, at(now)).toISOString().slice(11, 19)).toBe(expected);
  });

  it.each(schedules.map((one) => [one.name, one.schedule]))("of %s can be kept by one process", (_, schedule) => {
    expect(() => nextDueAt(schedule, at("12:00:00"))).not.toThrow();
  });

  it.each(["0 5 * * *", "*/0 * * * *", "1-5 * * * *", "60 * * * *", "* * * * 1", "@hourly", ""])(
    "%j are refused aloud",
    (schedule) => {
      expect(() => readMinutes(schedule)).toThrow(expect.objectContaining({ code: "schedule_not_known" }));
    },
  );
});

describe("a process that keeps its own schedules", () => {
  const open = () => {
    const errors: string[] = [];
    const log = (level: string, _event: string, fields: Record<string, unknown> = {}) => {
      if (level === "error") errors.push(String(fields.error));
    };
    return { ctx: { clock: systemClock, log: { log } }, errors };
  };
  const oneOf = (changes: Partial<LocalSchedule>): LocalSchedule => ({
    name: "sync-sources",
    schedule: "*/5 * * * *",
    everySeconds: null,
    run: async () => ({}),
    ...changes,
  });

  it("runs an interval at once, and a time of the hour only at its time", async () => {
    const { ctx } = open();
    const ran: string[] = [];
    const note = (name: string) => async () => {
      ran.push(name);
      return {};
    };
    const done = new Promise<void>((resolve) => {
      const local = startLocalSchedules(
        ctx,
        [
          oneOf({ run: note("interval") }),
          oneOf({
            name: "hourly",
            schedule: `${(systemClock.now().getUTCMinutes() + 30) % 60} * * * *`,
            run: note("hourly"),
          }),
        ],
        () => resolve(local.stop()),
      );
    });
    await done;
    expect(ran).toEqual(["interval"]);
  });

  it("runs again after its seconds, never twice at a time, and goes on after a failure", async () => {
    const { ctx, errors } = open();
    let running = 0;
    let most = 0;
    let runs = 0;
    await new Promise<void>((resolve) => {
      const local = startLocalSchedules(
        ctx,
        [
          oneOf({
            everySeconds: 0.005,
            async run() {
              running += 1;
              runs += 1;
              most = Math.max(most, running);
              await new Promise((done) => setTimeout(done, 20));
              running -= 1;
              if (runs === 1) throw new Error("the source is away");
              return {};
            },
          }),
        ],
        () => {
          if (runs >= 3) resolve(local.stop());
        },
      );
    });
    expect([most, errors]).toEqual([1, ["the source is away"]]);
  });
});
