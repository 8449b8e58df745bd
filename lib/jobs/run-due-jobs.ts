import { messageOf } from "../kernel/errors.ts";
import type { JobId } from "../kernel/ids.ts";
import { type JobRunner, runLeasedJob } from "./run-job.ts";
import { leaseDueJobs, nextDueAt, renewLeases, requeueLost } from "./store.ts";

export interface LocalDriver {
  /** Looks at the outbox now instead of at the next poll. */
  wake(): void;
  /** Stops taking jobs and waits for the running ones. */
  stop(): Promise<void>;
}

/**
 * The broker of a process without QStash: leases due jobs and runs them here, with the same leases, retries, dead letters
 * and single effects. At most `concurrency` at a time; looks again at the next due time, when woken, or after `pollMs`.
 */
export function startLocalDriver(runner: JobRunner, options: { concurrency: number; pollMs: number }): LocalDriver {
  const { ctx } = runner;
  const running = new Map<JobId, Promise<unknown>>();
  let isStopping = false;
  let isFresh = false;
  let wakeUp: () => void = () => {};

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function round(): Promise<number> {
    const now = ctx.clock.now();
    await requeueLost(ctx.db.db, now);
    const free = options.concurrency - running.size;
    const leased = free > 0 ? await leaseDueJobs(ctx.db.db, now, runner.leaseMs, free) : [];
    for (const job of leased) {
      const run = runLeasedJob(runner, job).catch((error) =>
        ctx.log.log("error", "job.crashed", { id: job.id, name: job.name, error: messageOf(error) }),
      );
      running.set(
        job.id,
        run.finally(() => {
          running.delete(job.id);
          isFresh = true;
          wakeUp();
        }),
      );
    }
    if (leased.length === free && free > 0) return 0;
    const next = await nextDueAt(ctx.db.db);
    return next === null ? options.pollMs : Math.max(0, Math.min(options.pollMs, next.getTime() - now.getTime()));
  }

  async function loop(): Promise<void> {
    while (!isStopping) {
      isFresh = false;
      const waitMs = await round().catch((error) => {
        ctx.log.log("error", "jobs.round_failed", { error: messageOf(error) });
        return options.pollMs;
      });
      if (!isStopping && !isFresh) await sleep(running.size >= options.concurrency ? options.pollMs : waitMs);
    }
    await Promise.all(running.values());
  }

  // A third of a lease: two renewals may fail before another process takes the job.
  const renewal = setInterval(() => {
    const until = new Date(ctx.clock.now().getTime() + runner.leaseMs);
    renewLeases(ctx.db.db, [...running.keys()], until).catch((error) =>
      ctx.log.log("warn", "jobs.renewal_failed", { error: messageOf(error) }),
    );
  }, runner.leaseMs / 3);
  const finished = loop();
  return {
    wake() {
      isFresh = true;
      wakeUp();
    },
    async stop() {
      isStopping = true;
      wakeUp();
      await finished;
      clearInterval(renewal);
    },
  };
}
