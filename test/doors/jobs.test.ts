import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createQStash, type QStash } from "../../lib/adapters/qstash/index.ts";
import { jobs } from "../../lib/db/schema/index.ts";
import { createJobsApp } from "../../lib/http/jobs-app.ts";
import { listTimeline } from "../../lib/incidents/index.ts";
import { DONE, type JobHandlers, type JobOutcome } from "../../lib/jobs/model.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
import { publishDueJobs } from "../../lib/jobs/publish-due-jobs.ts";
import { FUNCTION_LEASE_MS, runJob } from "../../lib/jobs/run-job.ts";
import { leaseJob } from "../../lib/jobs/store.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { JobId } from "../../lib/kernel/ids.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { inTransaction } from "../../lib/runtime/in-transaction.ts";
import { createTestContext, createTestRunner, insertIncident, JOB, writeOneEntry } from "../support/job-machine.ts";
import { openTestPglite } from "../support/pglite.ts";
import { type LocalQStash, signAsQStash, startLocalQStash } from "../support/qstash-local.ts";
import { type ServedDoor, serveDoor } from "../support/serve-door.ts";
import { createTestClock, type TestClock } from "../support/test-clock.ts";

const PATH = `/api/jobs/${JOB}`;
const MINUTE_MS = 60_000;

let database: Awaited<ReturnType<typeof openTestPglite>>;
let clock: TestClock;
let ctx: Context;
let broker: LocalQStash;
let qstash: QStash;
let served: ServedDoor;
let incidentId: string;
let handle: JobHandlers[typeof JOB];
let dead: { id: string; reason: string }[];

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.client.exec("truncate jobs, job_runs, timeline, incidents cascade");
  clock = createTestClock();
  ctx = createTestContext(database, clock);
  incidentId = await insertIncident(ctx);
  broker = await startLocalQStash(clock);
  handle = writeOneEntry;
  served = await serveDoor(createDoor());
  qstash = createQStash({
    url: broker.url,
    token: broker.token,
    currentSigningKey: broker.keys.current,
    nextSigningKey: broker.keys.next,
    publicUrl: served.url,
  });
});
afterEach(async () => {
  await served.close();
  await broker.stop();
});

/** The door as wiring makes it, with the test's few handlers. */
function createDoor() {
  const machine = createTestRunner(
    ctx,
    { [JOB]: (jobCtx, input) => handle(jobCtx, input), "alerts.update-issue": writeOneEntry },
    { returnState: "published", leaseMs: FUNCTION_LEASE_MS },
  );
  dead = machine.dead;
  return createJobsApp({
    ...ctx,
    isFromBroker: (input) => qstash.isFromBroker(input),
    runJob: (id) => runJob(machine.runner, id),
    publishDueJobs: () => publishDueJobs(ctx, qstash.broker),
  });
}

const ask = (options: { runAt?: Date } = {}) => enqueue(database.db, ctx, JOB, { incidentId }, options);
const sweep = () => publishDueJobs(ctx, qstash.broker);
const later = (ms: number) => new Date(clock.now().getTime() + ms);
const countEffects = async () => (await listTimeline(database.db, incidentId)).length;
const listJobs = () => database.db.select().from(jobs).orderBy(jobs.createdAt, jobs.id);
const statuses = () => broker.deliveries.map((delivery) => delivery.status);

async function firstJob() {
  const [job] = await listJobs();
  if (!job) throw new Error("no job");
  return job;
}

