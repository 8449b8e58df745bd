import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Log } from "./kit/serve.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A child that is started again after it was killed; its output goes to `log`, one line at a time. */
export interface Process {
  /** kill -9, as a crash of the machine would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL for what does not end. */
  stop(): Promise<void>;
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

function launch(name: string, args: string[], env: Record<string, string>, log: Log): ChildProcess {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(LANG && { LANG }), ...(TMPDIR && { TMPDIR }), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) log(`${name}: ${line}`);
    });
  }
  return child;
}

function manage(
  name: string,
  args: string[],
  env: Record<string, string>,
  log: Log,
  ready: () => Promise<void>,
): Process {
  let child: ChildProcess | null = null;
  const ended = (process: ChildProcess) =>
    process.exitCode !== null || process.signalCode !== null
      ? Promise.resolve()
      : new Promise<void>((resolve) => process.once("exit", () => resolve()));
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    if (child === null) return;
    const running = child;
    child = null;
    running.kill(signal);
    const timer = setTimeout(() => running.kill("SIGKILL"), 8_000);
    await ended(running);
    clearTimeout(timer);
  };
  return {
    async start() {
      const started = launch(name, args, env, log);
      child = started;
      await Promise.race([
        ready(),
        ended(started).then(() =>
          Promise.reject(new Error(`${name} ended with ${started.exitCode ?? started.signalCode}`)),
        ),
      ]);
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

async function answers(url: string): Promise<void> {
  for (;;) {
    const isUp = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isUp) return;
    await sleep(100);
  }
}

/** Runs one command of the operator's CLI to its end. */
export async function runCli(options: { args: readonly string[]; env: Record<string, string> }) {
  const child = launch("cli", [join(ROOT, "cli/main.ts"), ...options.args], options.env, () => {});
  const read = async (stream: NodeJS.ReadableStream | null) => {
    let text = "";
    for await (const chunk of stream ?? []) text += chunk;
    return text;
  };
  const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  const [stdout, stderr, code] = await Promise.all([read(child.stdout), read(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** The control plane as a process of its own. */
export function controlPlane(options: {
  port: number;
  dataFolder: string;
  env: Record<string, string>;
  log: Log;
}): Process {
  const { port, dataFolder, env, log } = options;
  const args = [join(ROOT, "cli/main.ts"), "serve", "--port", String(port), "--data", dataFolder];
  return manage("patchpilot", args, env, log, () => answers(`http://127.0.0.1:${port}/api/health`));
}

/** A runner with the demo's worker. It gets the runner token and nothing that could write to GitHub. */
export function runner(options: {
  url: string;
  token: string;
  workFolder: string;
  workerMode: string;
  log: Log;
}): Process {
  const { url, token, workFolder, workerMode, log } = options;
  const command = `"${process.execPath}" "${join(ROOT, "demo/worker.ts")}"`;
  const args = [
    join(ROOT, "cli/runner-main.ts"),
    "--url",
    url,
    "--command",
    command,
    "--pass-env",
    "DEMO_WORKER_MODE",
    "--work-dir",
    workFolder,
    "--poll-seconds",
    "0.5",
    "--id",
    "demo-runner",
  ];
  const env = { PATCHPILOT_RUNNER_TOKEN: token, DEMO_WORKER_MODE: workerMode };
  return manage("runner", args, env, log, async () => {});
}
