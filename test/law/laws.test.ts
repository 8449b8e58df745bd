import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { BREACHES, HONEST, NEIGHBOURS } from "./breaches.ts";
import { SOURCE_LAWS, scanSource, scanTree } from "./scan-source.ts";
import { type CruiseResult, cruise, PROJECT_ROOT, writeProject, writeTree } from "./tree.ts";

const rulesSchema = z.object({ forbidden: z.array(z.object({ name: z.string(), comment: z.string().min(20) })) });
const rules: unknown = createRequire(import.meta.url)("../../.dependency-cruiser.cjs");
const LAWS = rulesSchema.parse(rules).forbidden.map((one) => one.name);

const STUBBED_PACKAGES = ["zod", "hono", "@hono/node-server", "drizzle-orm", "pg", "diff", "@octokit/app", "ajv", "ai"];

describe("import laws", () => {
  let root = "";
  let broken: CruiseResult;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "patchpilot-laws-"));
    await writeProject(root, STUBBED_PACKAGES);
    const breaking = Object.fromEntries(BREACHES.map((one) => [one.file, one.source]));
    await writeTree(root, { ...NEIGHBOURS, ...breaking, ...HONEST });
    broken = await cruise(root);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it("every law is broken at least once here", () => {
    expect(new Set(BREACHES.map((one) => one.law))).toEqual(new Set(LAWS));
  });

  it.each(BREACHES)("$law: $file is reported", ({ law, file }) => {
    // A cycle is reported once, at one of its files.
    const at = broken.summary.violations.filter((one) =>
      [one.from, ...one.cycle.map((step) => step.name)].includes(file),
    );
    expect(at.map((one) => one.rule.name)).toContain(law);
  });

  it("files that go as far as the laws allow are not reported", () => {
    const honest = new Set([...Object.keys(HONEST), ...Object.keys(NEIGHBOURS)]);
    expect(broken.summary.violations.filter((one) => honest.has(one.from))).toEqual([]);
  });

  it("the project breaks none", async () => {
    const result = await cruise(PROJECT_ROOT);
    expect(result.modules.length).toBeGreaterThan(0);
    expect(result.summary.violations.map((one) => `${one.rule.name}: ${one.from} -> ${one.to}`)).toEqual([]);
  });
});

describe("source laws", () => {
  it.each([
    ["time-comes-from-the-clock", "const a = new Date();"],
    ["time-comes-from-the-clock", "const a = new Date;"],
    ["time-comes-from-the-clock", "const a = Date.now();"],
    ["time-comes-from-the-clock", "const a = Date();"],
    ["time-comes-from-the-clock", "const now = Date['now'];"],
    ["time-comes-from-the-clock", "const { now } = Date;"],
    ["chance-comes-from-ids", "const a = Math.random();"],
    ["chance-comes-from-ids", "const { random: dice } = Math;"],
    ["settings-come-from-config", "const a = process.env.HOME;"],
    ["settings-come-from-config", "const a = globalThis.process.env;"],
    ["settings-come-from-config", "const { env } = process;"],
    ["settings-come-from-config", 'import { env } from "node:process";'],
    ["fetch-lives-in-adapters", 'await fetch("https://example.com");'],
    ["fetch-lives-in-adapters", 'await globalThis.fetch("https://example.com");'],
  ])("%s is broken by `%s`", (law, source) => {
    expect(scanSource("lib/repair/plan.ts", `\n${source}`)).toEqual([{ law, file: "lib/repair/plan.ts", line: 2 }]);
  });

  it("every source law is broken above", () => {
    const texts = ["new Date()", "Math.random()", "process.env", "fetch(1)"];
    const found = texts.flatMap((text) => scanSource("lib/a.ts", text)).map((one) => one.law);
    expect(found).toEqual(SOURCE_LAWS.map((one) => one.name));
  });

  it.each([
    ["a comment", "// new Date() and process.env and Math.random()"],
    ["a string", 'const text = "Date.now() in process.env";'],
    ["a moment that is given", "const at = new Date(iso);"],
    ["an app's own fetch", "const answer = app.fetch(request);"],
    ["a fetch that was handed in", "const get = (fetch: Fetch) => fetch(url);"],
    ["another object's env", "const secret = c.env.SECRET;"],
  ])("%s breaks no law", (_, source) => {
    expect(scanSource("lib/repair/plan.ts", source)).toEqual([]);
  });

  it("each has exactly its one place", () => {
    const all = "new Date(); Math.random(); process.env; fetch(1);";
    const left = (path: string) => scanSource(path, all).map((one) => one.law);
    expect(left("lib/runtime/clock.ts")).not.toContain("time-comes-from-the-clock");
    expect(left("lib/runtime/ids.ts")).not.toContain("chance-comes-from-ids");
    expect(left("lib/config/env.ts")).not.toContain("settings-come-from-config");
    expect(left("lib/adapters/sentry/client.ts")).not.toContain("fetch-lives-in-adapters");
    for (const path of ["lib/runtime/clock.ts", "lib/runtime/ids.ts", "lib/config/env.ts"]) {
      expect(left(path)).toHaveLength(3);
    }
    expect(left("demo/main.ts")).toEqual([]);
  });

  it("the project breaks none", () => {
    expect(scanTree(PROJECT_ROOT)).toEqual([]);
  });
});
