import { lstat, readFile } from "node:fs/promises";
import { AppError } from "../../kernel/errors.ts";
import { UNKNOWN_USAGE } from "../../runner/cli-result-model.ts";
import type { CodingCli, ProcessResult, Shell, WorkInput, WorkResult } from "../../runner/ports.ts";
import { assertMayPass, childEnvironment, type Environment } from "./child-environment.ts";
import { killMarked } from "./end-processes.ts";
import { type Profile, type ProfileSettings, profilesOf } from "./profiles.ts";
import { runProcess } from "./run-process.ts";

export interface CodingCliSettings extends ProfileSettings {
  /** The runner's own environment, from which only named variables are handed on. */
  environment: Environment;
  /** Path of the git configuration that children see instead of the user's. */
  gitConfig: string;
}

const STDOUT_LIMIT = 4_000_000;
const TAIL_LIMIT = 64_000;
const SUMMARY_LIMIT = 8_000;
/** Exit codes of a shell: found but not executable, and not found. */
const SHELL_CANNOT_RUN = new Set([126, 127]);

/** Runs the repository's own commands: minimal environment, no secret at all. */
export function createShell(settings: Pick<CodingCliSettings, "environment" | "gitConfig">): Shell {
  return {
    run: (input) =>
      runProcess({
        file: "/bin/sh",
        args: ["-c", input.command],
        cwd: input.cwd,
        env: childEnvironment(settings.environment, {
          runId: input.runId,
          pass: [],
          gitConfig: settings.gitConfig,
          binDir: `${input.cwd}/node_modules/.bin`,
        }),
        stdin: null,
        totalMs: input.totalMs,
        idleMs: null,
        stdoutLimit: 0,
        tailLimit: 16_000,
        runId: input.runId,
        ...(input.onOutput ? { onOutput: input.onOutput } : {}),
        ...(input.signal ? { signal: input.signal } : {}),
      }),
    endLeftovers: killMarked,
  };
}

/** Starts coding agents, each with its own key and nobody else's. AppError `secret_not_passed` for a variable no worker may see. */
export function createCodingCli(settings: CodingCliSettings): CodingCli {
  const profiles = profilesOf(settings);
  assertMayPass([...profiles.values()].flatMap((profile) => profile.pass));
  const getProfile = (name: WorkInput["profile"]): Profile => {
    const profile = profiles.get(name);
    if (profile) return profile;
    throw new AppError("profile_unknown", `this runner cannot start the worker profile ${name}`, { retry: "never" });
  };
  const secretNames = [...profiles.values()].flatMap((profile) => profile.secrets);
  return {
    profiles: [...profiles.keys()],
    nameOf: (name) => getProfile(name).name,
    secrets: [...new Set(secretNames)].flatMap((name) => {
      const value = settings.environment[name];
      return value === undefined || value === "" ? [] : [{ name, value }];
    }),
    work: (input) => work(settings, getProfile(input.profile), input),
  };
}

async function work(settings: CodingCliSettings, profile: Profile, input: WorkInput): Promise<WorkResult> {
  let fatal: string | null = null;
  const ended = await runProcess({
    file: profile.file,
    args: profile.args(input.budget),
    cwd: input.worktree,
    env: childEnvironment(settings.environment, {
      runId: input.runId,
      pass: profile.pass,
      gitConfig: settings.gitConfig,
      extra: {
        PATCHPILOT_BRIEF: input.promptPath,
        PATCHPILOT_BRIEF_JSON: input.briefJsonPath,
        PATCHPILOT_SUMMARY: input.summaryPath,
      },
    }),
    stdin: profile.isPromptOnStdin ? input.prompt : null,
    totalMs: input.budget.totalMinutes * 60_000,
    idleMs: input.budget.idleMinutes * 60_000,
    stdoutLimit: STDOUT_LIMIT,
    tailLimit: TAIL_LIMIT,
    runId: input.runId,
    ...(input.onOutput ? { onOutput: input.onOutput } : {}),
    ...(input.signal ? { signal: input.signal } : {}),
    stopOnLine: (line) => {
      fatal ??= profile.readFatalLine?.(line) ?? null;
      return fatal !== null;
    },
  });
  const leftSummary = profile.readResult === null ? await readSummary(input.summaryPath) : null;
  return judge(profile, input, ended, fatal, leftSummary);
}

/** The summary that a custom command left, if it did. */
async function readSummary(path: string): Promise<string | null> {
  const stats = await lstat(path).catch(() => null);
  // Anything but a small plain file is not a summary; opening a pipe would wait for ever.
  if (!stats?.isFile() || stats.size > SUMMARY_LIMIT * 8) return null;
  const text = await readFile(path, "utf8");
  return text.trim() === "" ? null : text.trim().slice(0, SUMMARY_LIMIT);
}

function judge(
  profile: Profile,
  input: WorkInput,
  ended: ProcessResult,
  fatal: string | null,
  leftSummary: string | null,
): WorkResult {
  const told = profile.readResult?.(ended.stdout) ?? null;
  const result = (end: WorkResult["end"], detail: string): WorkResult => ({
    end,
    detail,
    summary: told?.summary?.slice(0, SUMMARY_LIMIT) ?? leftSummary,
    usage: told?.usage ?? UNKNOWN_USAGE,
    model: told?.model ?? null,
  });
  const minutes = (count: number) => `${count} ${count === 1 ? "minute" : "minutes"}`;
  if (fatal !== null) return result("environment_fault", fatal);
  if (ended.end === "spawn_failed")
    return result("environment_fault", `${profile.file} could not be started: ${ended.tail}`);
  if (ended.end === "aborted") return result("aborted", "the worker was stopped");
  if (ended.end === "total_timeout")
    return result("timed_out", `the worker was ended after ${minutes(input.budget.totalMinutes)}`);
  if (ended.end === "idle_timeout") {
    return result("timed_out", `the worker was ended after ${minutes(input.budget.idleMinutes)} without any output`);
  }
  if (told?.isEnvironmentFault) return result("environment_fault", told.detail);
  if (told) return result(told.ok && ended.exitCode === 0 ? "done" : "failed", told.detail);
  if (profile.readResult === null && ended.exitCode === 0) return result("done", "the command ended with exit code 0");
  if (profile.readResult === null && SHELL_CANNOT_RUN.has(ended.exitCode ?? 0)) {
    return result("environment_fault", `the worker's command could not be run (exit code ${ended.exitCode})`);
  }
  return result(
    "failed",
    `${profile.name} ended with ${exitText(ended.exitCode)}${profile.readResult ? " and no result" : ""}`,
  );
}

function exitText(exitCode: number | null): string {
  return exitCode === null ? "a signal" : `exit code ${exitCode}`;
}
