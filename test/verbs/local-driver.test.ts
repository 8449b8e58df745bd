import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { jobs } from "../../lib/db/schema/index.ts";
import { listTimeline } from "../../lib/incidents/index.ts";
import { DONE, type JobHandlers } from "../../lib/jobs/model.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
import { type LocalDriver, startLocalDriver } from "../../lib/jobs/run-due-jobs.ts";
import type { JobRunner } from "../../lib/jobs/run-job.ts";
import { leaseJob, requeueLost } from "../../lib/jobs/store.ts";
import type { JobId } from "../../lib/kernel/ids.ts";
import { systemClock } from "../../lib/runtime/clock.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { createTestContext, createTestRunner, insertIncident, JOB, writeOneEntry } from "../support/job-machine.ts";
import { openTestPglite } from "../support/pglite.ts";

const NEVER_MS = 3_600_000;
const WAIT = { timeout: 10_000, interval: 10 };

let database: Awaited<ReturnType<typeof openTestPglite>>;
let ctx: Context;
let incidentId: string;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.client.exec("truncate jobs, job_runs, timeline, incidents cascade");
  ctx = createTestContext(database, systemClock);
  incidentId = await insertIncident(ctx);
});

const ask = (runAt?: Date) => enqueue(database.db, ctx, JOB, { incidentId }, runAt ? { runAt } : {});
const listStates = async () => (await database.db.select().from(jobs)).map((job) => job.state);
const countEffects = async () => (await listTimeline(database.db, incidentId)).length;
const later = (ms: number) => new Date(Date.now() + ms);

/** Runs `work` with a driver, and ends it. */
async function withDriver(
  handlers: Partial<JobHandlers>,
  work: (driver: LocalDriver) => Promise<void>,
  changes: Partial<JobRunner> & { concurrency?: number; pollMs?: number } = {},
) {
  const { concurrency = 4, pollMs = NEVER_MS, ...runnerChanges } = changes;
  const { runner } = createTestRunner(ctx, handlers, runnerChanges);
  const driver = startLocalDriver(runner, { concurrency, pollMs });
  try {
    await work(driver);
  } finally {
    await driver.stop();
  }
}

/** A handler that ends when it is told to, and says how many have begun. */
function createHeldHandler() {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const state = { begun: 0, release };
  const handler = async () => {
    state.begun += 1;
    await held;
    return DONE;
  };
  return { state, handler };
}

