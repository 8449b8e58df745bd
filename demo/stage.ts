import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "./kit/serve.ts";
import { DEMO_MODEL, type ModelMode, startDemoLlm } from "./llm/index.ts";
import { type Maintainer, startMaintainer } from "./maintainer.ts";
import { controlPlane, freePort, type Process, runCli, runner } from "./processes.ts";
import { startWorld, type World } from "./world.ts";

/** How the demo's worker behaves; see demo/worker.ts. */
export type WorkerMode = "good" | "bad-first" | "half-first" | "unproven-first" | "helpless" | "malicious";

/** A world with Patchpilot watching it: everything that `npm start` and every scenario run on. */
export interface DemoStage {
  world: World;
  url: string;
  server: Process;
  runner: Process;
  /** Where the runner keeps its clones and runs. */
  runnerFolder: string;
  /** Calls `see` with every line that the runner prints from now on. */
  watchRunner(see: (line: string) => void): void;
  maintainer: Maintainer;
  /** Starts the control plane anew with these parts of POLICY changed, as new settings are deployed. */
  changePolicy(policy: Record<string, unknown>): Promise<void>;
  /** Runs the operator's CLI over the control plane's database, which has to be stopped: it is embedded. */
  runCli(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Asks the control plane's admin API. */
  ask<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

export interface StageOptions {
  log: Log;
  port?: number;
  workerMode?: WorkerMode;
  /** Kept where it is given; else a temporary folder that goes when the stage closes. */
  dir?: string;
  thinkMs?: number;
  /** More settings for the control plane, once the world is there. */
  prepare?: (world: World) => Promise<Record<string, string>>;
  hasTraffic?: boolean;
  /** Where the shop reports its errors; Sentry where it is not said. */
  tracker?: "sentry" | "glitchtip";
  /** Alerts of one Sentry issue come no closer together than this; 0 sends one for every event. */
  alertEveryMs?: number;
  /** Whether the shop reports how long its requests take, too. */
  hasTracing?: boolean;
  /** Whether every webhook is lost on its way to the control plane. */
  losesWebhooks?: boolean;
  /** Whether incidents are looked at by the demo's model, which is none but a few rules; see demo/llm. */
  hasModel?: boolean;
  /** How that model behaves; by its rules where it is not said. */
  modelMode?: ModelMode;
  /** Parts of the control plane's POLICY beside the world's own. */
  policy?: Record<string, unknown>;
}

/** The world's settings with these parts of POLICY added. */
function withPolicy(env: Record<string, string>, policy: Record<string, unknown>): Record<string, string> {
  return { ...env, POLICY: JSON.stringify({ ...JSON.parse(env.POLICY ?? "{}"), ...policy }) };
}

/** Starts the world, the control plane, a runner and the maintainer. */
export async function openStage(options: StageOptions): Promise<DemoStage> {
  const { log } = options;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "patchpilot-demo-")));
  const port = options.port ?? (await freePort());
  const url = `http://localhost:${port}`;
  log("world: starting a GitHub, a Sentry, a Vercel, a shop and its customers");
  const world = await startWorld({
    dir: join(dir, "world"),
    log,
    ...(options.hasTraffic === false && { hasTraffic: false }),
    ...(options.tracker && { tracker: options.tracker }),
    ...(options.alertEveryMs !== undefined && { alertEveryMs: options.alertEveryMs }),
    ...(options.hasTracing && { hasTracing: true }),
  });
  const llm = options.hasModel ? await startDemoLlm({ log, mode: options.modelMode ?? "rules" }) : null;
  const env = {
    ...withPolicy(world.environment(url), options.policy ?? {}),
    ...(llm && { LLM_MODEL: DEMO_MODEL, LLM_BASE_URL: llm.baseUrl }),
    ...(await options.prepare?.(world)),
  };
  const server = controlPlane({ port, dataFolder: join(dir, "data"), env, log });
  await server.start();
  if (options.losesWebhooks) world.loseWebhooks();
  world.setControlPlane(url);
  const watchers: ((line: string) => void)[] = [];
  const runnerFolder = join(dir, "runner");
  const worker = runner({
    url,
    token: world.identity.runnerToken,
    workFolder: runnerFolder,
    workerMode: options.workerMode ?? "good",
    log(line) {
      log(line);
      for (const see of watchers) see(line);
    },
  });
  await worker.start();
  const maintainer = startMaintainer(world, { thinkMs: options.thinkMs ?? 5_000, log });
  return {
    world,
    url,
    server,
    runner: worker,
    runnerFolder,
    watchRunner: (see) => void watchers.push(see),
    maintainer,
    async changePolicy(policy) {
      Object.assign(env, withPolicy(env, policy));
      await server.stop();
      await server.start();
    },
    runCli: (args) => runCli({ args: [...args, "--data", join(dir, "data")], env }),
    async ask(path) {
      const answer = await fetch(`${url}${path}`, {
        headers: { authorization: `Bearer ${world.identity.adminToken}` },
      });
      if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as never;
    },
    async close() {
      maintainer.stop();
      await worker.stop();
      await server.stop();
      await llm?.close();
      await world.close();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}
