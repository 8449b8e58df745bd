import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ensureProject, readControl, setControl } from "../../lib/control/index.ts";
import { type Database, type Executor, postgresCode, rowsOf } from "../../lib/db/database.ts";
import { isNeonUrl, openDatabase } from "../../lib/db/open-database.ts";
import { openNeon } from "../../lib/db/open-neon.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import { openPglite } from "../../lib/db/open-pglite.ts";
import { deliveries, incidents, jobRuns, jobs, lessons } from "../../lib/db/schema/index.ts";
import {
  changeIncident,
  countAlerts,
  findIncidentByIssue,
  findIncidentByNumber,
  findLatestAlert,
  getIncident,
  listIncidentsInStates,
  listTimeline,
} from "../../lib/incidents/index.ts";
import { type IntakeRow, insertDeliveries } from "../../lib/intake/store.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
import {
  countJobs,
  finishJob,
  hasRun,
  leaseDueJobs,
  leaseJob,
  listPublishable,
  markPublished,
  nextDueAt,
  renewLeases,
  requeueLost,
  returnJob,
} from "../../lib/jobs/store.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { createTestContext, JOB, LEASE_MS, PROJECT_ID } from "../support/job-machine.ts";
import { type LocalNeon, startNeonLocal, useLocalNeon } from "../support/neon-local.ts";
import { openTestPglite } from "../support/pglite.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { createTestClock, type TestClock } from "../support/test-clock.ts";

let postgres: TestPostgres;
let neon: LocalNeon;

beforeAll(async () => {
  postgres = await startPostgres();
  neon = await startNeonLocal(await postgres.createDatabase());
  useLocalNeon(neon);
});
afterAll(async () => {
  await neon?.stop();
  await postgres?.stop();
});

const SEEN_AT = "2026-03-01T11:59:58.123Z";

const TITLE = "TypeError: „x“ is 'undefined' \\ \"quoted\" 😀";

function alertRow(event: number, issue: number): IntakeRow {
  const incidentId = `inc_of_issue_${issue}`;
  return {
    deliveryId: `dlv_of_event_${event}`,
    projectId: PROJECT_ID,
    source: "sentry",
    dedupeKey: `sentry:event_alert:${event}`,
    resource: "event_alert",
    outcome: "accepted",
    reason: "an alert rule fired",
    signal: {
      kind: "alert",
      issueId: String(issue),
      shortId: null,
      title: TITLE,
      culprit: null,
      level: "error",
      environment: "production",
      release: "shop@1.4.2",
      url: null,
      sourceProject: null,
      events: 2_147_483_647,
      users: null,
      firstSeenAt: null,
      lastSeenAt: SEEN_AT,
      rule: null,
      event: null,
    },
    incident: {
      id: incidentId,
      identityKey: `sentry:${issue}:production`,
      kind: "error",
      title: TITLE,
      culprit: null,
      level: "error",
      environment: "production",
      release: "shop@1.4.2",
      sourceIssueId: String(issue),
      sourceShortId: null,
      sourceUrl: null,
      events: 2_147_483_647,
      users: null,
      firstSeenAt: SEEN_AT,
      lastSeenAt: SEEN_AT,
    },
    job: {
      id: `job_of_event_${event}`,
      name: JOB,
      payload: { incidentId },
      key: `${JOB}:${incidentId}`,
      maxAttempts: 12,
    },
  };
}

const ignoredRow = (event: number): IntakeRow => ({
  ...alertRow(event, 0),
  outcome: "ignored",
  reason: "not watched",
  signal: null,
  incident: null,
  job: null,
});

const DRIVERS: [Database["kind"], () => Promise<Database>][] = [
  ["pglite", openTestPglite],
  ["pg", async () => openPg(await postgres.createDatabase())],
  ["neon", async () => openNeon(neon.url)],
];

