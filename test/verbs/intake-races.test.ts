import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../../lib/db/database.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import { type IntakeRow, insertDeliveries } from "../../lib/intake/store.ts";
import { PROJECT_ID } from "../support/job-machine.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";

const ROWS = 300;
const ROUNDS = 6;
const DOORS = 4;

let postgres: TestPostgres;
let database: Database;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  database = openPg(await postgres.createDatabase(), DOORS);
  return () => database.close();
});

const rowsOf = (round: number, via: "poll" | "webhook"): IntakeRow[] =>
  Array.from({ length: ROWS }, (_, index) => ({
    deliveryId: `dlv_${round}_${String((index * 7_919) % ROWS).padStart(4, "0")}`,
    projectId: PROJECT_ID,
    source: "sentry",
    dedupeKey: `sentry:${round}:${(index * 7_919) % ROWS}`,
    resource: "issue",
    outcome: "ignored",
    reason: "test",
    signal: null,
    via,
    incident: null,
    job: null,
  }));

/** The same rows, each door's in an order of its own. */
const turned = (rows: IntakeRow[], door: number): IntakeRow[] => {
  const cut = Math.floor((door * rows.length) / DOORS);
  const moved = [...rows.slice(cut), ...rows.slice(0, cut)];
  return door % 2 === 0 ? moved : moved.reverse();
};

describe("several doors on the same rows at once, on a real Postgres", () => {
  it("what polling had stored, and they bring after all, is confirmed without a deadlock, whatever their order", async () => {
    const now = new Date("2026-03-01T12:00:00Z");
    for (let round = 0; round < ROUNDS; round += 1) {
      await insertDeliveries(database.query, rowsOf(round, "poll"), now);
      const answers = await Promise.allSettled(
        Array.from({ length: DOORS }, (_, door) =>
          insertDeliveries(database.query, turned(rowsOf(round, "webhook"), door), now),
        ),
      );
      expect(answers.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []))).toEqual([]);
    }
    const found = await database.query("select via, count(*)::int as found from deliveries group by via", []);
    expect(found).toEqual([{ via: "webhook", found: ROWS * ROUNDS }]);
  });

  it("new rows are stored once, and each is new to one door", async () => {
    const now = new Date("2026-03-01T12:00:00Z");
    const answers = await Promise.all(
      Array.from({ length: DOORS }, (_, door) =>
        insertDeliveries(database.query, turned(rowsOf(0, "webhook"), door), now),
      ),
    );
    expect(answers.reduce((sum, one) => sum + one.size, 0)).toBe(ROWS);
  });
});
