import { eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, rowsOf } from "../../lib/db/database.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import { jobs } from "../../lib/db/schema/index.ts";
import { changeIncident, getIncident, listTimeline, recordTimeline } from "../../lib/incidents/index.ts";
import { DONE } from "../../lib/jobs/model.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
import { runJob, runLeasedJob } from "../../lib/jobs/run-job.ts";
import { countJobs, type JobRow, leaseDueJobs, leaseJob, requeueLost } from "../../lib/jobs/store.ts";
import type { JobId } from "../../lib/kernel/ids.ts";
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
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { createTestClock, type TestClock } from "../support/test-clock.ts";

const CONNECTIONS = 24;

let postgres: TestPostgres;
let database: Database;
let clock: TestClock;
let ctx: Context;
let incidentId: string;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  database = openPg(await postgres.createDatabase(), CONNECTIONS);
  clock = createTestClock();
  ctx = createTestContext(database, clock);
  incidentId = await insertIncident(ctx);
});
afterEach(() => database.close());

const times = <T>(count: number, make: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** Lets nobody through until `count` have come. */
function createGate(count: number): () => Promise<void> {
  let open: () => void = () => {};
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === count) open();
    return isOpen;
  };
}

async function insertWaiting(count: number, keyOf: (index: number) => string = (index) => `k:${index}`): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => ({ id: ctx.newId("job"), key: keyOf(index) }));
  await database.query(
    `insert into jobs (id, name, payload, key, state, run_at, max_attempts, created_at)
     select x.id, '${JOB}', jsonb_build_object('incidentId', $2::text), x.key, 'pending', $3::timestamptz, 12, $3::timestamptz
     from jsonb_to_recordset($1::jsonb) as x(id text, key text)`,
    [JSON.stringify(rows), incidentId, clock.now().toISOString()],
  );
}

const listEffects = async () => (await listTimeline(database.db, incidentId)).filter((one) => one.kind === "effect");