describe.each(DRIVERS)("%s", (kind, open) => {
  let database: Database;
  let db: Executor;
  let clock: TestClock;
  let ctx: Context;

  beforeAll(async () => {
    database = await open();
    db = database.db;
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await database.query(
      "truncate lessons, timeline, jobs, job_runs, deliveries, incidents, controls, projects restart identity cascade",
      [],
    );
    clock = createTestClock();
    ctx = createTestContext(database, clock);
  });

  const later = (ms: number) => new Date(clock.now().getTime() + ms);
  const insert = (...rows: IntakeRow[]) => insertDeliveries(database.query, rows, clock.now());

  it("says what it is", () => {
    expect(database.kind).toBe(kind);
  });

  it("migrates again without a change", async () => {
    await database.migrate();
    await database.migrate();
    expect(await countJobs(db)).toEqual({});
  });

  it("stores deliveries, incidents and jobs in one statement, each once", async () => {
    const fresh = await insert(alertRow(1, 1), alertRow(2, 1), alertRow(3, 2), ignoredRow(4), alertRow(1, 1));
    expect([...fresh.keys()].sort()).toEqual([1, 2, 3, 4].map((event) => `dlv_of_event_${event}`));
    expect([...(await insert(alertRow(1, 1), alertRow(5, 2))).keys()]).toEqual(["dlv_of_event_5"]);
    const counts = await Promise.all([deliveries, incidents, jobs].map((table) => db.$count(table)));
    expect(counts).toEqual([5, 2, 2]);
    const incident = await getIncident(db, "inc_of_issue_1");
    expect(incident).toMatchObject({
      title: TITLE,
      events: 2_147_483_647,
      firstSeenAt: new Date(SEEN_AT),
      createdAt: clock.now(),
      version: 1,
      worthRepair: null,
    });
    const [delivery] = await db.select().from(deliveries).where(eq(deliveries.id, "dlv_of_event_1"));
    expect(delivery).toMatchObject({
      signal: alertRow(1, 1).signal,
      receivedAt: clock.now(),
      incidentId: "inc_of_issue_1",
    });
    const [ignored] = await db.select().from(deliveries).where(eq(deliveries.id, "dlv_of_event_4"));
    expect(ignored).toMatchObject({ outcome: "ignored", signal: null, incidentId: null });
  });

  it("stores nothing of a batch of which one row cannot be stored", async () => {
    const broken = alertRow(2, 2);
    const wrong = { ...broken, incident: broken.incident && { ...broken.incident, lastSeenAt: "no time" } };
    const error: unknown = await insert(alertRow(1, 1), wrong).catch((thrown: unknown) => thrown);
    expect(postgresCode(error)).toBe("22007");
    expect(await db.$count(deliveries)).toBe(0);
    expect(await db.$count(incidents)).toBe(0);
  });

  it("finds and counts incidents", async () => {
    await insert(alertRow(1, 1));
    clock.advance(1_000);
    await insert(alertRow(2, 1), alertRow(3, 2));
    expect((await findIncidentByNumber(db, 2))?.id).toBe("inc_of_issue_2");
    expect(await listIncidentsInStates(db, PROJECT_ID, ["new", "observed"])).toHaveLength(2);
    expect(await listIncidentsInStates(db, PROJECT_ID, [])).toEqual([]);
    expect(await countAlerts(db, "inc_of_issue_1")).toEqual({ alerts: 2, lastAt: clock.now() });
    expect((await findLatestAlert(db, "inc_of_issue_1"))?.id).toBe("dlv_of_event_2");
    expect(await countAlerts(db, "inc_of_nothing")).toEqual({ alerts: 0, lastAt: null });
  });

  it("changes an incident with its timeline, once for each version that was read", async () => {
    await insert(alertRow(1, 1));
    const read = await getIncident(db, "inc_of_issue_1");
    const change = {
      command: "investigate",
      patch: { priority: "P1", triage: { score: 71.5, reasons: ["many users"] }, issueNumber: 7 },
      entry: { kind: "triage", summary: "worth a repair", detail: { nested: { list: [1, "two", null] } } },
    } as const;
    const updated = await database.transaction((tx) => changeIncident(tx, ctx, read, { ...change }));
    expect(updated).toMatchObject({
      state: "investigating",
      version: 2,
      triage: change.patch.triage,
      updatedAt: clock.now(),
    });
    const again = database.transaction((tx) => changeIncident(tx, ctx, read, { ...change }));
    await expect(again).rejects.toMatchObject({ code: "incident_conflict" });
    expect((await findIncidentByIssue(db, PROJECT_ID, 7))?.id).toBe(read.id);
    expect(await listTimeline(db, read.id)).toMatchObject([
      {
        seq: 1,
        at: clock.now(),
        actor: "system:test",
        detail: { nested: { list: [1, "two", null] }, from: "new", to: "investigating" },
      },
    ]);
  });

  it("rolls a transaction back whole, and answers its error", async () => {
    await insert(alertRow(1, 1));
    const broken = database.transaction(async (tx) => {
      await enqueue(tx, ctx, "alerts.update-issue", { incidentId: "inc_of_issue_1" });
      await tx.insert(jobRuns).values({ jobId: "job_1", name: JOB, finishedAt: clock.now() });
      throw new Error("half way");
    });
    await expect(broken).rejects.toThrow("half way");
    expect(await countJobs(db)).toEqual({ pending: 1 });
    expect(await db.$count(jobRuns)).toBe(0);
  });

  it("names the unique key that a row violates, within a transaction and outside", async () => {
    const row = { jobId: "job_1", name: JOB, finishedAt: clock.now() };
    await db.insert(jobRuns).values(row);
    const outside: unknown = await db
      .insert(jobRuns)
      .values(row)
      .catch((error: unknown) => error);
    const within: unknown = await database
      .transaction((tx) => tx.insert(jobRuns).values(row))
      .catch((error: unknown) => error);
    expect([postgresCode(outside), postgresCode(within)]).toEqual(["23505", "23505"]);
  });

  it("keeps a job's whole life", async () => {
    const payload = { incidentId: "inc_of_issue_1" };
    await enqueue(db, ctx, JOB, payload, { runAt: later(60_000) });
    await enqueue(db, ctx, JOB, payload, { runAt: later(30_500) });
    expect(await nextDueAt(db)).toEqual(later(30_500));
    const [listed] = await listPublishable(db, clock.now(), 60_000, 10);
    if (!listed) throw new Error("not listed");
    expect(listed).toMatchObject({ name: JOB, payload, runAt: later(30_500), maxAttempts: 12 });
    await markPublished(db, listed, "msg_1", clock.now());
    expect(await countJobs(db)).toEqual({ published: 1 });
    expect(await leaseJob(db, listed.id, clock.now(), LEASE_MS)).toEqual({ type: "early", runAt: later(30_500) });
    clock.advance(30_500);
    const lease = await leaseJob(db, listed.id, clock.now(), LEASE_MS);
    expect(lease).toEqual({ type: "leased", job: { id: listed.id, name: JOB, payload, attempts: 1, maxAttempts: 12 } });
    expect(await leaseJob(db, listed.id, clock.now(), LEASE_MS)).toEqual({ type: "busy" });
    await returnJob(db, { id: listed.id, attempts: 1 }, { state: "pending", runAt: clock.now(), reason: "again" });
    const [row] = await leaseDueJobs(db, clock.now(), LEASE_MS, 10);
    expect(row).toEqual({ id: listed.id, name: JOB, payload, attempts: 2, maxAttempts: 12 });
    await renewLeases(db, [listed.id], later(2 * LEASE_MS));
    clock.advance(LEASE_MS + 1);
    expect(await requeueLost(db, clock.now())).toBe(0);
    clock.advance(LEASE_MS);
    expect(await requeueLost(db, clock.now())).toBe(1);
    expect(await hasRun(db, listed.id)).toBe(false);
    await finishJob(db, listed.id, clock.now());
    expect(await countJobs(db)).toEqual({ done: 1 });
    expect(await leaseJob(db, listed.id, clock.now(), LEASE_MS)).toEqual({ type: "done" });
    expect(await leaseJob(db, "job_of_nobody", clock.now(), LEASE_MS)).toEqual({ type: "missing" });
  });

  it("keeps the kill switch and the project", async () => {
    const project = await ensureProject(ctx, { slug: "default", name: "acme/shop" });
    expect(await ensureProject(ctx, { slug: "default", name: "another" })).toEqual(project);
    expect(await readControl(db, project.id)).toMatchObject({ isStopped: false, changedAt: null });
    const stopped = await setControl(ctx, { projectId: project.id, isStopped: true, reason: "lunch" });
    expect(stopped).toMatchObject({
      isStopped: true,
      reason: "lunch",
      changedBy: "system:test",
      changedAt: clock.now(),
    });
  });

  it("stores lists of text and JSON as they are", async () => {
    await insert(alertRow(1, 1));
    const frames = [{ filename: "a.ts", function: null, inApp: true }];
    const tokens = ["plain", 'with "quotes"', "with,comma", "{braces}", "back\\slash", "NULL", ""];
    await db.insert(lessons).values({
      id: "les_1",
      projectId: PROJECT_ID,
      incidentId: "inc_of_issue_1",
      outcome: "recovered",
      frames,
      tokens,
      fixFiles: [],
      summary: "",
      createdAt: clock.now(),
    });
    const found = await db
      .select()
      .from(lessons)
      .where(sql`${lessons.tokens} && ${sql.param(["with,comma"])}::text[]`);
    expect(found).toMatchObject([{ frames, tokens, fixFiles: [] }]);
  });

  it("answers plain statements with rows", async () => {
    expect(await database.query("select $1::int + 1 as sum, $2::text as text", [41, "it's"])).toEqual([
      { sum: 42, text: "it's" },
    ]);
    expect(rowsOf(await db.execute(sql`select 1::int as one`))).toEqual([{ one: 1 }]);
  });
});

