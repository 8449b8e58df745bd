import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rowsOf } from "../../lib/db/database.ts";
import { jobs } from "../../lib/db/schema/index.ts";
import { findIncident, listTimeline, noteDeadJob, recordTimeline } from "../../lib/incidents/index.ts";
import { DONE, type JobOutcome } from "../../lib/jobs/model.ts";
import { enqueue, enqueueUnlessWaiting, jobKey } from "../../lib/jobs/outbox.ts";
import { retryDelayMs } from "../../lib/jobs/retry-delay.ts";
import { runJob, runLeasedJob } from "../../lib/jobs/run-job.ts";
import {
  countJobs,
  type JobRow,
  leaseDueJobs,
  leaseJob,
  listPublishable,
  markPublished,
  nextDueAt,
  requeueLost,
  reviveJob,
} from "../../lib/jobs/store.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { inTransaction } from "../../lib/runtime/in-transaction.ts";
import {
  createTestContext,
  createTestRunner,
  insertIncident,
  JOB,
  LEASE_MS,
  writeOneEntry,
} from "../support/job-machine.ts";
import { openTestPglite } from "../support/pglite.ts";
import { createTestClock, type TestClock } from "../support/test-clock.ts";

const MINUTE_MS = 60_000;

let database: Awaited<ReturnType<typeof openTestPglite>>;
let clock: TestClock;
let ctx: Context;
let incidentId: string;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.client.exec("truncate jobs, job_runs, timeline, incidents cascade");
  clock = createTestClock();
  ctx = createTestContext(database, clock);
  incidentId = await insertIncident(ctx);
});

const later = (ms: number) => new Date(clock.now().getTime() + ms);
const ask = (options: { runAt?: Date } = {}) => enqueue(database.db, ctx, JOB, { incidentId }, options);
const listJobs = () => database.db.select().from(jobs).orderBy(jobs.id);
const countEffects = async () =>
  (await listTimeline(database.db, incidentId)).filter((one) => one.kind === "effect").length;

/** The one job there is. */
async function theJob() {
  const all = await listJobs();
  expect(all).toHaveLength(1);
  const [job] = all;
  if (!job) throw new Error("no job");
  return job;
}

async function lease(): Promise<JobRow> {
  const [row] = await leaseDueJobs(database.db, clock.now(), LEASE_MS, 1);
  if (!row) throw new Error("nothing was due");
  return row;
}

describe("a waiting job", () => {
  it("asked for twice under one key waits once, and the earlier time wins", async () => {
    await ask({ runAt: later(10 * MINUTE_MS) });
    await ask({ runAt: later(20 * MINUTE_MS) });
    expect((await theJob()).runAt).toEqual(later(10 * MINUTE_MS));
    await ask({ runAt: later(5 * MINUTE_MS) });
    expect(await theJob()).toMatchObject({ runAt: later(5 * MINUTE_MS), key: jobKey(JOB, { incidentId }) });
  });

  it("is published again when it is brought forward, so that the broker learns the new time", async () => {
    await ask({ runAt: later(10 * MINUTE_MS) });
    const job = await theJob();
    await markPublished(database.db, { id: "job_other", runAt: job.runAt }, "msg_0", clock.now());
    expect((await theJob()).state).toBe("pending");
    await markPublished(database.db, { id: job.id as `job_${string}`, runAt: job.runAt }, "msg_1", clock.now());
    expect(await theJob()).toMatchObject({ state: "published", messageId: "msg_1" });
    await ask({ runAt: later(20 * MINUTE_MS) });
    expect((await theJob()).state).toBe("published");
    await ask();
    expect(await theJob()).toMatchObject({ state: "pending", runAt: clock.now() });
  });

  it("that was brought forward while it was being published is not taken for published", async () => {
    await ask({ runAt: later(10 * MINUTE_MS) });
    const [listed] = await listPublishable(database.db, clock.now(), 60 * MINUTE_MS, 10);
    await ask();
    if (!listed) throw new Error("not listed");
    await markPublished(database.db, listed, "msg_late", clock.now());
    expect(await theJob()).toMatchObject({ state: "pending", messageId: null });
  });

  it("is not taken before its time, and a broker that comes early is told when", async () => {
    await ask({ runAt: later(MINUTE_MS) });
    const { id } = await theJob();
    expect(await leaseDueJobs(database.db, clock.now(), LEASE_MS, 10)).toEqual([]);
    const early = await leaseJob(database.db, id as `job_${string}`, clock.now(), LEASE_MS);
    expect(early).toEqual({ type: "early", runAt: later(MINUTE_MS) });
    expect(await nextDueAt(database.db)).toEqual(later(MINUTE_MS));
    clock.advance(MINUTE_MS);
    expect(await leaseDueJobs(database.db, clock.now(), LEASE_MS, 10)).toHaveLength(1);
  });

  it("is left alone by enqueueUnlessWaiting, waiting or at work", async () => {
    const again = () => enqueueUnlessWaiting(database.db, ctx, JOB, { incidentId });
    expect(await again()).toBe(true);
    expect(await again()).toBe(false);
    await lease();
    expect(await again()).toBe(false);
  });

  it("beyond the broker's horizon stays in the outbox for a later sweep", async () => {
    await ask({ runAt: later(10 * MINUTE_MS) });
    expect(await listPublishable(database.db, clock.now(), 9 * MINUTE_MS, 10)).toEqual([]);
    expect(await listPublishable(database.db, clock.now(), 10 * MINUTE_MS, 10)).toHaveLength(1);
  });
});

