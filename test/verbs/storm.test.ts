import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closeBreaker, moveCause } from "../../lib/incidents/index.ts";
import { alert, type Bench, createBench, MINUTE_MS, mustRun, PROJECT } from "../support/context.ts";
import { composeExcerpt } from "../support/error-source.ts";
import { openTestPglite } from "../support/pglite.ts";

const ASSESS = "triage.assess-incident";
let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database, { policy: { storm: { breakerIncidents: 3, causeGraceSeconds: 60 } } });
});

const frame = (filename: string) => ({
  filename,
  absPath: null,
  module: null,
  function: "f",
  line: 1,
  column: 1,
  inApp: true,
  contextLine: null,
});

/** A new problem of a service: what it says and where it crashes. */
async function problem(issueId: string, service: string, errorMessage: string): Promise<string> {
  const title = `Error: ${errorMessage}`;
  const excerpt = composeExcerpt({ occurredAt: bench.clock.now().toISOString() });
  const event = { ...excerpt, errorMessage, tags: { service }, frames: [frame(`${service}/${issueId}.js`)] };
  const incidentId = await alert(bench, { issueId, title, level: "error", users: 40, events: 60, event });
  await mustRun(bench, ASSESS, { incidentId });
  return incidentId;
}

describe("problems that begin together", () => {
  it("of callers are symptoms of what they call: watched, without issue or repair of their own", async () => {
    const cause = await problem("1", "shop", "cannot read percent");
    const symptom = await problem("2", "web", "POST http://shop.internal/pay responded 502 Bad Gateway");
    await bench.settle();
    expect(await bench.incident(symptom)).toMatchObject({ causeId: cause, state: "observed", issueNumber: null });
    expect(await bench.said(symptom, "triaged")).toEqual([expect.stringContaining("a symptom of INC-")]);
    expect((await bench.incident(cause)).state).not.toBe("observed");
    expect(bench.issues.all).toHaveLength(1);
    expect(bench.issues.only.body).toContain("1 symptom");
  });

  it("are put under their cause when it is seen later than they are, and its first symptom gets no issue", async () => {
    const symptom = await problem("2", "web", "POST http://shop.internal/pay responded 502 Bad Gateway");
    const cause = await problem("1", "shop", "cannot read percent");
    await bench.settle();
    expect((await bench.incident(symptom)).causeId).toBe(cause);
    expect(bench.issues.all).toHaveLength(1);
  });

  it("that only say that something else does not answer are one, and no repair is tried", async () => {
    const first = await problem("1", "web", "connect ECONNREFUSED 10.0.0.5:5432");
    const second = await problem("2", "jobs", "connect ECONNREFUSED 10.0.0.5:5432");
    await bench.settle();
    expect((await bench.incident(second)).causeId).toBe(first);
    expect((await bench.incident(first)).state).toBe("observed");
    expect(await bench.said(first, "triaged")).toEqual([expect.stringContaining("10.0.0.5:5432 does not answer")]);
    expect(await bench.runs(first)).toEqual([]);
  });

  it("can be taken apart and put together by a person", async () => {
    const cause = await problem("1", "shop", "cannot read percent");
    const other = await problem("3", "mail", "template is missing");
    await moveCause(bench.ctx, { incidentId: other, causeId: cause });
    expect((await bench.incident(other)).causeId).toBe(cause);
    await moveCause(bench.ctx, { incidentId: other, causeId: null });
    expect((await bench.incident(other)).causeId).toBeNull();
    await expect(moveCause(bench.ctx, { incidentId: cause, causeId: cause })).rejects.toMatchObject({
      code: "bad_request",
    });
  });
});

describe("the storm breaker", () => {
  const unrelated = (number: number) =>
    problem(String(number), `service${number}`, `fault number ${number} of its own kind`);

  it("opens above the policy's number: repairs wait, and one issue goes out instead of many", async () => {
    const ids: string[] = [];
    for (let number = 1; number <= 6; number += 1) ids.push(await unrelated(number));
    await bench.settle();
    const tripped = await Promise.all(ids.map((id) => bench.said(id, "breaker_opened")));
    expect(tripped.flat()).toEqual([expect.stringContaining("a storm: 4 new incidents within 10 minutes")]);
    expect(bench.issues.all).toHaveLength(1);
    for (const id of ids) expect(await bench.runs(id)).toEqual([]);
    expect((await bench.said(ids[0] ?? "", "held")).join()).toContain("the repair waits: a storm");
  });

  it("closes by itself when calm, and the repairs that waited begin", async () => {
    const ids: string[] = [];
    for (let number = 1; number <= 4; number += 1) ids.push(await unrelated(number));
    await bench.settle();
    bench.clock.advance(11 * MINUTE_MS);
    await bench.settle();
    for (const id of ids) expect(await bench.runs(id)).toHaveLength(1);
  });

  it("closes by hand", async () => {
    for (let number = 1; number <= 4; number += 1) await unrelated(number);
    await bench.settle();
    expect(await closeBreaker(database.db, PROJECT, bench.clock.now(), "person:ada")).toBe(true);
    expect(await closeBreaker(database.db, PROJECT, bench.clock.now(), "person:ada")).toBe(false);
    bench.clock.advance(2 * MINUTE_MS);
    await bench.settle();
    const [first] = await database.query("select count(*)::int as runs from repair_runs", []);
    expect(first?.runs).toBe(4);
  });
});

describe("a failed production build", () => {
  const build = (event: "error" | "ready", key: string) =>
    bench.receive(
      {
        kind: "deployment",
        event,
        deploymentId: `dpl_${key}`,
        sourceProject: null,
        target: "production",
        sha: "a".repeat(40),
        ref: "main",
        url: "shop.example",
        occurredAt: bench.clock.now().toISOString(),
      },
      key,
    );

  it("is one incident of its own kind, for a person; the next build that succeeds ends it", async () => {
    await build("error", "one");
    await bench.settle();
    bench.clock.advance(MINUTE_MS);
    await build("error", "two");
    await bench.settle();
    const rows = await database.query("select id, kind, state, priority from incidents", []);
    expect(rows).toEqual([expect.objectContaining({ kind: "deployment", state: "escalated", priority: "P1" })]);
    expect(bench.issues.all).toHaveLength(1);
    bench.clock.advance(MINUTE_MS);
    await build("ready", "three");
    await bench.settle();
    expect((await bench.incident(String(rows[0]?.id))).state).toBe("recovered");
    expect(bench.issues.only.state).toBe("closed");
  });
});
