import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { TOOLS, type ToolName, type ToolSettings } from "../lib/adapters/coding-cli/profiles.ts";
import { AppError, messageOf } from "../lib/kernel/errors.ts";
import { WORKER_PROFILES, type WorkerProfile, workerChainSchema } from "../lib/repair/model.ts";
import type { Logger } from "../lib/runtime/logger.ts";
import { type RunnerOptions, startRunner } from "../lib/wiring/start-runner.ts";

export const RUNNER_USAGE = `Usage: runner [options]

Claims repairs from a Patchpilot control plane, lets a coding agent work on them here, and reports the patch. It needs
git, the repository's own tools, and no token that can write to the repository.

  --url URL            the control plane (PATCHPILOT_URL)
  --token-file FILE    file with the runner token, - for standard input (else PATCHPILOT_RUNNER_TOKEN; a GitHub Actions
                       job with \`id-token: write\` needs none)
  --profile NAME       worker profile: ${WORKER_PROFILES.join(", ")};
                       may be repeated (WORKER_PROFILE, else claude, or custom when --command is given)
  --command COMMAND    the custom profile's command line; it reads $PATCHPILOT_BRIEF and edits the current folder
  --pass-env NAME      hand this variable to the custom command; may be repeated
  --model NAME         model where the control plane names none; TOOL:NAME is for one tool alone; may be repeated
  --repository O/N     take runs of this repository only; may be repeated
  --run ID             take this run only
  --id NAME            name of this runner (default: the host's name)
  --work-dir DIR       folder for clones and worktrees (default: ~/.patchpilot/runner)
  --concurrency N      runs at a time (default: 1)
  --poll-seconds N     pause between claims when there is nothing to do (default: 5)
  --finish-seconds N   how long SIGTERM lets runs finish before they are handed back (default: 5)
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
  model: { type: "string", multiple: true },
  repository: { type: "string", multiple: true },
  run: { type: "string" },
  id: { type: "string" },
  "work-dir": { type: "string" },
  concurrency: { type: "string" },
  "poll-seconds": { type: "string" },
  "finish-seconds": { type: "string" },
  once: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Runner options of a command line and an environment; null when help was asked for. Throws with a readable message. */
export function readRunnerArgs(args: readonly string[], environment: Environment): RunnerOptions | null {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  if (values.help) return null;
  const profiles = readProfiles(values.profile, values.command, environment);
  const pass = values["pass-env"] ?? [];
  return {
    controlPlaneUrl: readUrl(values.url || environment.PATCHPILOT_URL),
    token: readToken(values["token-file"], environment),
    runnerId: values.id || hostname(),
    profiles,
    workDir: values["work-dir"] || join(homedir(), ".patchpilot", "runner"),
    repositories: values.repository ?? null,
    runId: values.run || null,
    once: values.once ?? false,
    concurrency: readNumber("--concurrency", values.concurrency ?? "1", { least: 1, most: 32, isWhole: true }),
    pollMs: readNumber("--poll-seconds", values["poll-seconds"] ?? "5", { least: 0.05, most: 3_600 }) * 1_000,
    finishMs: readNumber("--finish-seconds", values["finish-seconds"] ?? "5", { least: 0, most: 3_600 }) * 1_000,
    environment,
    ...readModels(values.model ?? []),
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

function readToken(file: string | undefined, environment: Environment): RunnerOptions["token"] {
  if (file === undefined) {
    const token = environment.PATCHPILOT_RUNNER_TOKEN?.trim();
    return token || readActionsToken(environment);
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

/** What GitHub gives a job that may prove who it is. */
function readActionsToken(environment: Environment): RunnerOptions["token"] {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken } = environment;
  if (requestUrl && requestToken) return { requestUrl, requestToken };
  if (environment.GITHUB_ACTIONS === "true")
    throw new UsageError("this job cannot prove who it is: give it `permissions: id-token: write`");
  throw new UsageError("no runner token: set PATCHPILOT_RUNNER_TOKEN or give --token-file");
}

function readProfiles(
  named: readonly string[] | undefined,
  command: string | undefined,
  environment: Environment,
): WorkerProfile[] {
  const text = named?.join(",") ?? (environment.WORKER_PROFILE || (command === undefined ? "claude" : "custom"));
  const chain = workerChainSchema.safeParse(text);
  if (!chain.success) throw new UsageError(`the worker profile ${chain.error.issues[0]?.message ?? "is not known"}`);
  const profiles = [...new Set(chain.data.map((worker) => worker.profile))];
  if (profiles.includes("custom") && command === undefined) throw new UsageError("the custom profile needs --command");
  return profiles;
}

/** `opus` is for every tool that is given none of its own by `claude:opus`. */
function readModels(named: readonly string[]): Partial<Record<ToolName, ToolSettings>> {
  const isOwn = (text: string) => TOOLS.some((tool) => text.startsWith(`${tool}:`));
  const common = named.findLast((text) => !isOwn(text));
  const models = TOOLS.flatMap((tool) => {
    const own = named.findLast((text) => text.startsWith(`${tool}:`))?.slice(tool.length + 1);
    const model = own ?? common;
    return model === undefined ? [] : [[tool, { model }] as const];
  });
  return Object.fromEntries(models);
}

function readNumber(option: string, text: string, range: { least: number; most: number; isWhole?: boolean }): number {
  const { least, most, isWhole = false } = range;
  const value = Number(text);
  const isKind = text.trim() !== "" && (!isWhole || Number.isInteger(value));
  if (isKind && value >= least && value <= most) return value;
  throw new UsageError(`${option} must be a ${isWhole ? "whole " : ""}number from ${least} to ${most}, not ${text}`);
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
      console.error("shutting down: runs at work are finished or handed back");
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