describe("jobs of one key", () => {
  it("never run side by side, and what is asked for during a run gets a run of its own", async () => {
    await ask();
    const first = await lease();
    await ask();
    expect(await countJobs(database.db)).toEqual({ running: 1, pending: 1 });
    expect(await leaseDueJobs(database.db, clock.now(), LEASE_MS, 10)).toEqual([]);
    const second = (await listJobs()).find((job) => job.state === "pending");
    expect(await leaseJob(database.db, second?.id as `job_${string}`, clock.now(), LEASE_MS)).toEqual({ type: "busy" });
    const { runner } = createTestRunner(ctx, { [JOB]: writeOneEntry });
    expect(await runLeasedJob(runner, first)).toEqual(DONE);
    expect(await runLeasedJob(runner, await lease())).toEqual(DONE);
    expect(await countEffects()).toBe(2);
  });

  it("that wait for each other are no reason to look again at once", async () => {
    await ask();
    await lease();
    await ask();
    expect(await nextDueAt(database.db)).toBeNull();
  });

  it("stand in for one that fails meanwhile, no later than it would have run again", async () => {
    await ask();
    const first = await lease();
    await ask({ runAt: later(24 * 60 * MINUTE_MS) });
    const { runner } = createTestRunner(ctx, {
      [JOB]: async () => ({ type: "retry", reason: "not yet", afterMs: 5_000 }),
    });
    await runLeasedJob(runner, first);
    const all = await listJobs();
    expect(all.find((job) => job.id === first.id)).toMatchObject({ state: "done", lastError: "superseded: not yet" });
    expect(all.find((job) => job.id !== first.id)).toMatchObject({ state: "pending", runAt: later(5_000) });
  });
});

