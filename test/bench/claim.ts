import type { Database } from "../../lib/db/database.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import { leaseDueJobs } from "../../lib/jobs/store.ts";
import { startPostgres } from "../support/postgres.ts";
import { type BenchResult, median } from "./kit/result.ts";

const WORKERS = 16;
const BATCH = 10;
const CLAIMS = 8_000;
const SMALL = 10_000;
const LARGE = 1_000_000;
const ROUNDS = 5;
const LEASE_MS = 60_000;
const GOAL_RATIO = 1.5;

/** Jobs of different keys, all due, in the order of their ids. */
async function fill(database: Database, waiting: number): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute("truncate jobs");
    await tx.execute(
      `insert into jobs (id, name, payload, key, state, run_at, max_attempts, created_at)
       select 'job_' || lpad(n::text, 24, '0'), 'triage.assess-incident', '{"incidentId": "inc_0"}', 'key:' || n, 'pending',
         now() - interval '1 hour' + n * interval '1 millisecond', 12, now()
       from generate_series(1, ${waiting}) n`,
    );
  });
  // A table of this size is one that Postgres has vacuumed and analyzed before.
  await database.query("vacuum analyze jobs", []);
  await database.query("checkpoint", []);
}

/** Sixteen workers claim in batches until they have `CLAIMS` together. Throws when two of them got the same job. */
async function claim(database: Database): Promise<{ perSecond: number; claimed: Set<string> }> {
  const claimed: string[] = [];
  const startedMs = performance.now();
  const work = async () => {
    while (claimed.length < CLAIMS) {
      const rows = await leaseDueJobs(database.db, new Date(), LEASE_MS, BATCH);
      claimed.push(...rows.map((row) => row.id));
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  const perSecond = claimed.length / ((performance.now() - startedMs) / 1_000);
  const different = new Set(claimed);
  if (different.size !== claimed.length) {
    throw new Error(`claim: ${claimed.length - different.size} of ${claimed.length} jobs were claimed twice`);
  }
  return { perSecond, claimed: different };
}

async function countRunning(database: Database): Promise<number> {
  const [row] = await database.query("select count(*)::int as running from jobs where state = 'running'", []);
  return Number(row?.running);
}

async function measure(database: Database): Promise<number> {
  const before = await countRunning(database);
  const { perSecond, claimed } = await claim(database);
  const running = (await countRunning(database)) - before;
  if (running !== claimed.size) throw new Error(`claim: ${running} jobs are running, and ${claimed.size} were claimed`);
  return perSecond;
}

/**
 * Claiming due jobs: 16 workers in batches of 10 over a real Postgres (fsync on) among 10,000 and among 1,000,000 waiting
 * jobs. Every claim is checked to be the only one of its job.
 */
export async function run(): Promise<BenchResult> {
  const postgres = await startPostgres({ isDurable: true });
  const open = async () => openPg(await postgres.createDatabase(), WORKERS, { queryTimeoutMs: 120_000 });
  const [few, many] = [await open(), await open()];
  try {
    const small: number[] = [];
    const large: number[] = [];
    await fill(many, LARGE);
    for (let round = 0; round < ROUNDS; round++) {
      await fill(few, SMALL);
      small.push(await measure(few));
      large.push(await measure(many));
    }
    const cost = median(small) / median(large);
    return {
      name: "claim",
      method: `${WORKERS} workers, batches of ${BATCH}, ${CLAIMS} claims a round, medians of ${ROUNDS} rounds in turns; Postgres 18 with fsync`,
      comparisons: [
        {
          what: "time a claim among 1,000,000 waiting jobs",
          unit: "us",
          ours: 1e6 / median(large),
          baseline: { name: "among 10,000", value: 1e6 / median(small) },
          ratio: cost,
          goal: { text: `at most ${GOAL_RATIO} times`, isMet: cost <= GOAL_RATIO },
        },
      ],
      notes: [
        `claims a second: ${Math.round(median(small))} among 10,000, ${Math.round(median(large))} among 1,000,000`,
        `no job was claimed twice in ${2 * ROUNDS * CLAIMS} claims`,
      ],
    };
  } finally {
    await few.close();
    await many.close();
    await postgres.stop();
  }
}
