import { execFile } from "node:child_process";
import { AppError } from "../../kernel/errors.ts";

/** Variables of the runner's environment that git may see: tools, proxies, certificates. No HOME, so nobody's settings. */
const PASSED = [
  "PATH",
  "TMPDIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
] as const;

/** Settings that make git deterministic and deaf: no hooks, no filters or helpers of anybody, no background work. */
const SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.excludesFile=/dev/null",
  "core.attributesFile=/dev/null",
  "core.autocrlf=false",
  "core.quotePath=true",
  "credential.helper=",
  "gc.auto=0",
  "maintenance.auto=false",
  "submodule.recurse=false",
  "diff.renames=true",
  "advice.detachedHead=false",
  "safe.directory=*",
].flatMap((setting) => ["-c", setting]);

const OUTPUT_LIMIT = 256 * 1024 * 1024;

export interface GitCall {
  args: readonly string[];
  gitDir?: string;
  workTree?: string;
  indexFile?: string;
  stdin?: string;
  /** More environment, for what must be on no command line and in no file. */
  env?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Runs git; answers with its standard output. AppError `git_failed` with git's own words, `git_missing`, `git_timeout`. */
export type RunGit = (call: GitCall) => Promise<Buffer>;

export function createRunGit(environment: Readonly<Record<string, string | undefined>>): RunGit {
  const passed: Record<string, string> = {};
  for (const name of PASSED) {
    const value = environment[name];
    if (value) passed[name] = value;
  }
  return (call) => runGit(passed, call);
}

function environmentOf(passed: Readonly<Record<string, string>>, call: GitCall): Record<string, string> {
  return {
    ...passed,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ALLOW_PROTOCOL: "https:http:file",
    ...(call.gitDir === undefined ? {} : { GIT_DIR: call.gitDir }),
    ...(call.workTree === undefined ? {} : { GIT_WORK_TREE: call.workTree }),
    ...(call.indexFile === undefined ? {} : { GIT_INDEX_FILE: call.indexFile }),
    ...call.env,
  };
}

function runGit(passed: Readonly<Record<string, string>>, call: GitCall): Promise<Buffer> {
  const command = call.args[0] ?? "";
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      [...SETTINGS, ...call.args],
      {
        encoding: "buffer",
        env: environmentOf(passed, call),
        cwd: call.workTree ?? call.gitDir ?? "/",
        maxBuffer: OUTPUT_LIMIT,
        timeout: call.timeoutMs ?? 120_000,
        ...(call.signal ? { signal: call.signal } : {}),
      },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        reject(faultOf(command, error, stderr.toString("utf8")));
      },
    );
    // git may end before it has read all of its input; its exit code says why.
    child.stdin?.on("error", () => {});
    child.stdin?.end(call.stdin ?? "");
  });
}

function faultOf(command: string, error: Error & { code?: unknown; killed?: boolean }, stderr: string): AppError {
  if (error.code === "ENOENT")
    return new AppError("git_missing", "git is not installed on this machine", { retry: "never", cause: error });
  if (error.name === "AbortError")
    return new AppError("git_aborted", `git ${command} was stopped`, { retry: "never", cause: error });
  if (error.killed)
    return new AppError("git_timeout", `git ${command} took too long and was ended`, { retry: "later", cause: error });
  const said = stderr.trim().split("\n").slice(-4).join("; ").slice(0, 600);
  // execFile's own error repeats the whole command line, so it is not kept as the cause.
  return new AppError("git_failed", `git ${command} failed: ${said}`, {
    retry: "later",
    context: { command, exitCode: error.code ?? null },
  });
}
