import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PROBE_EVERY_MS = 50;
const STOP_AFTER_MS = 4000;

export interface Instance {
  port: number;
  pid: number;
  /** Resolves with the reason when the process has ended. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

export interface StartOptions {
  tree: string;
  env: Record<string, string>;
  healthPath: string;
  timeoutMs: number;
  onLine(type: "stdout" | "stderr", text: string): void;
}

/** Starts the program of a tree on a free port and waits until it is healthy; throws with what it printed last. */
export async function startInstance(options: StartOptions): Promise<Instance> {
  const port = await freePort();
  const tail: string[] = [];
  const child = spawnProgram(options, port);
  forwardLines(child, (type, text) => {
    tail.push(text);
    if (tail.length > 20) tail.shift();
    options.onLine(type, text);
  });
  let reason: string | null = null;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    child.once("close", (code, signal) => resolve(signal ? `ended by ${signal}` : `exited with code ${code}`));
  }).then((text) => {
    reason = text;
    return text;
  });
  const url = `http://127.0.0.1:${port}${options.healthPath}`;
  const deadline = performance.now() + options.timeoutMs;
  for (let last = "no answer"; ; ) {
    if (reason !== null) throw new Error(`The process ${reason} before it was healthy.\n${tail.join("\n")}`.trim());
    last = await probe(url);
    if (last === "healthy") break;
    if (performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(
        `The process was not healthy after ${options.timeoutMs} ms (${options.healthPath}: ${last}).\n${tail.join("\n")}`.trim(),
      );
    }
    await pause(PROBE_EVERY_MS);
  }
  return { port, pid: child.pid ?? 0, ended, stop: () => stopChild(child, ended) };
}

async function probe(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.ok ? "healthy" : `status ${answer.status}`;
  } catch {
    return "no answer";
  }
}

function spawnProgram(options: StartOptions, port: number): ChildProcess {
  const { command, args } = startCommand(options.tree);
  const guard = `--import ${new URL("./stop-with-parent.mjs", import.meta.url).href}`;
  // The tree's own process sees what its platform gives it, not the environment of this one.
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: options.tree,
    ...options.env,
    PORT: String(port),
    NODE_OPTIONS: `${guard} ${options.env.NODE_OPTIONS ?? ""}`.trim(),
  };
  // In a process group of its own: a Ctrl-C in the world's terminal is for the world, which then stops it in order.
  return spawn(command, args, { cwd: options.tree, env, detached: true, stdio: ["ignore", "pipe", "pipe", "ipc"] });
}

/** `start` of package.json, else `node server.mjs`. A plain `node …` runs without a shell, so that signals reach it. */
function startCommand(tree: string): { command: string; args: string[] } {
  const start = readScripts(tree).start ?? "node server.mjs";
  const words = start.split(/\s+/);
  if (words[0] === "node" && !/[|&;<>$"'`\\]/.test(start)) return { command: process.execPath, args: words.slice(1) };
  return { command: "sh", args: ["-c", `exec ${start}`] };
}

/** The scripts of a tree's package.json; none when there is no such file. A broken one throws. */
export function readScripts(tree: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(join(tree, "package.json"), "utf8");
  } catch {
    return {};
  }
  const parsed: unknown = JSON.parse(text);
  const scripts = typeof parsed === "object" && parsed !== null && "scripts" in parsed ? parsed.scripts : null;
  if (typeof scripts !== "object" || scripts === null) return {};
  return Object.fromEntries(
    Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function forwardLines(child: ChildProcess, onLine: (type: "stdout" | "stderr", text: string) => void): void {
  for (const type of ["stdout", "stderr"] as const) {
    let rest = "";
    child[type]?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.trim()) onLine(type, line);
    });
  }
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const cancel = new AbortController();
  const late = pause(STOP_AFTER_MS, undefined, { signal: cancel.signal }).then(
    () => child.kill("SIGKILL"),
    () => false,
  );
  await ended;
  cancel.abort();
  await late;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no free port")),
      );
    });
  });
}
