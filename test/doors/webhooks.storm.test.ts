import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../../lib/db/database.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { openDoor, sendAlert } from "../support/webhook-world.ts";

let postgres: TestPostgres;
let url: string;
let observer: Database;
let opened: Database[];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  url = await postgres.createDatabase();
  observer = openPg(url, 10);
  opened = [observer];
});
afterEach(() => Promise.all(opened.map((database) => database.close())));

/** A door with connections of its own, as another process has them. */
function openOwnDoor() {
  const database = openPg(url, 4);
  opened.push(database);
  return openDoor(database.query);
}

async function count(table: "deliveries" | "incidents" | "jobs"): Promise<number> {
  const [row] = await observer.query(`select count(*)::int as count from ${table}`, []);
  return Number(row?.count);
}

const isStored = async (deliveryId: string | undefined) =>
  (await observer.query("select 1 from deliveries where id = $1", [deliveryId ?? ""])).length === 1;

describe("a storm on one door", () => {
  it("200 alerts at once are stored by few statements, and each is answered after its own row is committed", async () => {
    const { door, statements } = openOwnDoor();
    const seen = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const answer = await sendAlert(door, index, index % 7);
        return { status: answer.status, isStored: await isStored(answer.body.deliveryId) };
      }),
    );
    expect(seen).toEqual(Array(200).fill({ status: 202, isStored: true }));
    expect(statements()).toBeLessThan(20);
    expect([await count("deliveries"), await count("incidents"), await count("jobs")]).toEqual([200, 7, 7]);
  });

  it("every alert is counted, duplicates once", async () => {
    const { door } = openOwnDoor();
    const answers = await Promise.all(Array.from({ length: 400 }, (_, index) => sendAlert(door, index % 300, 1)));
    expect(answers.filter(({ body }) => body.outcome === "duplicate")).toHaveLength(100);
    expect([await count("deliveries"), await count("incidents"), await count("jobs")]).toEqual([300, 1, 1]);
  });
});

/** Each has no factor in common with 200, so that it visits every delivery. */
const STRIDES = [1, 3, 7, 199];

describe("several doors", () => {
  it("two that meet the same new issue at once open one incident with one job", async () => {
    const doors = [openOwnDoor(), openOwnDoor()];
    for (let round = 0; round < 40; round++) {
      const answers = await Promise.all(
        doors.map(({ door }, index) => sendAlert(door, round * 2 + index, 1_000 + round)),
      );
      expect(answers.map(({ status, body }) => [status, body.outcome])).toEqual(Array(2).fill([202, "accepted"]));
      expect(new Set(answers.map(({ body }) => body.incidentId)).size).toBe(1);
    }
    expect([await count("deliveries"), await count("incidents"), await count("jobs")]).toEqual([80, 40, 40]);
  });

  it("four that get the same 200 deliveries in different orders store each once, and none waits for ever", async () => {
    const doors = Array.from({ length: 4 }, openOwnDoor);
    const answers = await Promise.all(
      doors.flatMap(({ door }, which) =>
        Array.from({ length: 200 }, (_, index) => {
          const event = (index * (STRIDES[which] ?? 1) + which * 50) % 200;
          return sendAlert(door, event, event % 20);
        }),
      ),
    );
    expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
    expect(answers.filter(({ body }) => body.outcome === "accepted")).toHaveLength(200);
    expect([await count("deliveries"), await count("incidents"), await count("jobs")]).toEqual([200, 20, 20]);
  });
});
