import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type DemoSentry, type Issue, startDemoSentry } from "../../demo/sentry/index.ts";
import { applyEdits, BUGS, type Bug, getBug } from "../../demo/shop/bugs/index.ts";
import { readShopFiles, shopEnvironment } from "../../demo/shop/index.ts";
import { startTraffic, type TrafficMix } from "../../demo/traffic.ts";
import { type DemoVercel, startDemoVercel } from "../../demo/vercel/index.ts";
import { ownTestsPass, shopRepository, silent, tempDir } from "./world-support.ts";

// Each starts the shop's own test run five times.
describe("the bugs as changes to the shop", { timeout: 120_000 }, () => {
  let dir: ReturnType<typeof tempDir>;
  beforeAll(() => {
    dir = tempDir();
  });
  afterAll(() => dir.remove());

  test.for(BUGS)(
    "$name: the shop's own tests see neither the bug nor that the bad fix is none, and the fix's test does",
    (bug: Bug) => {
      const repository = shopRepository(join(dir.path, bug.name));
      const at = (sha: string) => repository.git("checkout", "--quiet", "--force", sha);
      repository.apply(bug.change.edits);
      const broken = repository.commit(bug.change.message);
      expect(ownTestsPass(repository.dir), "with the bug").toBe(true);

      repository.apply(bug.badFix.edits);
      repository.commit(bug.badFix.message);
      expect(ownTestsPass(repository.dir), "with the bad fix").toBe(true);
      repository.apply(bug.fix.edits);
      expect(ownTestsPass(repository.dir), "with the fix after the bad fix").toBe(true);
      repository.commit(bug.fix.message);

      at(broken);
      const newTests = bug.fix.edits.filter((edit) => edit.path.startsWith("test/"));
      repository.apply(newTests);
      expect(
        ownTestsPass(
          repository.dir,
          newTests.map((edit) => edit.path),
        ),
        "the new test without the fix",
      ).toBe(false);
      repository.git("clean", "--quiet", "--force", "-d");
      repository.apply(bug.fix.edits);
      expect(ownTestsPass(repository.dir), "with the fix").toBe(true);
    },
  );

  test("all bugs fit into the shop together", () => {
    const files = readShopFiles();
    const edits = BUGS.flatMap((bug) => bug.change.edits);
    expect(Object.keys(applyEdits(edits, (path) => files[path] ?? null))).toHaveLength(BUGS.length);
  });

  test("an edit that does not fit names the file", () => {
    expect(() => applyEdits(getBug("coupon-null").fix.edits, (path) => readShopFiles()[path] ?? null)).toThrow(
      "src/checkout/pricing.mjs",
    );
    expect(() => getBug("nope")).toThrow('no bug "nope"; there are coupon-null,');
  });
});