describe("a failing job", () => {
  const failing = (make: () => Promise<JobOutcome>) => createTestRunner(ctx, { [JOB]: make });

  it("waits by the broker's own schedule, longer each time, and then runs", async () => {
    await ask();
    let isFixed = false;
    const { runner, dead } = failing(async () => {
      if (!isFixed) throw new Error("the network is down");
      return DONE;
    });
    for (const attempt of [1, 2, 3]) {
      await runLeasedJob(runner, await lease());
      expect(await theJob()).toMatchObject({
        state: "pending",
        attempts: attempt,
        runAt: later(Math.floor(retryDelayMs(attempt))),
        lastError: "the network is down",
        leaseUntil: null,
      });
      clock.advance(Math.ceil(retryDelayMs(attempt)));
    }
    isFixed = true;
    expect(await runLeasedJob(runner, await lease())).toEqual(DONE);
    expect(await theJob()).toMatchObject({ state: "done", lastError: null, finishedAt: clock.now() });
    expect(dead).toEqual([]);
  });

  it("obeys the delay that its error states, and tells it to the broker", async () => {
    await ask();
    const { runner } = failing(() => {
      throw new AppError("rate_limited", "too many requests", { retry: { afterMs: 42_000 } });
    });
    const outcome = await runLeasedJob(runner, await lease());
    expect(outcome).toMatchObject({ type: "retry", reason: "too many requests", afterMs: 42_000 });
    expect((await theJob()).runAt).toEqual(later(42_000));
  });

  it("always says when it can run again, so that a broker does not come before its time", async () => {
    await ask();
    const { runner } = failing(async () => ({ type: "retry", reason: "not yet" }));
    expect(await runLeasedJob(runner, await lease())).toEqual({
      type: "retry",
      reason: "not yet",
      afterMs: retryDelayMs(1),
    });
  });

  it("is dead after its last attempt, and is told of once", async () => {
    await ask();
    await database.db.update(jobs).set({ maxAttempts: 3 });
    const { runner, dead } = failing(async () => ({ type: "retry", reason: "not yet", afterMs: 0 }));
    for (let attempt = 1; attempt <= 3; attempt++) await runLeasedJob(runner, await lease());
    expect(await theJob()).toMatchObject({ state: "dead", lastError: "given up after 3 attempts: not yet" });
    expect(dead).toHaveLength(1);
    expect(await leaseDueJobs(database.db, clock.now(), LEASE_MS, 10)).toEqual([]);
  });

  it("is dead at once when its error says never", async () => {
    await ask();
    const { runner, dead } = failing(() => {
      throw new AppError("not_found", "the repository is gone", { retry: "never" });
    });
    const row = await lease();
    await runLeasedJob(runner, row);
    expect(dead).toEqual([{ id: row.id, name: JOB, reason: "not_found: the repository is gone" }]);
  });

  it("is dead at once when nobody knows its name or its payload", async () => {
    await ask();
    const row = await lease();
    const { runner } = failing(async () => DONE);
    expect(await runLeasedJob(runner, { ...row, name: "nobody.knows" })).toEqual({
      type: "dead",
      reason: "no job is called nobody.knows",
    });
    const outcome = await runLeasedJob(runner, { ...row, payload: { incident: 1 } });
    expect(outcome).toMatchObject({ type: "dead", reason: expect.stringContaining("incidentId") });
  });

  it("lives again when a person revives it, with all its attempts", async () => {
    await ask();
    const { runner } = failing(async () => ({ type: "dead", reason: "no" }));
    await runLeasedJob(runner, await lease());
    const { id } = await theJob();
    expect(await reviveJob(database.db, id, clock.now())).toBe(true);
    expect(await theJob()).toMatchObject({ state: "pending", attempts: 0 });
    expect(await reviveJob(database.db, id, clock.now())).toBe(false);
  });

  it("that goes to the dead letters escalates its incident, and asks for the issue to say so", async () => {
    await ask();
    const { runner } = createTestRunner(
      ctx,
      { [JOB]: async () => ({ type: "dead", reason: "no way" }) },
      { onDead: (job) => noteDeadJob(ctx, job) },
    );
    const row = await lease();
    await runLeasedJob(runner, row);
    expect((await findIncident(database.db, incidentId))?.state).toBe("escalated");
    const [entry] = await listTimeline(database.db, incidentId);
    expect(entry).toMatchObject({
      kind: "job_dead",
      summary: `${JOB} was given up: no way`,
      detail: { jobId: row.id },
    });
    const states = (await listJobs()).map((job) => [job.name, job.state]);
    expect(Object.fromEntries(states)).toEqual({
      [JOB]: "dead",
      "investigate.write-lesson": "pending",
      "alerts.update-issue": "pending",
    });
    expect(states).toHaveLength(3);
  });

  it("that only updates the issue is noted and escalates nothing", async () => {
    await noteDeadJob(ctx, { id: "job_1", name: "alerts.update-issue", payload: { incidentId }, reason: "no way" });
    expect((await findIncident(database.db, incidentId))?.state).toBe("new");
    expect(await listTimeline(database.db, incidentId)).toHaveLength(1);
    expect(await listJobs()).toEqual([]);
  });
});

