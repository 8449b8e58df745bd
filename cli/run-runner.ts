import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AppError, messageOf } from "../lib/kernel/errors.ts";
import { WORKER_PROFILES, type WorkerProfile } from "../lib/repair/model.ts";
import type { Logger } from "../lib/runtime/logger.ts";
import { type RunnerOptions, startRunner } from "../lib/wiring/start-runner.ts";

export const RUNNER_USAGE = `Usage: runner [options]

Claims repairs from a Patchpilot control plane, lets a coding agent work on them here, and reports the patch. It needs
git, the repository's own tools, and no token that can write to the repository.

  --url URL            the control plane (PATCHPILOT_URL)
  --token-file FILE    file with the runner token, - for standard input (else PATCHPILOT_RUNNER_TOKEN)
  --profile NAME       worker profile: claude, codex or custom; may be repeated (WORKER_PROFILE, else claude,
                       or custom when --command is given)
  --command COMMAND    the custom profile's command line; it reads $PATCHPILOT_BRIEF and edits the current folder
  --pass-env NAME      hand this variable to the custom command; may be repeated
  --model NAME         model for claude or codex
  --repository O/N     take runs of this repository only; may be repeated
  --id NAME            name of this runner (default: the host's name)
  --work-dir DIR       folder for clones and worktrees (default: ~/.patchpilot/runner)
  --poll-seconds N     pause between claims when there is nothing to do (default: 5)
  --once               execute one run, if one waits, and end
  --help

Exit codes: 0 done, 1 something went wrong, 2 used wrongly.`;

class UsageError extends Error {}

const OPTIONS = {
  url: { type: "string" },
  "token-file": { type: "string" },
  profile: { type: "string", multiple: true },
  command: { type: "string" },
  "pass-env": { type: "string", multiple: true },
  model: { type: "string" },
  repository: { type: "string", multiple: true },
  id: { type: "string" },
  "work-dir": { type: "string" },
  "poll-seconds": { type: "string" },
  once: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Runner options of a command line and an environment; null when help was asked for. Throws with a readable message. */
export function readRunnerArgs(args: readonly string[], environment: Environment): RunnerOptions | null {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  if (values.help) return null;
  const profiles = readProfiles(values.profile, values.command, environment);
  const model = values.model === undefined ? {} : { model: values.model };
  const pass = values["pass-env"] ?? [];
  return {
    controlPlaneUrl: readUrl(values.url || environment.PATCHPILOT_URL),
    token: readToken(values["token-file"], environment),
    runnerId: values.id || hostname(),
    profiles,
    workDir: values["work-dir"] || join(homedir(), ".patchpilot", "runner"),
    repositories: values.repository ?? null,
    once: values.once ?? false,
    pollMs: readPollSeconds(values["poll-seconds"]) * 1_000,
    environment,
    claude: model,
    codex: model,
    ...(values.command === undefined ? {} : { custom: { command: values.command, pass } }),
  };
}

function readUrl(text: string | undefined): string {
  if (!text) throw new UsageError("no control plane: give --url or set PATCHPILOT_URL");
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`the control plane's URL is not an http(s) URL: ${text}`);
  }
  return text;
}

function readToken(file: string | undefined, environment: Environment): string {
  if (file === undefined) {
    const token = environment.PATCHPILOT_RUNNER_TOKEN?.trim();
    if (!token) throw new UsageError("no runner token: set PATCHPILOT_RUNNER_TOKEN or give --token-file");
    return token;
  }
  let token = "";
  try {
    token = readFileSync(file === "-" ? 0 : file, "utf8").trim();
  } catch (error) {
    throw new UsageError(`--token-file cannot be read: ${messageOf(error)}`);
  }
  if (token === "") throw new UsageError(`--token-file ${file} is empty`);
  return token;
}

function readProfiles(
  named: readonly string[] | undefined,
  command: string | undefined,
  environment: Environment,
): WorkerProfile[] {
  const fallback = environment.WORKER_PROFILE || (command === undefined ? "claude" : "custom");
  const names = named ?? [fallback];
  return names.map((name) => {
    const profile = WORKER_PROFILES.find((known) => known === name);
    if (profile === undefined)
      throw new UsageError(`unknown worker profile ${name}: one of ${WORKER_PROFILES.join(", ")}`);
    if (profile === "custom" && command === undefined) throw new UsageError("the custom profile needs --command");
    return profile;
  });
}

function readPollSeconds(text: string | undefined): number {
  const seconds = text === undefined ? 5 : Number(text);
  if (!(seconds > 0 && seconds <= 3_600))
    throw new UsageError(`--poll-seconds must be between 0 and 3600, not ${text}`);
  return seconds;
}

/** One line an event for a person at a terminal or a job's log. */
export const runnerLogger: Logger = {
  log(level, event, fields = {}) {
    const facts = Object.entries(fields).map(
      ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    const mark = level === "info" || level === "debug" ? "" : `${level}: `;
    console.error(`${mark}${event.replace(/^runner\./, "").replaceAll("_", " ")} ${facts.join(" ")}`.trim());
  },
};

/** Aborted by the first SIGTERM or SIGINT; a second one ends the process at once. */
function shutdownSignal(): AbortSignal {
  const shutdown = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (shutdown.signal.aborted) process.exit(1);
      console.error("shutting down: the current run is ended and reported");
      shutdown.abort();
    });
  }
  return shutdown.signal;
}

/** The runner as a program. Answers with its exit code. */
export async function runnerMain(args: readonly string[], environment: Environment): Promise<number> {
  let options: RunnerOptions | null;
  try {
    options = readRunnerArgs(args, environment);
  } catch (error) {
    console.error(`${messageOf(error)}\nSee --help.`);
    return 2;
  }
  if (options === null) {
    console.log(RUNNER_USAGE);
    return 0;
  }
  try {
    const { runs } = await startRunner({ ...options, logger: runnerLogger, signal: shutdownSignal() });
    console.error(runs === 0 ? "no run was executed" : `runs executed: ${runs}`);
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    return error instanceof AppError && ["profile_unknown", "secret_not_passed"].includes(error.code) ? 2 : 1;
  }
}
