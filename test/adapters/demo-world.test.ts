import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DemoSentry, startDemoSentry } from "../../demo/sentry/index.ts";
import { type DemoVercel, startDemoVercel } from "../../demo/vercel/index.ts";
import { createSentry, type Sentry } from "../../lib/adapters/sentry/index.ts";
import { createVercel } from "../../lib/adapters/vercel/index.ts";
import { systemClock } from "../../lib/runtime/clock.ts";
import { shopRepository, silent, tempDir } from "../demo/world-support.ts";
import { withPermit } from "../support/permits.ts";

let dir: ReturnType<typeof tempDir>;

beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir.remove());

describe("the Sentry adapter in the demo world", () => {
  let demo: DemoSentry;
  let sentry: Sentry;

  beforeEach(async () => {
    demo = await startDemoSentry({
      dir: dir.path,
      org: "pine",
      project: "shop",
      orgAuthToken: "sntrys_test",
      clientSecret: "client-secret",
      webhookUrl: null,
      log: silent,
    });
    sentry = createSentry({
      url: demo.url,
      authToken: "sntrys_test",
      org: "pine",
      project: "shop",
      environment: "production",
      clock: systemClock,
      timeoutMs: 5_000,
    });
  });
  afterEach(() => demo.close());

  /** One event in an envelope, `ageMs` before now. */
  async function report(release: string, ageMs: number, environment = "production"): Promise<number> {
    const at = Date.now() - ageMs;
    const event_id = crypto.randomUUID().replaceAll("-", "");
    const frames = [
      { filename: "node:internal/http", function: "emit", lineno: 1, in_app: false },
      { filename: "src/cart.js", function: "total", lineno: 12, in_app: true, context_line: "  return item.price;" },
    ];
    const exception = { values: [{ type: "TypeError", value: "no price", stacktrace: { frames } }] };
    const event = {
      event_id,
      timestamp: at / 1_000,
      platform: "node",
      level: "error",
      environment,
      release,
      exception,
    };
    const lines = [{ event_id }, { type: "event" }, event].map((line) => JSON.stringify(line));
    const key = new URL(demo.dsn).username;
    const response = await fetch(`${demo.url}/api/${demo.projectId}/envelope/?sentry_key=${key}`, {
      method: "POST",
      body: lines.join("\n"),
    });
    expect(response.status).toBe(200);
    return at;
  }
  const issueId = () => demo.issues()[0]?.id ?? "";

  it("reads the issue, its latest event and its status", async () => {
    await report("shop@1", 60_000);
    await report("shop@2", 1_000);
    expect(await sentry.errorSource.findIssue(issueId())).toMatchObject({
      issueId: issueId(),
      status: "unresolved",
      isRegressed: false,
      events: 2,
      level: "error",
    });
    expect(await sentry.errorSource.findLatestEvent(issueId())).toMatchObject({
      release: "shop@2",
      environment: "production",
      excerpt: {
        errorType: "TypeError",
        errorMessage: "no price",
        frames: [{}, { filename: "src/cart.js", line: 12 }],
      },
    });
    expect(await sentry.errorSource.findIssue("999999")).toBeNull();
  });

  it("counts events over pages, by release and environment", async () => {
    for (let index = 0; index < 130; index++) await report(index % 2 ? "shop@1" : "shop@2", 600_000 + index * 1_000);
    await report("shop@2", 600_500, "staging");
    await report("shop@2", 7_200_000);
    const window = { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date().toISOString() };
    const ask = { issueId: issueId(), environment: "production", ...window };
    const { events, truncated } = await sentry.errorHistory.listEvents(ask);
    expect([events.length, truncated]).toEqual([130, false]);
    expect(events.filter((event) => event.release === "shop@1")).toHaveLength(65);
    expect(events.map((event) => event.at)).toEqual(
      events
        .map((event) => event.at)
        .toSorted()
        .reverse(),
    );
    const all = await sentry.errorHistory.listEvents({ ...ask, environment: null });
    expect(all.events).toHaveLength(131);
  });

  it("resolves once, in the release of the repair", async () => {
    await report("shop@1", 1_000);
    const resolve = () =>
      withPermit("source.status", (permit) =>
        sentry.errorHistory.ensureResolved(permit, { issueId: issueId(), release: "shop@1" }),
      );
    await resolve();
    await resolve();
    expect(await sentry.errorHistory.findStatus(issueId())).toBe("resolved");
  });
});

describe("the Vercel adapter in the demo world", () => {
  it("lists what production had, with the commit of each", async () => {
    const repository = shopRepository(join(dir.path, "repo"));
    const demo: DemoVercel = await startDemoVercel({
      dir: join(dir.path, "vercel"),
      token: "vercel-token",
      teamId: "team_1",
      projectId: "prj_shop",
      projectName: "pine-shop",
      webhookSecret: "secret",
      webhookUrl: null,
      repository: { owner: "acme", name: "shop", cloneUrl: repository.dir, defaultBranch: "main" },
      productionPort: 0,
      env: (deployment) => ({ RELEASE: deployment.sha }),
      log: silent,
    });
    try {
      demo.onPush({ sha: repository.first, ref: "refs/heads/main", verified: true });
      await demo.idle();
      repository.write({ "server.js": "process.exit(3);\n" });
      const second = repository.commit("second");
      demo.onPush({ sha: second, ref: "refs/heads/main", verified: true });
      demo.onPush({ sha: second, ref: "refs/heads/preview", verified: true });
      await demo.idle();
      const vercel = createVercel({
        url: demo.url,
        token: "vercel-token",
        teamId: "team_1",
        projectId: "prj_shop",
        timeoutMs: 5_000,
      });
      const list = await vercel.listProductionDeployments(10);
      expect(list.map((one) => one.sha)).toEqual([second, repository.first]);
      const serving = list.find((one) => one.deploymentId === demo.production()?.id);
      expect(serving).toMatchObject({ state: "ready", ref: "main", readyAt: expect.stringMatching(/Z$/) });
      expect(serving?.isCurrent).not.toBe(false);
      expect(await vercel.listProductionDeployments(1)).toHaveLength(1);
    } finally {
      await demo.close();
    }
  });
});
