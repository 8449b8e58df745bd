import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROJECT_ROOT } from "../law/tree.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { forgedDelivery, functionEnvironment } from "./environment.ts";
import {
  buildFunction,
  launchFunction,
  matchFunction,
  prepareDeployment,
  readVercelJson,
  unpackFunction,
} from "./vercel.ts";

const DOORS = readdirSync(join(PROJECT_ROOT, "api")).map((file) => basename(file, ".js"));
const config = readVercelJson(PROJECT_ROOT);

describe("functions as @vercel/node builds and launches them", () => {
  let root = "";
  let postgres: TestPostgres;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "patchpilot-vercel-"));
    postgres = await startPostgres();
    await prepareDeployment(PROJECT_ROOT, root);
  });
  afterAll(async () => {
    await postgres?.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** Builds and starts the function that the rewrites choose for `path`, and asks it once. */
  const ask = async (path: string, init?: RequestInit) => {
    const matched = matchFunction(config, PROJECT_ROOT, path);
    if (matched === null) throw new Error(`no function for ${path}`);
    const folder = await mkdtemp(join(root, "function-"));
    await unpackFunction(await buildFunction(root, `${matched.slice(1)}.js`), folder);
    const running = await launchFunction(folder, matched, functionEnvironment(postgres.url));
    try {
      const answer = await running.ask(path, init);
      return { status: answer.status, text: await answer.text() };
    } finally {
      await running.stop();
    }
  };

  it.each(DOORS)("%s packs its own bundle, and neither sources nor PGlite", async (name) => {
    const { runtime, files } = await buildFunction(root, `api/${name}.js`);
    const own = Object.keys(files).filter((path) => !path.startsWith("node_modules/"));
    expect(runtime).toBe("nodejs24.x");
    expect(own).toContain(`dist/api/${name}.mjs`);
    expect(own.filter((path) => path.startsWith("dist/api/") && !path.startsWith(`dist/api/${name}.`))).toEqual([]);
    expect(own.filter((path) => path.endsWith(".ts"))).toEqual([]);
    expect(Object.keys(files).filter((path) => path.includes("@electric-sql"))).toEqual([]);
  });

  it("health answers 200", async () => {
    expect((await ask("/api/health")).status).toBe(200);
  });

  it("a forged delivery is answered 401, in the shape of our errors", async () => {
    const { status, text } = await ask("/api/webhooks/sentry", forgedDelivery());
    expect(status).toBe(401);
    expect(JSON.parse(text)).toMatchObject({ error: { code: expect.any(String), requestId: expect.any(String) } });
  });

  it.each([
    ["/api/jobs/triage.assess-incident", "POST"],
    ["/api/cron/nothing", "GET"],
    ["/api/runner/claim", "POST"],
    ["/api/admin/incidents", "GET"],
  ])("%s refuses a stranger", async (path, method) => {
    expect((await ask(path, { method, ...(method === "POST" && { body: "{}" }) })).status).toBe(401);
  });

  it("the single-file runner is served as it was built", async () => {
    const { status, text } = await ask("/runner.mjs");
    expect({ status, text }).toEqual({ status: 200, text: await readFile(join(root, "dist/runner.mjs"), "utf8") });
  });
});