describe("a job whose process dies", () => {
  /** Commits its effect and never comes back, as a process that is killed between commit and filing. */
  const commitAndDie = () => {
    let committed: () => void = () => {};
    const isCommitted = new Promise<void>((resolve) => {
      committed = resolve;
    });
    const { runner } = createTestRunner(ctx, {
      [JOB]: async (jobCtx, input) => {
        await writeOneEntry(jobCtx, input);
        committed();
        return new Promise<JobOutcome>(() => {});
      },
    });
    return { runner, isCommitted };
  };

  it("between commit and filing is done, without a second effect", async () => {
    await ask();
    const { runner, isCommitted } = commitAndDie();
    void runLeasedJob(runner, await lease());
    await isCommitted;
    clock.advance(LEASE_MS + 1);
    expect(await requeueLost(database.db, clock.now())).toBe(1);
    let isCalled = false;
    const second = createTestRunner(ctx, {
      [JOB]: async () => {
        isCalled = true;
        return DONE;
      },
    });
    expect(await runLeasedJob(second.runner, await lease())).toEqual(DONE);
    expect({ isCalled, effects: await countEffects(), state: (await theJob()).state }).toEqual({
      isCalled: false,
      effects: 1,
      state: "done",
    });
  });

  it("between commit and filing is answered as done to a broker that comes again", async () => {
    await ask();
    const { runner, isCommitted } = commitAndDie();
    const row = await lease();
    void runLeasedJob(runner, row);
    await isCommitted;
    expect(await runJob(runner, row.id)).toEqual(DONE);
    expect((await theJob()).state).toBe("done");
  });

  it("before its commit runs again when its lease has run out, not sooner", async () => {
    await ask();
    const row = await lease();
    const { runner } = createTestRunner(ctx, { [JOB]: writeOneEntry });
    expect(await runJob(runner, row.id)).toEqual({ type: "busy" });
    clock.advance(LEASE_MS + 1);
    expect(await runJob(runner, row.id)).toEqual(DONE);
    expect(await countEffects()).toBe(1);
  });

  it("throws after its commit, and is done all the same", async () => {
    await ask();
    const { runner } = createTestRunner(ctx, {
      [JOB]: async (jobCtx, input) => {
        await writeOneEntry(jobCtx, input);
        throw new Error("too late to matter");
      },
    });
    expect(await runLeasedJob(runner, await lease())).toEqual(DONE);
  });

  it("on its last attempt, with the answer to its COMMIT lost, is done and not dead", async () => {
    await ask();
    await database.db.update(jobs).set({ maxAttempts: 1 });
    const { runner, dead } = createTestRunner(ctx, {
      [JOB]: async (jobCtx, input) => {
        // The commit happened, but this side never heard of it.
        await writeOneEntry({ ...jobCtx, job: jobCtx.job && { ...jobCtx.job } }, input);
        throw new Error("Connection terminated unexpectedly");
      },
    });
    expect(await runLeasedJob(runner, await lease())).toEqual(DONE);
    expect(dead).toEqual([]);
  });

  it("leaves its place to the same job that waits already, which is then due at once", async () => {
    await ask();
    const row = await lease();
    await ask({ runAt: later(24 * 60 * MINUTE_MS) });
    clock.advance(LEASE_MS + 1);
    await requeueLost(database.db, clock.now());
    const all = await listJobs();
    expect(all.find((job) => job.id === row.id)?.state).toBe("done");
    expect(all.find((job) => job.id !== row.id)).toMatchObject({ state: "pending", runAt: clock.now() });
  });
});

describe("the sweeper", () => {
  const publishedAt = async (at: Date) => {
    await ask({ runAt: at });
    const job = await theJob();
    await markPublished(database.db, { id: job.id as `job_${string}`, runAt: job.runAt }, "msg_1", clock.now());
  };

  it("gives back what the broker lost, a quarter of an hour after its time", async () => {
    await publishedAt(clock.now());
    clock.advance(15 * MINUTE_MS);
    expect(await requeueLost(database.db, clock.now())).toBe(0);
    clock.advance(1);
    expect(await requeueLost(database.db, clock.now())).toBe(1);
    expect(await theJob()).toMatchObject({ state: "pending", messageId: null });
  });

  it("leaves a published job alone that is not due yet", async () => {
    await publishedAt(later(60 * MINUTE_MS));
    clock.advance(60 * MINUTE_MS);
    expect(await requeueLost(database.db, clock.now())).toBe(0);
  });

  it("leaves a job alone whose lease still runs", async () => {
    await ask();
    await lease();
    clock.advance(LEASE_MS);
    expect(await requeueLost(database.db, clock.now())).toBe(0);
  });
});

