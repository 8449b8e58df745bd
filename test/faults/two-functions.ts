import { sql } from "drizzle-orm";
import { type Database, rowsOf } from "../../lib/db/database.ts";
import type { JobId } from "../../lib/kernel/ids.ts";
import { type Bench, LEASE_MS } from "../support/context.ts";
import type { Step } from "./matrix.ts";

const MOST_ROUNDS = 200;

async function listJobIds(bench: Bench, state: "pending" | "running"): Promise<JobId[]> {
  const now = bench.clock.now().toISOString();
  const rows = await bench.ctx.db.db.execute(
    sql`select id from jobs where state = ${state} and run_at <= ${now}::timestamptz order by run_at`,
  );
  return rowsOf<{ id: JobId }>(rows).map((row) => row.id);
}

/**
 * Puts a second function beside the bench's own, with connections of its own: every alert comes in by both at once, and
 * the broker delivers every due job to both at once. At `step` the function that makes the call hangs until its lease has
 * run out, and the other one does its whole job meanwhile; then the first goes on as if it still held it.
 */
export function playBeside(bench: Bench, other: Database, step: Step): Bench {
  const second = bench.beside(other);
  bench.script.during(step, async () => {
    bench.clock.advance(LEASE_MS + 1_000);
    for (const id of await listJobIds(bench, "running")) await second.deliver(id);
  });
  const receive: Bench["receive"] = async (signal, key) => {
    const [receipt] = await Promise.all([bench.receive(signal, key), second.receive(signal, key)]);
    return receipt;
  };
  const settle: Bench["settle"] = async () => {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const due = await listJobIds(bench, "pending");
      if (due.length === 0) return [];
      await Promise.all(due.flatMap((id) => [bench.deliver(id), second.deliver(id)]));
    }
    throw new Error("the jobs do not end");
  };
  return Object.assign(Object.create(bench) as Bench, { receive, settle });
}