describe("in production, under traffic", { timeout: 120_000 }, () => {
  let dir: ReturnType<typeof tempDir>;
  let repository: ReturnType<typeof shopRepository>;
  let sentry: DemoSentry;
  let vercel: DemoVercel;
  const shas = { broken: "", badFixed: "", fixed: "" };
  const mix: Partial<TrafficMix> = { browse: 5, search: 25, checkout: 20, orders: 25, stock: 25, unusualShare: 0.5 };

  beforeAll(async () => {
    dir = tempDir();
    repository = shopRepository(join(dir.path, "repo"));
    sentry = await startDemoSentry({
      dir: join(dir.path, "sentry"),
      org: "pine",
      project: "shop",
      orgAuthToken: "t",
      clientSecret: "s",
      webhookUrl: null,
      log: silent,
    });
    vercel = await startDemoVercel({
      dir: join(dir.path, "vercel"),
      token: "t",
      teamId: "team_1",
      projectId: "prj_1",
      projectName: "shop",
      webhookSecret: "s",
      webhookUrl: null,
      repository: { owner: "acme", name: "shop", cloneUrl: repository.dir, defaultBranch: "main" },
      productionPort: 0,
      env: ({ sha }) => shopEnvironment({ dsn: sentry.dsn, release: sha, sessionFlushMs: 200 }),
      log: silent,
    });
  });

  afterAll(async () => {
    await vercel.close();
    await sentry.close();
    dir.remove();
  });

  async function deploy(sha: string): Promise<void> {
    const deployment = vercel.onPush({ sha, ref: "main" });
    await vercel.idle();
    expect(deployment).toMatchObject({ readyState: "READY", errorMessage: null });
  }

  /** Two hundred customer actions; the sessions of all of them have reached Sentry on return. */
  async function customers(seed: number, release: string) {
    const traffic = startTraffic({ url: vercel.productionUrl, requestsPerSecond: 200, mix, seed, log: silent });
    await vi.waitFor(() => expect(traffic.stats().actions).toBeGreaterThanOrEqual(200), { timeout: 20_000 });
    await traffic.stop();
    const stats = traffic.stats();
    await vi.waitFor(async () => expect(await sessionsOf(release)).toBeGreaterThanOrEqual(stats.ok + stats.failed), {
      timeout: 20_000,
    });
    return stats;
  }

  async function sessionsOf(release: string): Promise<number> {
    const query = `field=sum(session)&statsPeriod=1h&query=release:${release}`;
    const answer = await fetch(`${sentry.url}/api/0/organizations/pine/sessions/?${query}`, {
      headers: { authorization: "Bearer t" },
    });
    return (await answer.json()).groups[0]?.totals["sum(session)"] ?? 0;
  }

  const eventsOn = (issue: Issue, release: string) =>
    sentry.events(issue.id).filter((event) => event.release === release).length;

  test("the healthy shop serves everybody and reports nothing", async () => {
    await deploy(repository.first);
    const stats = await customers(1, repository.first);
    expect(stats).toMatchObject({ failed: 0, refused: 0, unreachable: 0 });
    expect(stats.unusual).toBeGreaterThan(50);
    expect(sentry.issues()).toEqual([]);
  });

  test("each bug crashes for its customers and is one issue whose crash frame is the guilty function", async () => {
    repository.apply(BUGS.flatMap((bug) => bug.change.edits));
    shas.broken = repository.commit("refactor: several things");
    await deploy(shas.broken);
    expect((await customers(2, shas.broken)).failed).toBeGreaterThan(20);
    await vi.waitFor(() => expect(sentry.issues()).toHaveLength(BUGS.length), { timeout: 20_000 });
    for (const bug of BUGS) {
      const issue = sentry.issues().find(({ latest }) => bug.error.value.test(latest.title));
      expect(issue?.latest.exceptions.at(-1)?.type, bug.name).toBe(bug.error.type);
      const crash = issue?.latest.exceptions.at(-1)?.frames?.findLast((frame) => frame.inApp);
      expect(crash, bug.name).toMatchObject({ filename: `/var/task/${bug.crash.path}`, function: bug.crash.function });
      expect(issue).toMatchObject({ firstRelease: shas.broken, isUnhandled: true });
      expect(JSON.stringify(issue?.latest)).not.toContain(dir.path);
    }
  });

  test("the bad fixes change nothing for the customers", async () => {
    repository.apply(BUGS.flatMap((bug) => bug.badFix.edits));
    shas.badFixed = repository.commit("fix: what looked like it");
    await deploy(shas.badFixed);
    await customers(3, shas.badFixed);
    await vi.waitFor(
      () => expect(sentry.issues().map((issue) => eventsOn(issue, shas.badFixed) > 0)).toEqual(BUGS.map(() => true)),
      { timeout: 20_000 },
    );
  });

  test("with the fixes the same customers are served and no error comes from that release", async () => {
    repository.apply(BUGS.flatMap((bug) => bug.fix.edits));
    shas.fixed = repository.commit("fix: the real thing");
    await deploy(shas.fixed);
    expect(await customers(3, shas.fixed)).toMatchObject({ failed: 0, unreachable: 0 });
    expect(sentry.issues().map((issue) => eventsOn(issue, shas.fixed))).toEqual(BUGS.map(() => 0));
  });

  test("a rollback to the broken release brings its errors back", async () => {
    const before = sentry.issues().map((issue) => eventsOn(issue, shas.broken));
    vercel.rollback(vercel.deployments().find((one) => one.sha === shas.broken)?.id ?? "");
    await vercel.idle();
    await customers(4, shas.broken);
    await vi.waitFor(
      () =>
        expect(sentry.issues().every((issue, index) => eventsOn(issue, shas.broken) > (before[index] ?? 0))).toBe(true),
      { timeout: 20_000 },
    );
  });

  test("traffic goes on when the shop is away, and comes back with it", async () => {
    const away = startTraffic({ url: "http://127.0.0.1:9", requestsPerSecond: 100, log: silent });
    await vi.waitFor(() => expect(away.stats().unreachable).toBeGreaterThan(5), { timeout: 20_000 });
    await away.stop();
    expect(away.stats().ok).toBe(0);
  });
});
