import net from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Database, RawQuery } from "../../lib/db/database.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import type { Door } from "../../lib/wiring/lazy-door.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { type Answer, openDoor, send, sendAlert } from "../support/webhook-world.ts";

let postgres: TestPostgres;
let database: Database;
let observer: Database;
let door: Door;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  const url = await postgres.createDatabase();
  database = openPg(url);
  observer = openPg(url, 2);
  ({ door } = openDoor(database.query));
});
afterEach(async () => {
  await database.close();
  await observer.close();
});

const UNAVAILABLE = {
  status: 503,
  body: { error: { code: "database_unavailable", requestId: expect.stringMatching(/^req_/) } },
};

const rowsIn = async (table: "deliveries" | "incidents" | "jobs") =>
  (await observer.query(`select id from ${table}`, [])).map((row) => String(row.id)).sort();

const inFlight = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => sendAlert(door, from + index, 100 + ((from + index) % 5)));

/** What is stored is what was answered 202, whole: every delivery with its incident, every incident with its job. */
async function expectWhole(answers: Answer[]): Promise<void> {
  const accepted = answers.filter((answer) => answer.status === 202);
  const deliveries = await rowsIn("deliveries");
  for (const { body } of accepted) expect(deliveries).toContain(body.deliveryId);
  const orphans = await observer.query(
    `select d.id from deliveries d left join incidents i on i.id = d.incident_id where i.id is null
     union all select i.id from incidents i where not exists (select 1 from deliveries d where d.incident_id = i.id)
     union all select i.id from incidents i where not exists (select 1 from jobs j where j.payload->>'incidentId' = i.id)`,
    [],
  );
  expect(orphans).toEqual([]);
}

/** Makes the door's next statement wait inside the database until `release` is called. */
async function holdStatements(): Promise<{ isHolding(): Promise<boolean>; release(): void; ended: Promise<unknown> }> {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let locked: () => void = () => {};
  const isLocked = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const ended = observer
    .transaction(async (tx) => {
      await tx.execute("lock table deliveries in access exclusive mode");
      locked();
      await released;
    })
    .catch((error: unknown) => error);
  await isLocked;
  const isHolding = async () => {
    const waiting = await observer.query(
      "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      [],
    );
    return waiting.length > 0;
  };
  return { isHolding, release, ended };
}