describe("on a real Postgres", () => {
  it("a job delivered 20 times at once has its effects once", async () => {
    await enqueue(database.db, ctx, JOB, { incidentId });
    const [job] = await database.db.select().from(jobs);
    const { runner } = createTestRunner(ctx, { [JOB]: writeOneEntry });
    const outcomes = await times(20, () => runJob(runner, job?.id as JobId));
    expect(await listEffects()).toHaveLength(1);
    expect(outcomes.filter(({ type }) => type !== "done" && type !== "busy")).toEqual([]);
    expect(await countJobs(database.db)).toEqual({ done: 1 });
  });

  it("a job that 20 holders work on at once, whatever the leases say, has its effects once", async () => {
    await enqueue(database.db, ctx, JOB, { incidentId });
    const [row] = await leaseDueJobs(database.db, clock.now(), LEASE_MS, 1);
    const allAreIn = createGate(20);
    const { runner } = createTestRunner(ctx, {
      [JOB]: async (jobCtx, input) => {
        await allAreIn();
        return writeOneEntry(jobCtx, input);
      },
    });
    const outcomes = await times(20, () => runLeasedJob(runner, row as JobRow));
    expect(outcomes).toEqual(Array(20).fill(DONE));
    expect(await listEffects()).toHaveLength(1);
    expect(await database.query("select job_id from job_runs", [])).toHaveLength(1);
  });

  it("16 workers claim 2,000 jobs, and none twice", async () => {
    await insertWaiting(2_000);
    const claimed: string[] = [];
    await times(16, async () => {
      for (;;) {
        const rows = await leaseDueJobs(database.db, clock.now(), LEASE_MS, 10);
        if (rows.length === 0) return;
        claimed.push(...rows.map((row) => row.id));
      }
    });
    expect({ claimed: claimed.length, different: new Set(claimed).size }).toEqual({ claimed: 2_000, different: 2_000 });
    expect(await countJobs(database.db)).toEqual({ running: 2_000 });
  });

  it("a lease that ran out is taken over by one of 20, and the first holder's late commit is refused", async () => {
    await enqueue(database.db, ctx, JOB, { incidentId });
    const [first] = await leaseDueJobs(database.db, clock.now(), LEASE_MS, 1);
    clock.advance(LEASE_MS + 1);
    const leases = await times(20, () => leaseJob(database.db, (first as JobRow).id, clock.now(), LEASE_MS));
    const taken = leases.flatMap((lease) => (lease.type === "leased" ? [lease.job] : []));
    expect(taken).toHaveLength(1);
    const { runner } = createTestRunner(ctx, { [JOB]: writeOneEntry });
    await runLeasedJob(runner, taken[0] as JobRow);
    expect(await runLeasedJob(runner, first as JobRow)).toEqual(DONE);
    expect(await listEffects()).toHaveLength(1);
  });

  it("jobs of one key are never at work side by side, however many claim and however often they are asked for", async () => {
    const atWork = new Map<string, number>();
    let most = 0;
    const { runner } = createTestRunner(ctx, {
      [JOB]: async (jobCtx, input) => {
        const key = "the key";
        atWork.set(key, (atWork.get(key) ?? 0) + 1);
        most = Math.max(most, atWork.get(key) ?? 0);
        await inTransaction(jobCtx, async (tx) => {
          await recordTimeline(tx, jobCtx, input.incidentId, { kind: "effect", summary: "one" });
        });
        atWork.set(key, (atWork.get(key) ?? 0) - 1);
        return DONE;
      },
    });
    await times(12, async () => {
      for (let round = 0; round < 10; round++) {
        await enqueue(database.db, ctx, JOB, { incidentId });
        for (const row of await leaseDueJobs(database.db, clock.now(), LEASE_MS, 5)) await runLeasedJob(runner, row);
      }
    });
    for (const row of await leaseDueJobs(database.db, clock.now(), LEASE_MS, 5)) await runLeasedJob(runner, row);
    expect(most).toBe(1);
    const counts = await countJobs(database.db);
    expect(Object.keys(counts)).toEqual(["done"]);
    expect(await listEffects()).toHaveLength(counts.done ?? 0);
  });

  it("100 askers of one key at once leave one waiting job, at the earliest of their times", async () => {
    const base = clock.now().getTime();
    await times(100, (index) =>
      enqueue(database.db, ctx, JOB, { incidentId }, { runAt: new Date(base + ((index * 37) % 100) * 1_000) }),
    );
    const all = await database.db.select().from(jobs);
    expect(all.map((job) => job.runAt)).toEqual([new Date(base)]);
  });

  it("ten sweepers at once give back each lost job, and none of them fails", async () => {
    await insertWaiting(200);
    await leaseDueJobs(database.db, clock.now(), LEASE_MS, 200);
    await insertWaiting(50, (index) => `k:${index * 4}`);
    clock.advance(LEASE_MS + 1);
    const counts = await times(10, () => requeueLost(database.db, clock.now()));
    expect(counts.reduce((sum, count) => sum + count)).toBe(200);
    expect(await countJobs(database.db)).toEqual({ done: 50, pending: 200 });
  });

  it("of 20 that change one incident at once, one wins and the others hear of a conflict", async () => {
    const read = await getIncident(database.db, incidentId);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        database.transaction((tx) =>
          changeIncident(tx, ctx, read, { command: "escalate", entry: { kind: "effect", summary: "mine" } }),
        ),
      ),
    );
    expect(results.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    const codes = results.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
    expect(codes).toEqual(Array(19).fill("incident_conflict"));
    expect(await listEffects()).toHaveLength(1);
  });

  it("a claim reads only what is due, however much waits", async () => {
    await insertWaiting(5_000);
    await database.db
      .update(jobs)
      .set({ runAt: new Date(clock.now().getTime() + 60_000) })
      .where(sql`${jobs.key} <> 'k:7'`);
    await database.query("analyze jobs", []);
    const at = clock.now().toISOString();
    const plan = rowsOf<Record<string, unknown>>(
      await database.db.execute(
        sql`explain select id from jobs where state = 'pending' and run_at <= ${at}::timestamptz order by run_at limit 10`,
      ),
    );
    expect(JSON.stringify(plan)).toContain("jobs_due");
    const [row] = await leaseDueJobs(database.db, clock.now(), LEASE_MS, 10);
    const [job] = await database.db
      .select()
      .from(jobs)
      .where(eq(jobs.id, row?.id ?? ""));
    expect(job?.key).toBe("k:7");
  });
});