describe("a lease that ran out", () => {
  /** Two holders of one job: the first was too slow. */
  const overtaken = async () => {
    await ask();
    const first = await lease();
    clock.advance(LEASE_MS + 1);
    await requeueLost(database.db, clock.now());
    return { first, second: await lease() };
  };

  it("is taken over, and the first holder's late commit has no effect", async () => {
    const { first, second } = await overtaken();
    const { runner } = createTestRunner(ctx, { [JOB]: writeOneEntry });
    expect(second).toMatchObject({ id: first.id, attempts: first.attempts + 1 });
    expect(await runLeasedJob(runner, second)).toEqual(DONE);
    expect(await runLeasedJob(runner, first)).toEqual(DONE);
    expect(await countEffects()).toBe(1);
  });

  it("lets the first holder's late failure change nothing", async () => {
    const { first, second } = await overtaken();
    const { runner } = createTestRunner(ctx, { [JOB]: writeOneEntry });
    await runLeasedJob(runner, second);
    for (const outcome of [
      { type: "retry", reason: "late" },
      { type: "dead", reason: "late" },
    ] as const) {
      const late = createTestRunner(ctx, { [JOB]: async () => outcome });
      await runLeasedJob(late.runner, first);
      expect(await theJob()).toMatchObject({ state: "done", lastError: null });
      expect(late.dead).toEqual([]);
    }
  });

  it("lets the first holder's late failure not take the job from the second", async () => {
    const { first } = await overtaken();
    const late = createTestRunner(ctx, { [JOB]: async () => ({ type: "retry", reason: "late", afterMs: 0 }) });
    await runLeasedJob(late.runner, first);
    expect((await theJob()).state).toBe("running");
    expect(await leaseDueJobs(database.db, clock.now(), LEASE_MS, 1)).toEqual([]);
  });
});

describe("a job's transaction", () => {
  it("holds the effects and the record of the run, or neither", async () => {
    await ask();
    const { runner } = createTestRunner(ctx, {
      [JOB]: async (jobCtx, input) => {
        await inTransaction(jobCtx, async (tx) => {
          await recordTimeline(tx, jobCtx, input.incidentId, { kind: "effect", summary: "half" });
          await enqueue(tx, jobCtx, "alerts.update-issue", input);
          throw new Error("half way");
        });
        return DONE;
      },
    });
    expect(await runLeasedJob(runner, await lease())).toMatchObject({ type: "retry", reason: "half way" });
    const runs = rowsOf(await database.db.execute(sql`select * from job_runs`));
    expect({ effects: await countEffects(), jobs: (await listJobs()).length, runs: runs.length }).toEqual({
      effects: 0,
      jobs: 1,
      runs: 0,
    });
  });

  it("names the job that asked for a follow-up", async () => {
    await ask();
    const { runner } = createTestRunner(ctx, {
      [JOB]: async (jobCtx, input) => {
        await inTransaction(jobCtx, (tx) => enqueue(tx, jobCtx, "alerts.update-issue", input));
        return DONE;
      },
    });
    const row = await lease();
    await runLeasedJob(runner, row);
    const [followUp] = await database.db.select().from(jobs).where(eq(jobs.name, "alerts.update-issue"));
    expect(followUp?.parentJobId).toBe(row.id);
  });

  it("is the only one of its run: a second is refused", async () => {
    await ask();
    const { runner } = createTestRunner(ctx, {
      [JOB]: async (jobCtx, input) => {
        await writeOneEntry(jobCtx, input);
        return writeOneEntry(jobCtx, input);
      },
    });
    expect(await runLeasedJob(runner, await lease())).toMatchObject({
      type: "dead",
      reason: expect.stringContaining("job_committed_twice"),
    });
    expect(await countEffects()).toBe(1);
  });
});