describe("statements that pg prepares", () => {
  it("go on plainly where a pooler between does not know them", async () => {
    const database = openPg(await postgres.createDatabase(), 1);
    const ask = () => database.query("select $1::int as one", [1]);
    for (let use = 0; use < 3; use++) expect(await ask()).toEqual([{ one: 1 }]);
    const prepared = () =>
      database.query("select name from pg_prepared_statements where statement = 'select $1::int as one'", []);
    expect(await prepared()).toHaveLength(1);
    // Another server connection behind the pooler: the name means nothing there.
    await database.query("deallocate all", []);
    expect(await ask()).toEqual([{ one: 1 }]);
    expect(await prepared()).toEqual([]);
    await database.close();
  });
});

describe("Neon's two ways", () => {
  it("single statements go by HTTP, one request each, and only transactions open a socket", async () => {
    const database = openNeon(neon.url);
    const before = { ...neon.counts };
    await database.query("select 1", []);
    await countJobs(database.db);
    expect(neon.counts).toEqual({ requests: before.requests + 2, sockets: before.sockets });
    await database.transaction((tx) => countJobs(tx));
    await database.transaction((tx) => countJobs(tx));
    expect(neon.counts).toEqual({ requests: before.requests + 2, sockets: before.sockets + 1 });
    await database.close();
  });
});

