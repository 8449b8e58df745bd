import { createEmulator, type Emulator } from "emulate";
import { Hono } from "hono";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { createTrafficSwitch, createVercel } from "../../lib/adapters/vercel/index.ts";
import deployments from "../fixtures/vercel/api-deployments.json" with { type: "json" };
import project from "../fixtures/vercel/api-project.json" with { type: "json" };
import { withPermit } from "../support/permits.ts";

let app: Hono;
let served: Served;
let urls: URL[];

beforeEach(async () => {
  app = new Hono();
  urls = [];
  app.use(async (c, next) => {
    urls.push(new URL(c.req.url));
    if (c.req.header("authorization") !== "Bearer vcp_token") return c.json({ error: { code: "forbidden" } }, 403);
    return next();
  });
  app.get("/v7/deployments", (c) => c.json(deployments));
  served = await serveApp(app);
});
afterEach(() => served.close());

const create = (more: object = {}) =>
  createVercel({
    url: served.url,
    token: "vcp_token",
    teamId: "team_acme",
    projectId: "prj_shop",
    timeoutMs: 1_000,
    ...more,
  });

const currentOf = (list: { deploymentId: string; isCurrent: boolean | null }[]) =>
  Object.fromEntries(list.map((one) => [one.deploymentId, one.isCurrent]));

describe("production deployments", () => {
  it("are read in our words, newest first, previews left out", async () => {
    app.get("/v9/projects/prj_shop", (c) => c.json(project));
    const list = await create().listProductionDeployments(10);
    expect(list.map((one) => [one.deploymentId, one.state])).toEqual([
      ["dpl_f", "building"],
      ["dpl_e", "error"],
      ["dpl_c", "ready"],
      ["dpl_b", "ready"],
      ["dpl_a", "ready"],
    ]);
    expect(list[3]).toEqual({
      deploymentId: "dpl_b",
      sha: "b".repeat(40),
      ref: "main",
      url: "https://dpl-b.vercel.app",
      state: "ready",
      createdAt: "2026-10-05T12:00:01.000Z",
      readyAt: "2026-10-05T12:01:01.000Z",
      isCurrent: true,
      isRollbackCandidate: true,
      errorText: null,
    });
    expect(list[1]).toMatchObject({ readyAt: null, errorText: 'Command "npm run build" exited with 1' });
    expect(list[4]).toMatchObject({ sha: null, ref: null });
  });

  it("are asked for by project, target and team", async () => {
    app.get("/v9/projects/prj_shop", (c) => c.json(project));
    await create().listProductionDeployments(500);
    await create({ teamId: null }).listProductionDeployments(3);
    const queries = urls.map((url) => Object.fromEntries(url.searchParams));
    expect(queries[0]).toEqual({ projectId: "prj_shop", target: "production", limit: "100", teamId: "team_acme" });
    expect(queries[1]).toEqual({ teamId: "team_acme" });
    expect(queries[2]).toEqual({ projectId: "prj_shop", target: "production", limit: "3" });
  });

  it("after a rollback the older one is current", async () => {
    const production = { ...project.targets.production, id: "dpl_a" };
    app.get("/v9/projects/prj_shop", (c) => c.json({ ...project, targets: { production } }));
    expect(currentOf(await create().listProductionDeployments(10))).toMatchObject({ dpl_a: true, dpl_b: false });
  });

  it("where the project does not say, only what cannot have traffic is told apart", async () => {
    expect(currentOf(await create().listProductionDeployments(10))).toEqual({
      dpl_f: false,
      dpl_e: false,
      dpl_c: false,
      dpl_b: null,
      dpl_a: null,
    });
  });

  it("in a state that is not known are an error that names it", async () => {
    const item = { ...deployments.deployments[4], readyState: "MELTED" };
    app = new Hono();
    app.get("/v7/deployments", (c) => c.json({ deployments: [item] }));
    const other = await serveApp(app);
    await expect(create({ url: other.url }).listProductionDeployments(1)).rejects.toMatchObject({
      code: "provider_bad_answer",
      context: { readyState: "MELTED" },
    });
    await other.close();
  });

  it("without rights are an error", async () => {
    await expect(create({ token: "wrong" }).listProductionDeployments(1)).rejects.toMatchObject({
      code: "provider_forbidden",
      retry: "never",
    });
  });
});

