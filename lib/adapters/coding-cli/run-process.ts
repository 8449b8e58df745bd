import { type ChildProcess, spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { ProcessEnd, ProcessResult } from "../../runner/ports.ts";
import { killMarked, signalGroup } from "./end-processes.ts";

/** How long a process may take to end by itself after SIGTERM. */
const TERM_GRACE_MS = 5_000;
/** How long to wait for output after the process ended: a stray grandchild may hold the pipes open. */
const DRAIN_MS = 2_000;

export interface ProcessInput {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed; null gives it nothing to read. */
  stdin: string | null;
  totalMs: number;
  /** Without any output for this long the process is ended; null never. */
  idleMs: number | null;
  stdoutLimit: number;
  tailLimit: number;
  /** When given, stray processes with this run's mark are ended too. */
  runId: string | null;
  onOutput?: (text: string) => void;
  /** Sees each whole line of standard output; true ends the process (`stopped`). */
  stopOnLine?: (line: string) => boolean;
  graceMs?: number;
  signal?: AbortSignal;
}

/** Keeps the last `limit` characters of what is added. */
function tailOf(limit: number): { add(text: string): void; text(): string } {
  let kept = "";
  return {
    add(text) {
      kept += text;
      // Cutting at every chunk would copy the tail each time.
      if (kept.length > limit * 2) kept = kept.slice(-limit);
    },
    text: () => kept.slice(-limit),
  };
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(-1_000_000);
    for (const line of lines) onLine(line);
  };
}

/** Resolves when the process has ended, what was left of its group is killed, and its output is read or not to be had. */
function whenEnded(child: ChildProcess): Promise<{ exitCode: number | null; failed: Error | null }> {
  return new Promise((resolve) => {
    child.once("error", (failed) => resolve({ exitCode: null, failed }));
    child.once("exit", (exitCode) => {
      if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
      const drain = setTimeout(() => resolve({ exitCode, failed: null }), DRAIN_MS);
      child.once("close", () => {
        clearTimeout(drain);
        resolve({ exitCode, failed: null });
      });
    });
  });
}

/** Ends the group once: SIGTERM, and SIGKILL to whatever is left of it after the grace. */
function groupEnder(
  child: ChildProcess,
  graceMs: number,
): { end(why: ProcessEnd): void; why(): ProcessEnd | null; clear(): void } {
  let why: ProcessEnd | null = null;
  let killer: NodeJS.Timeout | undefined;
  return {
    end(reason) {
      if (why !== null || child.pid === undefined) return;
      why = reason;
      const pid = child.pid;
      signalGroup(pid, "SIGTERM");
      killer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs);
    },
    why: () => why,
    clear: () => clearTimeout(killer),
  };
}

function watchOutput(child: ChildProcess, input: ProcessInput, onAny: () => void, onStop: () => void) {
  const stdout = tailOf(input.stdoutLimit);
  const tail = tailOf(input.tailLimit);
  const lines = lineSplitter((line) => {
    if (input.stopOnLine?.(line)) onStop();
  });
  const listen = (stream: NodeJS.ReadableStream | null, each: (text: string) => void) => {
    const decoder = new StringDecoder("utf8");
    stream?.on("data", (chunk: Buffer) => {
      const text = decoder.write(chunk);
      onAny();
      tail.add(text);
      input.onOutput?.(text);
      each(text);
    });
  };
  listen(child.stdout, (text) => {
    stdout.add(text);
    if (input.stopOnLine) lines(text);
  });
  listen(child.stderr, () => {});
  return { stdout: stdout.text, tail: tail.text };
}

function feed(child: ChildProcess, stdin: string | null): void {
  // A process that ends without reading its input breaks the pipe; its exit code says what matters.
  child.stdin?.on("error", () => {});
  child.stdin?.end(stdin ?? "");
}

/**
 * Runs one process in a process group of its own and leaves nothing of it behind: when it ends, or is ended by a
 * timeout, the signal or `stopOnLine`, the whole group is killed. Never throws; `end` says what happened.
 */
export async function runProcess(input: ProcessInput): Promise<ProcessResult> {
  const startedAt = performance.now();
  const result = (end: ProcessEnd, exitCode: number | null, stdout: string, tail: string): ProcessResult => ({
    end,
    exitCode,
    stdout,
    tail,
    durationMs: Math.round(performance.now() - startedAt),
  });
  if (input.signal?.aborted) return result("aborted", null, "", "");

  const child = spawn(input.file, [...input.args], {
    cwd: input.cwd,
    env: { ...input.env },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ender = groupEnder(child, input.graceMs ?? TERM_GRACE_MS);
  const total = setTimeout(() => ender.end("total_timeout"), input.totalMs);
  const idle = input.idleMs === null ? null : setTimeout(() => ender.end("idle_timeout"), input.idleMs);
  const onAbort = () => ender.end("aborted");
  input.signal?.addEventListener("abort", onAbort, { once: true });
  const output = watchOutput(
    child,
    input,
    () => idle?.refresh(),
    () => ender.end("stopped"),
  );
  feed(child, input.stdin);

  const { exitCode, failed } = await whenEnded(child);
  clearTimeout(total);
  if (idle !== null) clearTimeout(idle);
  ender.clear();
  input.signal?.removeEventListener("abort", onAbort);
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (failed) return result("spawn_failed", null, "", failed.message);
  if (input.runId !== null) await killMarked(input.runId);
  return result(ender.why() ?? "exited", exitCode, output.stdout(), output.tail());
}
