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
/** A plan is told as a summary, too; the report keeps less of one. */
const SUMMARY_LIMIT = 40_000;
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

/** Why a run was ended by us, from what it printed. */
type Stop = { why: "fatal" | "budget"; detail: string };

/** Reads along: ends a tool that gets nowhere, and one that has spent its budget. */
function readAlong(profile: Profile, costUsd: number | null) {
  const watch = profile.watch?.() ?? null;
  const meter = profile.meter?.() ?? null;
  let stop: Stop | null = null;
  return {
    onLine(line: string): boolean {
      const fatal = watch?.(line) ?? null;
      if (fatal !== null) stop ??= { why: "fatal", detail: fatal };
      meter?.add(line);
      const spentUsd = meter?.spentUsd() ?? 0;
      if (costUsd !== null && spentUsd >= costUsd) {
        const detail = `${profile.name} was ended at its budget of $${costUsd}: about $${spentUsd.toFixed(2)} spent`;
        stop ??= { why: "budget", detail };
      }
      return stop !== null;
    },
    stop: () => stop,
    spentUsd: () => meter?.spentUsd() ?? null,
  };
}

async function work(settings: CodingCliSettings, profile: Profile, input: WorkInput): Promise<WorkResult> {
  const along = readAlong(profile, input.budget.costUsd);
  const ended = await runProcess({
    file: profile.file,
    args: profile.args(input),
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
    stopOnLine: along.onLine,
  });
  const leftSummary = profile.readResult === null ? await readSummary(input.summaryPath) : null;
  return judge({ profile, input, ended, stop: along.stop(), spentUsd: along.spentUsd(), leftSummary });
}

/** The summary that a custom command left, if it did. */
async function readSummary(path: string): Promise<string | null> {
  const stats = await lstat(path).catch(() => null);
  // Anything but a small plain file is not a summary; opening a pipe would wait for ever.
  if (!stats?.isFile() || stats.size > SUMMARY_LIMIT * 8) return null;
  const text = await readFile(path, "utf8");
  return text.trim() === "" ? null : text.trim().slice(0, SUMMARY_LIMIT);
}

interface Ended {
  profile: Profile;
  input: WorkInput;
  ended: ProcessResult;
  stop: Stop | null;
  spentUsd: number | null;
  leftSummary: string | null;
}

function judge({ profile, input, ended, stop, spentUsd, leftSummary }: Ended): WorkResult {
  const told = profile.readResult?.(ended) ?? null;
  const usage = told?.usage ?? UNKNOWN_USAGE;
  const result = (end: WorkResult["end"], detail: string): WorkResult => ({
    end,
    detail,
    summary: told?.summary?.slice(0, SUMMARY_LIMIT) ?? leftSummary,
    // A tool that was ended before its own result is reckoned by what it printed.
    usage: { ...usage, costUsd: told === null ? spentUsd : usage.costUsd },
    model: told?.model ?? null,
  });
  const minutes = (count: number) => `${count} ${count === 1 ? "minute" : "minutes"}`;
  if (stop !== null) return result(stop.why === "fatal" ? "environment_fault" : "out_of_budget", stop.detail);
  if (ended.end === "spawn_failed") {
    return result(
      "environment_fault",
      `${profile.file} could not be started (is it installed, and in PATH?): ${ended.tail}`,
    );
  }
  if (ended.end === "aborted") return result("aborted", "the worker was stopped");
  if (ended.end === "total_timeout")
    return result("timed_out", `the worker was ended after ${minutes(input.budget.totalMinutes)}`);
  if (ended.end === "idle_timeout" && profile.readResult !== null && ended.stdout === "") {
    const detail = `${profile.name} said nothing at all for ${minutes(input.budget.idleMinutes)}: check its login and the runner's network`;
    return result("environment_fault", detail);
  }
  if (ended.end === "idle_timeout") {
    return result("timed_out", `the worker was ended after ${minutes(input.budget.idleMinutes)} without any output`);
  }
  if (told?.isEnvironmentFault) return result("environment_fault", told.detail);
  if (told?.isBudgetSpent) return result("out_of_budget", told.detail);
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
