import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import * as z from "zod";
import { type Bundle, buildAll, bundleOptions } from "../../build.ts";
import { openDatabase } from "../../lib/db/open-database.ts";
import { functionEnvironment } from "../doors/environment.ts";
import { type LocalNeon, startNeonLocal } from "../support/neon-local.ts";
import { startPostgres } from "../support/postgres.ts";
import { type BenchResult, type Comparison, describeLoad, median } from "./kit/result.ts";

const ROUNDS = 15;
const GOAL_RATIO = 1.5;
const GOAL_MS = 250;
const ROOT = join(import.meta.dirname, "../..");

/** The least that a door could be: the framework, a body read, an answer. */
const BARE_HONO = `
import { Hono } from "hono";
const app = new Hono();
app.post("/*", async (c) => { await c.req.text(); return c.json({ outcome: "accepted" }, 202); });
export default app;`;

/** The same with one statement over HTTP before it answers: what any door pays that stores before it says so. */
const STORING_HONO = BARE_HONO.replace(
  "await c.req.text();",
  `await c.req.text();
  const answer = await fetch("https://api.neon.test/sql", {
    method: "POST",
    headers: { "Neon-Connection-String": process.env.DATABASE_URL, "Neon-Array-Mode": "true" },
    body: JSON.stringify({ query: "select count(*) from deliveries", params: [] }),
  });
  await answer.json();`,
);

const probeSchema = z.object({ ms: z.number(), status: z.number(), text: z.string(), rssBytes: z.number() });
type Probe = z.infer<typeof probeSchema>;

/** A new issue's delivery as Sentry signs it; `round` makes each one a delivery of its own. */
function composeDelivery(secret: string, round: number): string {
  const issue = {
    id: String(4_000_000 + round),
    shortId: `SHOP-${round}`,
    title: "TypeError: Cannot read properties of undefined (reading 'percent')",
    culprit: "checkout/pricing",
    level: "error",
    status: "unresolved",
    count: "1",
    userCount: 1,
    firstSeen: "2026-01-01T00:00:00.000000Z",
    lastSeen: "2026-01-01T00:00:00.000000Z",
    metadata: { type: "TypeError", value: "Cannot read properties of undefined (reading 'percent')" },
    project: { id: "1", name: "shop", slug: "shop", platform: "node" },
    permalink: null,
  };
  const installation = { uuid: "a8e5d37a-696c-4c54-adb5-b3f28d64c7de" };
  const body = JSON.stringify({
    action: "created",
    actor: { id: "sentry", type: "application" },
    data: { issue },
    installation,
  });
  const headers = {
    "content-type": "application/json",
    "request-id": `0a1b2c3d4e5f4071829300000000${String(round).padStart(4, "0")}`,
    "sentry-hook-resource": "issue",
    "sentry-hook-timestamp": "1767225600",
    "sentry-hook-signature": createHmac("sha256", secret).update(body).digest("hex"),
  };
  return JSON.stringify({ method: "POST", headers, body });
}

async function bundleSource(contents: string, file: string): Promise<void> {
  const { entryPoints: _, ...options } = bundleOptions("", file);
  await build({ ...options, stdin: { contents, resolveDir: import.meta.dirname, loader: "js" } });
}

/**
 * Starts a process for each bundle in turns, and returns what the processes told of themselves. By its URL's host name the
 * door takes Neon's HTTP interface; the probe sends what that asks to the local server.
 */
async function probeInTurns(files: { door: string; bare: string; storing: string }, neon: LocalNeon) {
  const env = functionEnvironment(neon.url);
  const secret = env.SENTRY_CLIENT_SECRET ?? "";
  const ask = async (file: string, request: string): Promise<Probe> => {
    const args = [join(import.meta.dirname, "kit/cold-probe.mjs"), file, request, String(neon.port)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const probe = probeSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
    if (probe.status !== 202) throw new Error(`cold-start: ${file} answered ${probe.status}: ${probe.text}`);
    return probe;
  };
  const probes = { door: [] as Probe[], bare: [] as Probe[], storing: [] as Probe[] };
  for (let round = 0; round < ROUNDS; round++) {
    const request = composeDelivery(secret, round);
    probes.bare.push(await ask(files.bare, request));
    probes.storing.push(await ask(files.storing, request));
    probes.door.push(await ask(files.door, request));
  }
  return probes;
}

type Baseline = Comparison["baseline"];

function compare(what: string, unit: string, ours: number, baseline: Baseline, goal: Comparison["goal"]): Comparison {
  return { what, unit, ours, baseline, ratio: ours / baseline.value, goal };
}

function describeSizes(bundles: Bundle[]): string {
  const sizes = bundles.map(({ name, bytes, bytesAtStart }) => {
    return `${name} ${(bytesAtStart / 1024).toFixed(0)} of ${(bytes / 1024).toFixed(0)}`;
  });
  return `bundles, KiB loaded at start: ${sizes.join(", ")}`;
}

/**
 * Process start to the first 202 of the webhook door's bundle (verified, read, stored in a real Postgres through Neon's
 * HTTP interface) beside a bundle of bare Hono that stores nothing, and beside one that makes one statement over HTTP; in
 * turns, a new process each; and the memory of the first two.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "patchpilot-cold-start-"));
  const postgres = await startPostgres();
  const neon = await startNeonLocal(postgres.url);
  try {
    const database = await openDatabase(postgres.url, null);
    await database.migrate();
    await database.close();
    const bundles = await buildAll(ROOT, join(folder, "dist"));
    const files = {
      door: join(folder, "dist/api/webhooks.mjs"),
      bare: join(folder, "bare.mjs"),
      storing: join(folder, "storing.mjs"),
    };
    await bundleSource(BARE_HONO, files.bare);
    await bundleSource(STORING_HONO, files.storing);
    const { door, bare, storing } = await probeInTurns(files, neon);
    const ms = (of: Probe[]) => median(of.map((one) => one.ms));
    const mib = (of: Probe[]) => median(of.map((one) => one.rssBytes)) / 1024 / 1024;
    const isMet = ms(door) / ms(bare) <= GOAL_RATIO && ms(door) < GOAL_MS;
    return {
      name: "cold-start",
      method: `process start to the first 202, median of ${ROUNDS} processes each, in turns, Node ${process.version}`,
      comparisons: [
        compare(
          "webhook door, verified and stored",
          "ms",
          ms(door),
          { name: "bare Hono, nothing stored", value: ms(bare) },
          { text: `at most ${GOAL_RATIO} times, under ${GOAL_MS} ms`, isMet },
        ),
        compare(
          "webhook door, verified and stored",
          "ms",
          ms(door),
          { name: "bare Hono and one statement over HTTP", value: ms(storing) },
          null,
        ),
        compare("memory", "MiB", mib(door), { name: "bare Hono, nothing stored", value: mib(bare) }, null),
      ],
      notes: [describeSizes(bundles), describeLoad()],
    };
  } finally {
    await neon.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
