import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROJECT_ROOT } from "../law/tree.ts";
import { startProgram } from "../support/run-program.ts";

interface Line {
  name: string;
  status: string;
  detail: string;
}

let folder = "";
let sentry: Server | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "patchpilot-doctor-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await new Promise((resolve) => (sentry ? sentry.close(resolve) : resolve(null)));
  sentry = null;
});

/** What `patchpilot <args>` says in a folder whose `.env` holds these settings. */
async function run(args: readonly string[], settings: Record<string, string> = {}): Promise<string> {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  await writeFile(join(folder, ".env"), lines.join("\n"));
  const child = startProgram([join(PROJECT_ROOT, "cli/main.ts"), ...args], folder);
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stdin?.end();
  await new Promise((resolve) => child.once("close", resolve));
  return output;
}

async function ask(settings: Record<string, string> = {}): Promise<Map<string, Line>> {
  const lines = JSON.parse(await run(["doctor", "--json"], settings)) as Line[];
  return new Map(lines.map((line) => [line.name, line]));
}

/** A Sentry that has nothing, and answers `releaseStatus` to who asks for a release. */
async function startSentry(releaseStatus: number): Promise<Record<string, string>> {
  const server = createServer((request, response) => {
    response.writeHead(request.url?.includes("/releases/") ? releaseStatus : 404, {
      "content-type": "application/json",
    });
    response.end('{"detail":"no"}');
  });
  sentry = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { SENTRY_URL: `http://127.0.0.1:${port}`, SENTRY_AUTH_TOKEN: "token-for-tests", SENTRY_ORG: "acme" };
}

const MODEL = { LLM_MODEL: "anthropic/claude-sonnet-5" };
const KEY = { ANTHROPIC_API_KEY: "key-for-tests" };

describe("patchpilot doctor", { timeout: 240_000 }, () => {
  it("names what is missing, a line each: the schema and what brings it, the scope that Sentry's token lacks", async () => {
    const lines = await ask({ ...(await startSentry(403)), ...MODEL, ...KEY });
    for (const name of ["database", "jobs", "sentry app"]) {
      const line = lines.get(name);
      expect(line?.status).toBe("failed");
      expect(line?.detail).toMatch(/^the database's schema is missing .*`patchpilot migrate --apply` brings it$/);
    }
    expect(lines.get("sentry")?.status).toBe("ok");
    const detail = "SENTRY_AUTH_TOKEN may not read releases: give it the scope project:releases (Release: Admin)";
    expect(lines.get("releases")).toEqual({ name: "releases", status: "failed", detail });
    expect(lines.get("model")).toMatchObject({ status: "ok", detail: expect.stringContaining("its key is set") });
  });

  it("finds nothing wrong where the schema is there and the token may read releases", async () => {
    await symlink(join(PROJECT_ROOT, "drizzle"), join(folder, "drizzle"));
    await run(["migrate", "--apply"]);
    const lines = await ask(await startSentry(404));
    expect(lines.get("releases")?.detail).toBe("the token may read releases");
    expect(lines.get("model")?.status).toBe("off");
    expect([...lines.values()].filter((line) => line.status === "failed")).toEqual([]);
  });

  it("fails on a model without its key, which is found before anything is asked", async () => {
    const detail = "ANTHROPIC_API_KEY is missing, which LLM_MODEL=anthropic/… needs";
    expect([...(await ask(MODEL)).values()]).toEqual([{ name: "settings", status: "failed", detail }]);
  });
});
