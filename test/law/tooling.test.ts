import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildAll, faultsOf } from "../../build.ts";
import { renderTestLine } from "../../check.ts";
import { PROJECT_ROOT, writeTree } from "./tree.ts";

const HONO_APP = 'import { Hono } from "hono";\nconst app = new Hono();\nexport default app;';

/** The least project that builds: one door, its wiring, the runner. */
const LEAST_PROJECT: Record<string, string> = {
  "api/webhooks.js": 'export { default } from "../dist/api/webhooks.mjs";',
  "lib/wiring/webhooks.ts": HONO_APP,
  "cli/runner-main.ts": "console.log('runner');",
};

describe("npm run build", () => {
  let root = "";
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "patchpilot-build-"));
    await symlink(join(PROJECT_ROOT, "node_modules"), join(root, "node_modules"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const buildWith = async (files: Record<string, string>) => {
    await writeTree(root, { ...LEAST_PROJECT, ...files });
    return buildAll(root, join(root, "dist"));
  };

  it("makes one bundle a door, the runner and the webhook door's edge variant", async () => {
    const bundles = await buildWith({});
    expect(bundles.map((one) => one.name)).toEqual(["webhooks", "runner.mjs", "webhooks (edge)"]);
    expect(bundles[0]?.packages.map((one) => one.name)).toEqual(["hono"]);
    expect(Object.keys(JSON.parse(await readFile(join(root, "dist/meta.json"), "utf8")))).toHaveLength(3);
  });

  it("refuses a webhook door with a GitHub client", async () => {
    const source = `import { App } from "@octokit/app";\nconsole.log(App);\n${HONO_APP}`;
    await expect(buildWith({ "lib/wiring/webhooks.ts": source })).rejects.toThrow("webhooks: contains @octokit/app");
  });

  it.each(["pg", "@electric-sql/pglite"])("refuses any door that loads %s at start", async (driver) => {
    const source = `import * as driver from "${driver}";\nconsole.log(driver);\n${HONO_APP}`;
    const door = { "api/jobs.js": "", "lib/wiring/jobs.ts": source };
    await expect(buildWith(door)).rejects.toThrow(`jobs: loads ${driver} at start`);
  });

  it("leaves a driver outside where it is imported dynamically, by a module of its own", async () => {
    const files = {
      "lib/wiring/webhooks.ts": `export const open = () => import("../db/open-pg.ts");\n${HONO_APP}`,
      "lib/db/open-pg.ts": 'import pg from "pg";\nexport const openPg = () => new pg.Pool();',
    };
    const [door] = await buildWith(files);
    expect(door?.externals).toEqual([{ name: "pg", isNeededAtLoad: false }]);
    const names = (await readdir(join(root, "dist/api"))).filter((name) => name.endsWith(".mjs"));
    const texts = await Promise.all(names.map((name) => readFile(join(root, "dist/api", name), "utf8")));
    expect(texts.filter((text) => text.includes('import("pg")'))).toHaveLength(1);
    expect(texts.join("\n")).not.toMatch(/import\s*[\w{*][^;]*from"pg"/);
    expect(door?.bytesAtStart).toBeLessThan(door?.bytes ?? 0);
  });

  it("refuses a webhook door that loads Drizzle at start, and lets it load it later", async () => {
    const drizzle = { "lib/db/drizzle.ts": 'import { sql } from "drizzle-orm";\nexport const one = sql`select 1`;' };
    const early = `import { one } from "../db/drizzle.ts";\nexport { one };\n${HONO_APP}`;
    await expect(buildWith({ ...drizzle, "lib/wiring/webhooks.ts": early })).rejects.toThrow(
      "loads drizzle-orm at start",
    );
    const late = `export const open = () => import("../db/drizzle.ts");\n${HONO_APP}`;
    const [door] = await buildWith({ ...drizzle, "lib/wiring/webhooks.ts": late });
    expect(door?.packagesAtStart).toEqual(["hono"]);
  });

  it("leaves out what a door imports and does not use", async () => {
    const files = {
      "lib/intake/index.ts": 'export const used = 1;\nexport { unused } from "./unused.ts";',
      "lib/intake/unused.ts": 'console.log("loaded");\nexport const unused = 2;',
      "lib/wiring/webhooks.ts": `import { used } from "../intake/index.ts";\nexport { used };\n${HONO_APP}`,
    };
    await buildWith(files);
    expect(await readFile(join(root, "dist/api/webhooks.mjs"), "utf8")).not.toContain("loaded");
  });

  it("refuses a webhook door that the edge cannot run, and names the built-in", async () => {
    const source = `import { readFileSync } from "node:fs";\nconsole.log(readFileSync);\n${HONO_APP}`;
    await expect(buildWith({ "lib/wiring/webhooks.ts": source })).rejects.toThrow("node:fs");
  });

  it("names the wiring that a door lacks", async () => {
    await expect(buildWith({ "api/jobs.js": "" })).rejects.toThrow("build: missing lib/wiring/jobs.ts");
  });

  it("other doors may carry a GitHub client, none a database driver", () => {
    const packages = [{ name: "@octokit/app", bytes: 1 }];
    const jobs = { name: "jobs", packagesAtStart: [], externals: [] };
    expect(faultsOf({ ...jobs, packages })).toEqual([]);
    expect(faultsOf({ ...jobs, packages: [{ name: "pg-pool", bytes: 1 }] })).toHaveLength(1);
  });
});

describe("the closing line of npm run check", () => {
  const report = (files: { status: string; tests: string[] }[], counts: [number, number, number]) => ({
    numPassedTests: counts[0],
    numFailedTests: counts[1],
    numPendingTests: counts[2],
    numTodoTests: 0,
    testResults: files.map(({ status, tests }) => ({
      name: "a.test.ts",
      status,
      assertionResults: tests.map((each) => ({ status: each, fullName: "a" })),
    })),
  });

  it("counts what passed, failed and was skipped", () => {
    const files = [{ status: "failed", tests: ["passed", "failed", "pending"] }];
    expect(renderTestLine(report(files, [1, 1, 1]))).toBe("tests: 1 passed, 1 failed, 1 skipped");
  });

  it("a file that did not load counts as one failure", () => {
    const files = [
      { status: "passed", tests: ["passed"] },
      { status: "failed", tests: [] },
    ];
    expect(renderTestLine(report(files, [1, 0, 0]))).toBe("tests: 1 passed, 1 failed, 0 skipped");
  });
});
