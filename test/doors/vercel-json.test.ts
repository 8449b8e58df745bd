import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { schedules } from "../../cron/index.ts";
import { PROJECT_ROOT } from "../law/tree.ts";
import { matchFunction, readVercelJson } from "./vercel.ts";

const config = readVercelJson(PROJECT_ROOT);
const DOORS = readdirSync(join(PROJECT_ROOT, "api")).map((file) => `api/${file}`);

/** Minute and hour are one number each: once a day at most. Anything finer fails the deployment on the Hobby plan. */
const AT_MOST_DAILY = /^\d{1,2} \d{1,2} \S+ \S+ \S+$/;

describe("vercel.json", () => {
  it("has settings for exactly the doors in api/", () => {
    expect(Object.keys(config.functions).sort()).toEqual([...DOORS].sort());
  });

  it.each(DOORS)("%s is one line: the bundle's app", (door) => {
    const name = door.slice("api/".length, -".js".length);
    expect(readFileSync(join(PROJECT_ROOT, door), "utf8")).toBe(`export { default } from "../dist/api/${name}.mjs";\n`);
  });

  it.each([
    ["/api/webhooks/sentry", "/api/webhooks"],
    ["/api/webhooks/glitchtip/token", "/api/webhooks"],
    ["/api/jobs/triage.assess-incident", "/api/jobs"],
    ["/api/cron/sweep", "/api/cron"],
    ["/api/runner/claim", "/api/runner"],
    ["/runner.mjs", "/api/runner"],
    ["/api/admin/incidents", "/api/admin"],
    ["/api/openapi.json", "/api/admin"],
    ["/api/metrics", "/api/admin"],
    ["/mcp", "/api/admin"],
    ["/", "/api/admin"],
    ["/incidents/inc_0123456789", "/api/admin"],
    ["/login", "/api/admin"],
    ["/logout", "/api/admin"],
    ["/assets/page.css", "/api/admin"],
    ["/patchpilot.schema.json", "/api/admin"],
    ["/api/health", "/api/health"],
    ["/lib/kernel/ids.ts", null],
  ])("%s is answered by %s", (path, door) => {
    expect(matchFunction(config, PROJECT_ROOT, path)).toBe(door);
  });

  it("runs every one of our schedules, and nothing else, daily at most", () => {
    expect(config.crons.map((one) => one.path).sort()).toEqual(schedules.map((one) => one.path).sort());
    for (const { schedule } of config.crons) expect(schedule).toMatch(AT_MOST_DAILY);
  });

  it("publishes a folder that holds no source", () => {
    expect(existsSync(join(PROJECT_ROOT, "public/robots.txt"))).toBe(true);
    expect(globSync("public/**/*.{ts,js,mjs,sql,json,env}", { cwd: PROJECT_ROOT })).toEqual([]);
  });
});