describe("the broker's door: a job's round trip", () => {
  it("a job is published, delivered, done, and what it asked for follows within the same request", async () => {
    handle = async (jobCtx, input) => {
      await inTransaction(jobCtx, (tx) => enqueue(tx, jobCtx, "alerts.update-issue", input));
      return DONE;
    };
    await ask();
    expect(await sweep()).toEqual({ published: 1, failed: 0, requeued: 0 });
    expect(await firstJob()).toMatchObject({ state: "published", messageId: expect.stringMatching(/^msg_/) });
    expect(await broker.deliverDue()).toBe(1);
    expect(broker.waiting.map((message) => message.url)).toEqual([`${served.url}/api/jobs/alerts.update-issue`]);
    await broker.deliverAll();
    expect((await listJobs()).map((job) => job.state)).toEqual(["done", "done"]);
    expect(await countEffects()).toBe(1);
    expect(statuses()).toEqual([200, 200]);
  });

  it("the message carries nothing but the job's id", async () => {
    await ask();
    await sweep();
    const [message] = broker.waiting;
    expect(JSON.parse(message?.body ?? "")).toEqual({ jobId: (await firstJob()).id });
    expect(message).toMatchObject({ retries: 3, method: "POST", url: `${served.url}${PATH}` });
  });

  it("two sweeps that publish the same job at once make one message of it", async () => {
    await ask();
    const [a, b] = await Promise.all([sweep(), sweep()]);
    expect(a.published + b.published).toBeGreaterThan(0);
    expect(broker.waiting).toHaveLength(1);
  });

  it("a job for later is held by the broker until its time", async () => {
    await ask({ runAt: later(5 * MINUTE_MS) });
    await sweep();
    expect(await broker.deliverDue()).toBe(0);
    clock.advance(5 * MINUTE_MS);
    expect(await broker.deliverDue()).toBe(1);
    expect(statuses()).toEqual([200]);
  });

  it("a job brought forward gets a message for the earlier time, and the later one does nothing", async () => {
    await ask({ runAt: later(60 * MINUTE_MS) });
    await sweep();
    await ask();
    await sweep();
    expect(broker.waiting).toHaveLength(2);
    await broker.deliverAll();
    expect(await countEffects()).toBe(1);
    expect(statuses()).toEqual([200, 200]);
  });

  it("a message delivered three times has one effect", async () => {
    await ask();
    await sweep();
    const [message] = broker.waiting;
    if (message) broker.waiting.push({ ...message }, { ...message });
    await broker.deliverAll();
    expect(statuses()).toEqual([200, 200, 200]);
    expect(await countEffects()).toBe(1);
  });
});

describe("the broker's door: failures", () => {
  it("a passing failure is 500 with the time of the next try, which then succeeds", async () => {
    let runs = 0;
    handle = async (jobCtx, input): Promise<JobOutcome> => {
      runs += 1;
      if (runs < 3) throw new Error("the network is down");
      return writeOneEntry(jobCtx, input);
    };
    await ask();
    await sweep();
    await broker.deliverAll();
    // None of the retries came before the job's time: that would be 503 and a retry lost.
    expect(statuses()).toEqual([500, 500, 200]);
    expect(await firstJob()).toMatchObject({ state: "done", attempts: 3 });
    expect(broker.deadLetters).toEqual([]);
  });

  it("a provider's stated delay is the broker's delay", async () => {
    handle = () => {
      throw new AppError("rate_limited", "slow down", { retry: { afterMs: 90_000 } });
    };
    await ask();
    await sweep();
    await broker.deliverDue();
    expect(broker.waiting.map((message) => message.dueAtMs)).toEqual([later(90_000).getTime()]);
  });

  it("a permanent failure goes to the broker's dead letters at once, and is told of", async () => {
    handle = async () => ({ type: "dead", reason: "the repository is gone" });
    await ask();
    await sweep();
    await broker.deliverAll();
    expect(statuses()).toEqual([489]);
    expect(broker.deadLetters).toMatchObject([{ responseStatus: 489, attempt: 0 }]);
    expect(dead).toMatchObject([{ reason: "the repository is gone" }]);
    expect((await firstJob()).state).toBe("dead");
  });

  it("what the broker gave up, the sweeper publishes again until the job's own attempts end", async () => {
    handle = async () => ({ type: "retry", reason: "not yet", afterMs: 1_000 });
    await ask();
    await sweep();
    await broker.deliverAll();
    expect(broker.deadLetters).toHaveLength(1);
    expect(await firstJob()).toMatchObject({ state: "published", attempts: 4 });
    for (let round = 0; round < 2; round++) {
      clock.advance(16 * MINUTE_MS);
      expect(await sweep()).toMatchObject({ requeued: 1, published: 1 });
      await broker.deliverAll();
    }
    expect(await firstJob()).toMatchObject({ state: "dead", attempts: 12 });
    expect(dead).toHaveLength(1);
  });

  it("a message that the broker lost is published again by the sweeper", async () => {
    await ask();
    await sweep();
    broker.waiting.length = 0;
    clock.advance(16 * MINUTE_MS);
    expect(await sweep()).toEqual({ published: 1, failed: 0, requeued: 1 });
    await broker.deliverAll();
    expect(await countEffects()).toBe(1);
  });

  it("a job that somebody else works on is 503, to be asked again in seconds", async () => {
    await ask();
    await sweep();
    await leaseJob(database.db, (await firstJob()).id as JobId, clock.now(), 20_000);
    await broker.deliverDue();
    expect(statuses()).toEqual([503]);
    expect(broker.waiting.map((message) => message.dueAtMs)).toEqual([later(15_000).getTime()]);
    await broker.deliverAll();
    expect(statuses().at(-1)).toBe(200);
  });

  it("a broker that is away leaves every job in the outbox, is not asked for each, and the next sweep publishes them", async () => {
    for (let index = 0; index < 10; index++) {
      await enqueue(database.db, ctx, JOB, { incidentId }, { key: `k:${index}` });
    }
    const away = createQStash({
      url: "http://127.0.0.1:9",
      token: "some-token",
      currentSigningKey: "a",
      nextSigningKey: "b",
      publicUrl: served.url,
    });
    expect(await publishDueJobs(ctx, away.broker)).toEqual({ published: 0, failed: 3, requeued: 0 });
    expect((await listJobs()).map((job) => job.state)).toEqual(Array(10).fill("pending"));
    expect(await sweep()).toMatchObject({ published: 10 });
  });

  it("a body that names no job, or one that does not exist, is dead at once", async () => {
    for (const body of ["", "{}", "not json", '{"jobId":"inc_0123456789"}', '{"jobId":"job_0123456789"}']) {
      const response = await post(body, await sign({ body }));
      expect([body, response.status]).toEqual([body, 489]);
      expect(response.headers.get("upstash-nonretryable-error")).toBe("true");
    }
  });
});

