import { type ChildProcess, spawn } from "node:child_process";
import { PROJECT_ROOT } from "../law/tree.ts";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The environment of a person's shell without any setting of ours: what a fresh clone is started with. */
export function plainEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "LANG", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Starts a program of ours with this Node, in `cwd` (default: the project). */
export function startProgram(args: readonly string[], cwd: string = PROJECT_ROOT): ChildProcess {
  return spawn(process.execPath, args, { cwd, env: plainEnvironment(), stdio: ["pipe", "pipe", "pipe"] });
}

/** Runs a program of ours to its end, with `input` on its standard input. */
export async function runProgram(args: readonly string[], input = ""): Promise<Ended> {
  const child = startProgram(args);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin?.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}
