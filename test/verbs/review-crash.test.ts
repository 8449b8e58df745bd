import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../../lib/db/database.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import { jobs } from "../../lib/db/schema/index.ts";
import type { JobName } from "../../lib/jobs/catalog.ts";
import type { JobId } from "../../lib/kernel/ids.ts";
import type { Bench } from "../support/context.ts";
import { expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import {
  BASE,
  CART_AFTER,
  COUPON,
  createReviewBench,
  goOn,
  LOOK,
  LOOP,
  openReviewed,
  proposed,
  scriptedReviewer,
  tellFeedback,
  tellPull,
} from "../support/review-flow.ts";

const POST = "review.post-review";
const WRITE = "review.write-review";

const both = () => scriptedReviewer({ review: () => proposed({ findings: [LOOP, COUPON] }) });

async function openPull(bench: Bench): Promise<number> {
  const { number } = bench.reviewed.open({ base: BASE, files: { "src/cart.js": CART_AFTER } });
  await tellPull(bench, number, { action: "opened" });
  return number;
}

/** Runs what is due until a job of this name waits; answers its review. */
async function waitFor(bench: Bench, name: JobName): Promise<{ reviewId: string }> {
  for (let round = 0; round < 20; round += 1) {
    const rows = await bench.ctx.db.db.select().from(jobs);
    const waiting = rows.filter((row) => row.state === "pending").sort((a, b) => +a.runAt - +b.runAt);
    if (waiting.some((row) => row.name === name)) return { reviewId: (await bench.heads())[0]?.id ?? "" };
    const [next] = waiting;
    if (!next) break;
    bench.clock.advance(Math.max(0, +next.runAt - +bench.clock.now()));
    await bench.deliver(next.id as JobId);
  }
  throw new Error(`no ${name} came`);
}

describe("on an embedded database", () => {
  let database: Awaited<ReturnType<typeof openTestPglite>>;
  let bench: Bench;

  beforeAll(async () => {
    database = await openTestPglite();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    bench = await createReviewBench(database);
    bench.useModel(both().model);
  });

  it.each(["ensureReview", "listOurThreads", "ensureSummary", "ensureCheckRun"])(
    "a process that dies after %s posts nothing a second time",
    async (method) => {
      await openPull(bench);
      await expectCrashSafe(bench, POST, await waitFor(bench, POST), method);
      const { reviews, summaries, checkRuns, threads } = bench.reviewed;
      expect([reviews.length, summaries.length, checkRuns.length, threads.length]).toEqual([1, 1, 1, 2]);
      expect((await bench.heads()).map((row) => row.state)).toEqual(["posted"]);
    },
  );

  it("what was found and never posted, since another head came first, is said of that head", async () => {
    const number = await openPull(bench);
    await waitFor(bench, POST);
    const headSha = bench.reviewed.push(number, { "README.md": "# Later\n" });
    await tellPull(bench, number);
    await goOn(bench);
    expect(bench.reviewed.reviews).toMatchObject([{ headSha, comments: [{}, {}] }]);
    const states = (await bench.findings()).map((row) => row.state).sort();
    expect(states).toEqual(["dropped", "dropped", "open", "open"]);
  });

  it("what was posted right before another head came is not said again", async () => {
    const number = await openPull(bench);
    const payload = await waitFor(bench, POST);
    bench.script.crashAfter("ensureReview");
    await bench.run(POST, payload);
    bench.reviewed.push(number, { "README.md": "# Later\n" });
    await tellPull(bench, number);
    await goOn(bench);
    expect(bench.reviewed.reviews).toHaveLength(1);
    expect((await bench.findings()).map((row) => row.state)).toEqual(["open", "open"]);
    expect(bench.reviewed.summaries[0]?.body).toContain("2 open findings");
  });

  it("posting is done once, however often its job comes", async () => {
    await openPull(bench);
    await expectOnce(bench, POST, await waitFor(bench, POST));
  });

  it("a process that dies after the model's answer asks again, and keeps one set of findings", async () => {
    await openPull(bench);
    const payload = await waitFor(bench, WRITE);
    let dies = true;
    const { model, prompts } = both();
    bench.useModel({
      name: model.name,
      async ask(call) {
        const answer = await model.ask(call);
        if (dies) throw new Error("the process died");
        return answer;
      },
    });
    expect(await bench.run(WRITE, payload)).toMatchObject({ type: "retry" });
    dies = false;
    await goOn(bench);
    expect(prompts).toHaveLength(3);
    expect(await bench.findings()).toHaveLength(2);
    expect(bench.reviewed.reviews).toHaveLength(1);
  });

  it.each([WRITE, POST] as const)(
    "the kill switch holds %s for as long as it is on, and nothing dies of it",
    async (name) => {
      await openPull(bench);
      await waitFor(bench, name);
      await bench.stop("maintenance");
      await goOn(bench, 40 * 60_000);
      expect(bench.reviewed.reviews).toEqual([]);
      expect(await bench.deadJobs()).toEqual([]);
      await bench.resume();
      await goOn(bench);
      expect((await bench.heads()).map((row) => row.state)).toEqual(["posted"]);
      expect(bench.reviewed.reviews).toHaveLength(1);
    },
  );

  it.each(["ensureReply", "ensureThreadResolved"])("a process that dies after %s repeats no reply", async (method) => {
    const number = await openReviewed(bench);
    bench.reviewed.say(bench.reviewed.threads[0]?.id ?? "", "ann", "won't fix");
    await bench.run("review.answer-threads", LOOK(number));
    bench.script.crashAfter(method);
    await goOn(bench);
    expect(bench.reviewed.threads[0]?.comments).toHaveLength(3);
    expect(bench.reviewed.threads[0]?.isResolved).toBe(true);
    expect((await bench.findings())[0]).toMatchObject({ state: "dismissed", reply: null });
  });

  it("a look that comes twice begins one reading", async () => {
    const number = await openPull(bench);
    await bench.settle();
    bench.clock.advance(60_000);
    await bench.run("review.look-at-pull", LOOK(number));
    await bench.redeliver("review.look-at-pull");
    await bench.run("review.look-at-pull", LOOK(number));
    const all = await database.db.select().from(jobs);
    expect(all.filter((row) => row.name === WRITE)).toHaveLength(1);
  });

  it.each([WRITE, POST] as const)("a review whose %s was lost is taken up by the sweep", async (name) => {
    await openPull(bench);
    await waitFor(bench, name);
    await bench.forgetJobs();
    bench.clock.advance(20 * 60_000);
    expect(await bench.sweepReviews()).toEqual({ open: 1, looks: 1 });
    await goOn(bench);
    expect(bench.reviewed.reviews).toHaveLength(1);
  });
});

describe("two functions at once, on a real Postgres", () => {
  let postgres: TestPostgres;
  let databases: [Database, Database];

  beforeAll(async () => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase();
    databases = [openPg(url, 4), openPg(url, 4)];
  });
  afterAll(async () => {
    for (const database of databases ?? []) await database.close();
    await postgres?.stop();
  });

  it("a storm of duplicated webhooks, worked off by both, posts one review a head and one summary", async () => {
    const bench = await createReviewBench(databases[0]);
    bench.useModel(both().model);
    const other = bench.beside(databases[1]);
    const number = await openPull(bench);
    for (let push = 0; push < 5; push += 1) {
      const headSha = bench.reviewed.push(number, { "README.md": `# ${push}\n` });
      const tell = () => tellPull(bench, number, { headSha });
      await Promise.all([tell(), tell(), tellFeedback(bench, { headSha }), tell()]);
      await Promise.all([bench.settle(), other.settle()]);
      bench.clock.advance(31_000);
    }
    for (let round = 0; round < 12; round += 1) {
      await Promise.all([bench.settle(), other.settle()]);
      bench.clock.advance(61_000);
    }
    const { reviews, summaries, checkRuns } = bench.reviewed;
    const heads = reviews.map((one) => one.headSha);
    expect(new Set(heads).size).toBe(heads.length);
    expect(reviews.flatMap((one) => one.comments)).toHaveLength(2);
    expect(summaries).toHaveLength(1);
    expect(new Set(checkRuns.map((one) => one.sha)).size).toBe(checkRuns.length);
    const last = bench.reviewed.get(number).headSha;
    expect((await bench.heads()).find((row) => row.headSha === last)?.state).toBe("posted");
  }, 60_000);

  it("one post job that both get is done by one", async () => {
    const bench = await createReviewBench(databases[0]);
    bench.useModel(both().model);
    const other = bench.beside(databases[1]);
    await openPull(bench);
    await waitFor(bench, POST);
    const rows = await databases[0].db.select().from(jobs);
    const id = rows.find((row) => row.name === POST && row.state === "pending")?.id as JobId;
    const outcomes = await Promise.all([bench.deliver(id), other.deliver(id), bench.deliver(id), other.deliver(id)]);
    expect(outcomes.filter(({ type }) => type !== "done" && type !== "busy")).toEqual([]);
    expect(bench.reviewed.reviews).toHaveLength(1);
    expect(bench.reviewed.summaries).toHaveLength(1);
  });
});