const sign = (changes: Partial<Parameters<typeof signAsQStash>[0]> = {}) =>
  signAsQStash({ key: broker.keys.current, url: `${served.url}${PATH}`, body: "{}", ...changes });

const post = (body: string, signature: string | null, path = PATH) =>
  fetch(`${served.url}${path}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...(signature !== null && { "upstash-signature": signature }) },
  });

describe("the broker's door: who may knock", () => {
  it("takes deliveries signed with the next key, as after a rotation", async () => {
    broker.signWith("next");
    await ask();
    await sweep();
    await broker.deliverAll();
    expect(statuses()).toEqual([200]);
  });

  it.each<[string, () => Promise<Response>]>([
    ["no signature", async () => post("{}", null)],
    ["another key", async () => post("{}", await sign({ key: "somebody-elses-key" }))],
    [
      "a signature for another address",
      async () => post("{}", await sign({ url: "https://other.example/api/jobs/x" })),
    ],
    [
      "a signature for another of our paths",
      async () => post("{}", await sign({ url: `${served.url}/api/jobs/alerts.update-issue` })),
    ],
    ["a signature for another body", async () => post('{"jobId":"job_0123456789"}', await sign())],
    ["an expired signature", async () => post("{}", await sign({ issuedAtMs: Date.now() - 600_000 }))],
    ["a signature from the future", async () => post("{}", await sign({ issuedAtMs: Date.now() + 600_000 }))],
    ["another issuer", async () => post("{}", await sign({ issuer: "Somebody" }))],
    ["no JWT at all", async () => post("{}", "not.a.jwt")],
    ["an empty signature", async () => post("{}", "")],
  ])("refuses %s with 401, and runs nothing", async (_, knock) => {
    await ask();
    const response = await knock();
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: "unauthorized", requestId: expect.any(String) } });
    expect(await firstJob()).toMatchObject({ state: "pending", attempts: 0 });
  });

  it("keeps a schedule under its own id, so that setting it twice is one schedule", async () => {
    const schedule = { id: "publish-jobs", path: "/api/cron/publish-jobs", cron: "* * * * *", cronSecret: "secret" };
    await qstash.ensureSchedule(schedule);
    await qstash.ensureSchedule({ ...schedule, cron: "*/5 * * * *" });
    expect([...broker.schedules.entries()]).toMatchObject([
      [
        "publish-jobs",
        {
          url: `${served.url}${schedule.path}`,
          cron: "*/5 * * * *",
          method: "GET",
          headers: { authorization: "Bearer secret" },
        },
      ],
    ]);
  });
});