/** Passes bytes on to a Postgres; told to, it drops the connection at the client's next statement. */
async function startProxy(target: URL): Promise<{ url: string; cutNext(): void; stop(): Promise<unknown> }> {
  let isCutting = false;
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port), target.hostname);
    client.on("data", (bytes) => {
      if (!isCutting) return void upstream.write(bytes);
      isCutting = false;
      client.destroy();
      upstream.destroy();
    });
    upstream.pipe(client);
    for (const socket of [client, upstream]) socket.on("error", () => {});
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = new URL(target);
  url.port = String(address.port);
  return {
    url: url.href,
    cutNext() {
      isCutting = true;
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe("a database that is away", () => {
  it("is 503 with Retry-After, and 202 again when it is back, through the same door", async () => {
    expect((await sendAlert(door, 1, 42)).status).toBe(202);
    await postgres.crash();
    const away = await sendAlert(door, 2, 42);
    expect(away).toMatchObject(UNAVAILABLE);
    expect(Number(away.headers.get("retry-after"))).toBeGreaterThan(0);
    await postgres.restart();
    expect(await sendAlert(door, 2, 42)).toMatchObject({ status: 202, body: { outcome: "accepted" } });
    expect(await rowsIn("deliveries")).toHaveLength(2);
  });

  it("that crashes with a statement in flight is 503 for all of its batch, and nothing of it is stored", async () => {
    const hold = await holdStatements();
    const answers = inFlight(60);
    await expect.poll(hold.isHolding).toBe(true);
    await postgres.crash();
    hold.release();
    await hold.ended;
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject(UNAVAILABLE);
    await postgres.restart();
    for (const table of ["deliveries", "incidents", "jobs"] as const) expect(await rowsIn(table)).toEqual([]);
    const again = await Promise.all(inFlight(60));
    expect(again.map((answer) => answer.body.outcome)).toEqual(Array(60).fill("accepted"));
    await expectWhole(again);
  });

  it("that crashes in a storm answers each delivery 202 or 503, and what was answered 202 is stored whole", async () => {
    const answers: Promise<Answer>[] = [];
    for (let wave = 0; wave < 12; wave++) {
      answers.push(...inFlight(40, wave * 40));
      if (wave === 5) {
        await answers.at(-30);
        await postgres.crash();
      }
    }
    const settled = await Promise.all(answers);
    expect(settled.filter(({ status }) => status !== 202 && status !== 503)).toEqual([]);
    expect(settled.some(({ status }) => status === 503)).toBe(true);
    await postgres.restart();
    await expectWhole(settled);
  });

  it("whose connection is cut under a statement is 503, and the next delivery is stored", async () => {
    const hold = await holdStatements();
    const answer = sendAlert(door, 1, 42);
    await expect.poll(hold.isHolding).toBe(true);
    await observer.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      [],
    );
    expect(await answer).toMatchObject(UNAVAILABLE);
    hold.release();
    await hold.ended;
    expect((await sendAlert(door, 1, 42)).body.outcome).toBe("accepted");
  });

  it("whose connection ends without a word is 503, and the next delivery is stored", async () => {
    const proxy = await startProxy(new URL(await postgres.createDatabase()));
    const beyond = openPg(proxy.url);
    try {
      const { door: remote } = openDoor(beyond.query);
      expect((await sendAlert(remote, 1, 42)).status).toBe(202);
      proxy.cutNext();
      expect(await sendAlert(remote, 2, 42)).toMatchObject(UNAVAILABLE);
      expect(await sendAlert(remote, 2, 42)).toMatchObject({ status: 202, body: { outcome: "accepted" } });
    } finally {
      await beyond.close();
      await proxy.stop();
    }
  });

  it("that does not answer is given up after its time, and the sender's next try finds the door at work", async () => {
    const impatient = openPg(await postgres.createDatabase(), 2, { queryTimeoutMs: 300 });
    try {
      const { door: quick } = openDoor(impatient.query);
      const locker = impatient.transaction(async (tx) => {
        await tx.execute("lock table deliveries in access exclusive mode");
        expect(await sendAlert(quick, 1, 42)).toMatchObject(UNAVAILABLE);
      });
      await locker;
      // The server may have finished the statement that nobody waited for: stored once it is either way.
      expect(await sendAlert(quick, 1, 42)).toMatchObject({ status: 202 });
      expect(await impatient.query("select id from deliveries", [])).toHaveLength(1);
    } finally {
      await impatient.close();
    }
  });

  it("that cannot be reached at all is 503", async () => {
    const nowhere = openPg("postgres://nobody:nothing@127.0.0.1:1/none");
    expect(await sendAlert(openDoor(nowhere.query).door, 1, 42)).toMatchObject(UNAVAILABLE);
    await nowhere.close();
  });
});

describe("a failure that is ours", () => {
  const brokenDoor = () => {
    const broken: RawQuery = async () => {
      throw new Error("relation deliveries does not exist, password=hunter2");
    };
    return openDoor(broken).door;
  };

  it("is 500 with a request id and nothing of the cause", async () => {
    const answer = await sendAlert(brokenDoor(), 1, 42);
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      error: {
        code: "internal_error",
        message: expect.not.stringMatching(/relation|hunter2/),
        requestId: expect.any(String),
      },
    });
    expect(answer.headers.get("x-request-id")).toBe(answer.body.error?.requestId);
  });

  it("in one batch leaves the next batch alone", async () => {
    let calls = 0;
    const { door: flaky } = openDoor((text, params) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error("once")) : database.query(text, params);
    });
    const answers = await Promise.all([1, 2, 3].map((event) => sendAlert(flaky, event, 42)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 500]);
  });
});

describe("a body that is not its sender's", () => {
  it.each<[string, string, Record<string, string>, number, RegExp]>([
    ["no JSON", "not json", {}, 400, /^body: expected JSON/],
    ["no object", "[]", {}, 400, /^body: expected an object/],
    ["a missing field", '{"action":"triggered","data":{"event":{"issue_id":"1"}}}', {}, 400, /^data\.event\.event_id/],
    ["a form", "a=b", { "content-type": "application/x-www-form-urlencoded" }, 415, /^Content-Type/],
    ["text", "{}", { "content-type": "text/plain" }, 415, /^Content-Type/],
  ])("is refused and not stored: %s", async (_, body, headers, status, message) => {
    const answer = await send(door, "sentry", body, { "sentry-hook-resource": "event_alert", ...headers });
    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringMatching(message) } } });
    expect(await rowsIn("deliveries")).toEqual([]);
  });
});