describe("moving traffic", () => {
  const since = "2026-10-05T12:00:00.000Z";
  const traffic = () =>
    createTrafficSwitch({
      url: served.url,
      token: "vcp_token",
      teamId: "team_acme",
      projectId: "prj_shop",
      timeoutMs: 1_000,
    });
  const sent = () => urls.filter(({ pathname }) => /rollback|promote/.test(pathname));
  const back = () =>
    withPermit("vercel.rollback", (permit) =>
      traffic().ensureRolledBack(permit, { deploymentId: "dpl_a", since, reason: "INC-1" }),
    );
  const serve = (more: object, status: 201 | 400 = 201) => {
    app.get("/v9/projects/prj_shop", (c) => c.json({ ...project, ...more }));
    app.post("/v1/projects/prj_shop/rollback/dpl_a", (c) =>
      status === 201 ? c.body(null, 201) : c.json({ error: { code: "bad_request" } }, 400),
    );
    app.post("/v10/projects/prj_shop/promote/dpl_c", (c) => c.body(null, 202));
  };

  it("is asked for without a build, for this team, with its reason", async () => {
    serve({});
    await back();
    await withPermit("vercel.promote", (permit) => traffic().ensurePromoted(permit, { deploymentId: "dpl_c", since }));
    expect(sent().map(({ pathname, search }) => pathname + search)).toEqual([
      "/v1/projects/prj_shop/rollback/dpl_a?description=INC-1&teamId=team_acme",
      "/v10/projects/prj_shop/promote/dpl_c?teamId=team_acme",
    ]);
  });

  it.each([
    ["production is there already", { targets: { production: { ...project.targets.production, id: "dpl_a" } } }, 0],
    [
      "it is under way",
      { lastAliasRequest: { toDeploymentId: "dpl_a", requestedAt: Date.parse(since), jobStatus: "pending" } },
      0,
    ],
    [
      "it was asked for long before",
      { lastAliasRequest: { toDeploymentId: "dpl_a", requestedAt: 1, jobStatus: "succeeded" } },
      1,
    ],
    [
      "it had failed",
      { lastAliasRequest: { toDeploymentId: "dpl_a", requestedAt: Date.parse(since), jobStatus: "failed" } },
      1,
    ],
  ])("where %s is looked at first", async (_, more, times) => {
    serve(more);
    await back();
    expect(sent()).toHaveLength(times);
  });

  it("that is refused is an error", async () => {
    serve({}, 400);
    await expect(back()).rejects.toMatchObject({ context: { status: 400 } });
  });

  it("tells names of variables that changed, of production alone, and nothing where they may not be seen", async () => {
    app.get("/v10/projects/prj_shop/env", (c) =>
      c.json({
        envs: [
          { key: "NEW", target: ["production"], createdAt: Date.parse(since) + 1, value: "secret" },
          { key: "OLD", target: ["production", "preview"], createdAt: 1, updatedAt: 2 },
          { key: "PREVIEW", target: ["preview"], createdAt: Date.parse(since) + 1 },
          { key: "CHANGED", target: "production", createdAt: 1, updatedAt: Date.parse(since) + 1 },
        ],
      }),
    );
    expect(await traffic().listChangedVariables(since)).toEqual(["CHANGED", "NEW"]);
    app = new Hono();
    app.get("*", (c) => c.json({ error: { code: "forbidden" } }, 403));
    const other = await serveApp(app);
    const hidden = createTrafficSwitch({ url: other.url, token: "t", teamId: null, projectId: "p", timeoutMs: 1_000 });
    expect(await hidden.listChangedVariables(since)).toBeNull();
    await other.close();
  });
});

it("why a deployment is blocked is said in words", async () => {
  const item = {
    ...deployments.deployments[4],
    readyState: "BLOCKED",
    seatBlock: { blockCode: "COMMIT_AUTHOR_REQUIRED" },
  };
  app = new Hono();
  app.get("/v7/deployments", (c) => c.json({ deployments: [item] }));
  const other = await serveApp(app);
  const [one] = await create({ url: other.url }).listProductionDeployments(1);
  expect(one).toMatchObject({
    state: "blocked",
    errorText: expect.stringContaining("seat in the team (COMMIT_AUTHOR_REQUIRED)"),
  });
  await other.close();
});

describe("against emulate", () => {
  let emulator: Emulator;
  let projectId: string;

  beforeAll(async () => {
    const tokens = { "vcp-token": { login: "dev" } };
    emulator = await createEmulator({
      service: "vercel",
      port: 0,
      seed: { tokens, vercel: { users: [{ username: "dev" }] } },
    });
    const created = z.object({ id: z.string() });
    const post = async (path: string, body: unknown) => {
      const response = await fetch(`${emulator.url}${path}`, {
        method: "POST",
        headers: { authorization: "Bearer vcp-token", "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return created.parse(await response.json()).id;
    };
    projectId = await post("/v11/projects", { name: "shop" });
    for (const sha of ["1".repeat(40), "2".repeat(40)]) {
      await post("/v13/deployments", {
        name: "shop",
        project: "shop",
        target: "production",
        meta: { githubCommitSha: sha, githubCommitRef: "main" },
      });
    }
    await post("/v13/deployments", { name: "shop", project: "shop", meta: { githubCommitSha: "3".repeat(40) } });
  });
  afterAll(() => emulator.close());

  it("lists the production deployments with their commits", async () => {
    const vercel = createVercel({ url: emulator.url, token: "vcp-token", teamId: null, projectId, timeoutMs: 2_000 });
    const list = await vercel.listProductionDeployments(10);
    expect(list.map((one) => one.sha).sort()).toEqual(["1".repeat(40), "2".repeat(40)]);
    expect(list.filter((one) => one.isCurrent).map((one) => one.sha)).toEqual(["2".repeat(40)]);
    expect(list.every((one) => one.deploymentId.startsWith("dpl_") && one.ref === "main")).toBe(true);
  });
});