describe("an empty database", () => {
  it.each<[Database["kind"], () => Promise<Database>]>([
    ["pglite", () => openPglite(null)],
    ["pg", async () => openPg(await emptyDatabase("empty_pg"))],
    ["neon", async () => openNeon(neonUrlOf(await emptyDatabase("empty_neon")))],
  ])("is migrated by %s to the same schema, and again", async (_, open) => {
    const database = await open();
    await database.migrate();
    await database.migrate();
    const columns = await database.query(
      `select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as text
       from information_schema.columns where table_schema = 'public' order by 1`,
      [],
    );
    const indexes = await database.query(
      "select indexdef as text from pg_indexes where schemaname = 'public' order by 1",
      [],
    );
    await database.close();
    const reference = await openTestPglite();
    const expected = await reference.query(
      "select indexdef as text from pg_indexes where schemaname = 'public' order by 1",
      [],
    );
    await reference.close();
    expect(indexes).toEqual(expected);
    expect(columns.map((row) => row.text)).toContain("jobs.run_at timestamp with time zone NO");
  });

  /** Neon's WebSocket goes to the database that its URL names. */
  const neonUrlOf = (url: string) => {
    const at = new URL(neon.url);
    at.pathname = new URL(url).pathname;
    return at.href;
  };

  async function emptyDatabase(name: string): Promise<string> {
    const admin = openPg(postgres.url, 1);
    await admin.query(`create database ${name}`, []);
    await admin.close();
    return postgres.url.replace(/[^/]+$/, name);
  }
});

describe("which database the settings name", () => {
  it.each<[string, boolean]>([
    ["postgres://u:p@ep-cool-123456-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require", true],
    ["postgres://u:p@neon.tech.example.com/neondb", false],
    ["postgres://u:p@localhost/neon.tech", false],
    ["no url", false],
  ])("%s is Neon's: %s", (url, expected) => {
    expect(isNeonUrl(url)).toBe(expected);
  });

  it("takes PGlite where no URL is set, and refuses where there is no folder for it", async () => {
    await expect(openDatabase(null, null)).rejects.toMatchObject({ code: "database_url_missing", retry: "never" });
    const database = await openDatabase(postgres.url, null);
    expect(database.kind).toBe("pg");
    await database.close();
  });
});