describe("the in-process driver", () => {
  it("runs what is due when it starts", async () => {
    await ask();
    await withDriver({ [JOB]: writeOneEntry }, async () => {
      await vi.waitFor(async () => expect(await listStates()).toEqual(["done"]), WAIT);
      expect(await countEffects()).toBe(1);
    });
  });

  it("looks at once when it is woken", async () => {
    await withDriver({ [JOB]: writeOneEntry }, async (driver) => {
      await ask();
      driver.wake();
      await vi.waitFor(async () => expect(await listStates()).toEqual(["done"]), WAIT);
    });
  });

  it("comes back by itself at the next job's time", async () => {
    await ask(later(150));
    await withDriver({ [JOB]: writeOneEntry }, async () => {
      await vi.waitFor(async () => expect(await listStates()).toEqual(["done"]), WAIT);
    });
  });

  it("runs what a job asked for while it ran, after it", async () => {
    await ask();
    let runs = 0;
    const handler = async () => {
      runs += 1;
      if (runs === 1) await ask();
      return DONE;
    };
    await withDriver({ [JOB]: handler }, async () => {
      await vi.waitFor(async () => expect(await listStates()).toEqual(["done", "done"]), WAIT);
      expect(runs).toBe(2);
    });
  });

  it("tries a failed job again", async () => {
    await ask();
    let runs = 0;
    const handler = async () => {
      runs += 1;
      if (runs < 3) throw new Error("not yet");
      return DONE;
    };
    await withDriver(
      { [JOB]: handler },
      async () => {
        await vi.waitFor(async () => expect(await listStates()).toEqual(["done"]), WAIT);
        expect(runs).toBe(3);
      },
      { retryScale: 0.0001 },
    );
  });

  it("works on no more jobs at once than it may", async () => {
    for (let index = 0; index < 5; index++) {
      await enqueue(database.db, ctx, JOB, { incidentId }, { key: `k:${index}` });
    }
    const { state, handler } = createHeldHandler();
    await withDriver(
      { [JOB]: handler },
      async () => {
        await vi.waitFor(() => expect(state.begun).toBe(2), WAIT);
        expect((await listStates()).sort()).toEqual(["pending", "pending", "pending", "running", "running"]);
        state.release();
        await vi.waitFor(async () => expect(await listStates()).toEqual(Array(5).fill("done")), WAIT);
      },
      { concurrency: 2 },
    );
  });

  it("keeps the lease of a job that takes longer than one, so that nobody else runs it", async () => {
    await ask();
    const { state, handler } = createHeldHandler();
    const leaseMs = 300;
    await withDriver(
      { [JOB]: handler },
      async () => {
        await vi.waitFor(() => expect(state.begun).toBe(1), WAIT);
        const [job] = await database.db.select().from(jobs);
        const firstLease = job?.leaseUntil ?? new Date(0);
        // Two leases later another process still finds it busy.
        await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(firstLease.getTime() + leaseMs), WAIT);
        expect(await requeueLost(database.db, new Date())).toBe(0);
        expect(await leaseJob(database.db, job?.id as JobId, new Date(), leaseMs)).toEqual({ type: "busy" });
        state.release();
        await vi.waitFor(async () => expect(await listStates()).toEqual(["done"]), WAIT);
        expect(state.begun).toBe(1);
      },
      { leaseMs },
    );
  });

  it("stops only when its running jobs have ended, and takes no more", async () => {
    await ask();
    const { state, handler } = createHeldHandler();
    const { runner } = createTestRunner(ctx, { [JOB]: handler });
    const driver = startLocalDriver(runner, { concurrency: 4, pollMs: NEVER_MS });
    await vi.waitFor(() => expect(state.begun).toBe(1), WAIT);
    let isStopped = false;
    const stopping = driver.stop().then(() => {
      isStopped = true;
    });
    await enqueue(database.db, ctx, "alerts.update-issue", { incidentId });
    driver.wake();
    expect(isStopped).toBe(false);
    expect((await listStates()).sort()).toEqual(["pending", "running"]);
    state.release();
    await stopping;
    expect((await listStates()).sort()).toEqual(["done", "pending"]);
  });

  it("takes up what a dead process left, when its lease has run out", async () => {
    await ask();
    const [job] = await database.db.select().from(jobs);
    await leaseJob(database.db, job?.id as JobId, new Date(Date.now() - 60_000), 1_000);
    await withDriver({ [JOB]: writeOneEntry }, async () => {
      await vi.waitFor(async () => expect(await listStates()).toEqual(["done"]), WAIT);
      expect(await countEffects()).toBe(1);
    });
  });

  it("goes on after the database failed it for a while", async () => {
    await database.client.exec("alter table jobs rename to jobs_away");
    await withDriver(
      { [JOB]: writeOneEntry },
      async () => {
        await database.client.exec("alter table jobs_away rename to jobs");
        await ask();
        await vi.waitFor(async () => expect(await listStates()).toEqual(["done"]), WAIT);
      },
      { pollMs: 20 },
    );
  });

  it("asks the database next to nothing while a key is at work and its next job waits", async () => {
    await ask();
    const { state, handler } = createHeldHandler();
    let rounds = 0;
    const counting = {
      now: () => {
        rounds += 1;
        return new Date();
      },
    };
    const { runner } = createTestRunner(createTestContext(database, counting), { [JOB]: handler });
    const driver = startLocalDriver(runner, { concurrency: 4, pollMs: NEVER_MS });
    await vi.waitFor(() => expect(state.begun).toBe(1), WAIT);
    await ask();
    driver.wake();
    const before = rounds;
    const until = Date.now() + 250;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(until), WAIT);
    expect(rounds - before).toBeLessThan(5);
    state.release();
    await vi.waitFor(async () => expect(await listStates()).toEqual(["done", "done"]), WAIT);
    await driver.stop();
  });
});
